#include "emulator/template.h"

#include <array>
#include <charconv>
#include <map>
#include <optional>

#include "base/decimal.h"
#include "base/json_writer.h"

namespace malote::emulator {

namespace {

std::string quoted(std::string_view text) {
  std::string out;
  json::append_string(out, text);
  return out;
}

Found text_found(std::string_view text) {
  if (text.empty()) return {};
  return {.is_there = true, .json = quoted(text), .text = std::string{text}};
}

Found number_found(std::int64_t number) {
  const std::string text = std::to_string(number);
  return {.is_there = true, .json = text, .text = text};
}

Found view_found(json::View view) {
  if (!view || view.is_null()) return {};
  if (view.is_string()) return text_found(*view.as_string());
  return {.is_there = true,
          .json = std::string{view.raw()},
          .text = std::string{view.as_text().value_or(view.raw())}};
}

Found pair_found(const Pairs* pairs, std::string_view name) {
  if (!pairs) return {};
  for (const auto& [key, value] : *pairs) {
    if (key == name) return text_found(value);
  }
  return {};
}

std::string random_text(Prng& random, std::string_view alphabet, int length) {
  std::string out;
  for (int i = 0; i < length; ++i) out += alphabet[random.below(alphabet.size())];
  return out;
}

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kHex = "0123456789abcdef";

std::string make_uuid(Prng& random) {
  std::string id = random_text(random, kHex, 36);
  for (const std::size_t at : {8u, 13u, 18u, 23u}) id[at] = '-';
  id[14] = '4';
  id[19] = "89ab"[random.below(4)];
  return id;
}

/// The 44 digits of a fiscal document: state, year and month, issuer, model, series, number, code,
/// and the check digit (modulo 11 with weights 2 to 9 from the right).
std::string make_access_key(const Scope& scope) {
  const std::string day = format_rfc3339(scope.now);
  const std::string number = std::to_string(1'000'000'000 + scope.sequence % 1'000'000'000);
  std::string key = "35" + day.substr(2, 2) + day.substr(5, 2) + "12345678000195" + "55" + "001" +
                    number.substr(1) + "1" + random_text(*scope.random, kDigits, 8);
  int sum = 0;
  int weight = 2;
  for (auto at = key.rbegin(); at != key.rend(); ++at, weight = weight == 9 ? 2 : weight + 1)
    sum += (*at - '0') * weight;
  const int rest = sum % 11;
  return key += static_cast<char>('0' + (rest < 2 ? 0 : 11 - rest));
}

/// Brazil's time (UTC-3 all year) without an offset, as Asaas writes it.
std::string local_time(Timestamp now) {
  std::string text = format_rfc3339(now - std::chrono::hours{3}).substr(0, 19);
  text[10] = ' ';
  return text;
}

}  // namespace

// --- placeholders -------------------------------------------------------------------------------

Result<Placeholder::Source> Placeholder::parse_source(std::string_view text) {
  static const std::map<std::string_view, From> kPlain{{"self", From::self},
                                                       {"parent", From::parent},
                                                       {"id", From::id},
                                                       {"seq", From::sequence},
                                                       {"base", From::base},
                                                       {"token", From::token},
                                                       {"event", From::event},
                                                       {"error", From::error},
                                                       {"field", From::field},
                                                       {"items", From::items},
                                                       {"count", From::count},
                                                       {"total", From::total},
                                                       {"now", From::now},
                                                       {"now_br", From::now_br},
                                                       {"today", From::today},
                                                       {"now_s", From::now_s},
                                                       {"now_ms", From::now_ms},
                                                       {"uuid", From::uuid},
                                                       {"access_key", From::access_key},
                                                       {"expires", From::expires}};
  if (const auto at = kPlain.find(text); at != kPlain.end()) return Source{.from = at->second};
  if (text.starts_with('/')) return Source{.from = From::body, .name = std::string{text}};
  if (text.starts_with('=')) return Source{.from = From::json, .name = std::string{text.substr(1)}};
  if (text.starts_with('\''))
    return Source{.from = From::text, .name = std::string{text.substr(1)}};
  const auto slash = text.find('/');
  const std::string_view place = text.substr(0, slash);
  if (slash != std::string_view::npos) {
    const std::string pointer{text.substr(slash)};
    if (place == "self") return Source{.from = From::self, .name = pointer};
    if (place == "parent") return Source{.from = From::parent, .name = pointer};
    if (place == "path") return Source{.from = From::path, .name = pointer.substr(1)};
    if (place == "query") return Source{.from = From::query, .name = pointer.substr(1)};
  }
  for (const auto& [word, from] : {std::pair{"hex:", From::hex}, {"digits:", From::digits}}) {
    if (!text.starts_with(word)) continue;
    const std::string_view rest = text.substr(std::string_view{word}.size());
    Source source{.from = from};
    const auto end = rest.data() + rest.size();
    const auto [stopped, error] = std::from_chars(rest.data(), end, source.length);
    if (error == std::errc{} && stopped == end && source.length > 0 && source.length <= 64)
      return source;
  }
  return fail(Errc::invalid_body, "there is no placeholder {" + std::string{text} + "}");
}

Result<Placeholder> Placeholder::parse(std::string_view text) {
  Placeholder made;
  while (true) {
    const auto bar = text.find('|');
    std::string_view item = text.substr(0, bar);
    Term term;
    if (item.starts_with("int:")) {
      term.as_number = true;
      item.remove_prefix(4);
    }
    if (item.starts_with("add:")) {
      item.remove_prefix(4);
      const auto comma = item.find(',');
      if (comma == std::string_view::npos)
        return fail(Errc::invalid_body, "add: takes two sources with a comma between");
      MALOTE_TRY(auto first, parse_source(item.substr(0, comma)));
      term.sources.push_back(std::move(first));
      item.remove_prefix(comma + 1);
    }
    MALOTE_TRY(auto source, parse_source(item));
    term.sources.push_back(std::move(source));
    made.terms_.push_back(std::move(term));
    if (bar == std::string_view::npos) return made;
    text.remove_prefix(bar + 1);
  }
}

Found Placeholder::find_source(const Source& source, const Scope& scope) {
  switch (source.from) {
    case From::body: return view_found(scope.body.pointer(source.name));
    case From::self: return view_found(scope.self.pointer(source.name));
    case From::parent: return view_found(scope.parent.pointer(source.name));
    case From::path: return pair_found(scope.path, source.name);
    case From::query: return pair_found(scope.query, source.name);
    case From::id: return text_found(scope.id);
    case From::sequence: return number_found(scope.sequence);
    case From::base: return text_found(scope.base);
    case From::token: return text_found(scope.token);
    case From::event: return text_found(scope.event);
    case From::error: return text_found(scope.error);
    case From::field: return text_found(scope.field);
    case From::items: return {.is_there = true, .json = std::string{scope.items}, .text = {}};
    case From::count: return number_found(scope.count);
    case From::total: return number_found(scope.total);
    case From::now: return text_found(format_rfc3339(scope.now));
    case From::expires:
      return text_found(
          local_time(scope.now + std::chrono::seconds{scope.count}).replace(10, 1, "T"));
    case From::now_br: return text_found(local_time(scope.now));
    case From::today: return text_found(local_time(scope.now).substr(0, 10));
    case From::now_s: return number_found(to_unix_s(scope.now));
    case From::now_ms: return number_found(to_ms(scope.now));
    case From::hex: return text_found(random_text(*scope.random, kHex, source.length));
    case From::digits:  // does not begin with 0: as a number it keeps its length
      return text_found(random_text(*scope.random, kDigits.substr(1), 1) +
                        random_text(*scope.random, kDigits, source.length - 1));
    case From::uuid: return text_found(make_uuid(*scope.random));
    case From::access_key: return text_found(make_access_key(scope));
    case From::json: return {.is_there = true, .json = source.name, .text = source.name};
    case From::text: return {.is_there = true, .json = quoted(source.name), .text = source.name};
  }
  return {};
}

Found Placeholder::find_term(const Term& term, const Scope& scope) {
  Found found = find_source(term.sources.front(), scope);
  if (term.sources.size() > 1) {
    const Found second = find_source(term.sources[1], scope);
    const auto a = parse_decimal(found.is_there ? found.text : "0");
    const auto b = parse_decimal(second.is_there ? second.text : "0");
    if (!a || !b) return {};
    const int scale = std::max(a->scale, b->scale);
    const auto left = to_minor(*a, scale);
    const auto right = to_minor(*b, scale);
    if (!left || !right) return {};
    found.text = format_decimal({.digits = *left + *right, .scale = scale});
    found.json = found.text;
    found.is_there = true;
  }
  if (term.as_number && found.is_there) {
    if (!parse_decimal(found.text)) return {};
    found.json = found.text;
  }
  return found;
}

Found Placeholder::find(const Scope& scope) const {
  for (const auto& term : terms_) {
    if (Found found = find_term(term, scope); found.is_there) return found;
  }
  return {};
}

// --- templates ----------------------------------------------------------------------------------

void Template::add_literal(std::string_view text) {
  if (!pieces_.empty() && pieces_.back().kind == Piece::Kind::literal) {
    pieces_.back().literal += text;
  } else {
    pieces_.push_back({.literal = std::string{text}});
  }
}

namespace {

/// Where the brace at `open` is closed; a literal may hold braces of its own.
std::size_t closing(std::string_view text, std::size_t open) {
  int depth = 0;
  for (std::size_t at = open; at < text.size(); ++at) {
    if (text[at] == '{') ++depth;
    if (text[at] == '}' && --depth == 0) return at;
  }
  return std::string_view::npos;
}

}  // namespace

Result<void> Template::add_string(std::string_view text) {
  const auto first = text.find('{');
  if (first == std::string_view::npos) {
    add_literal(quoted(text));
    return {};
  }
  if (first == 0 && closing(text, 0) == text.size() - 1) {
    MALOTE_TRY(auto whole, Placeholder::parse(text.substr(1, text.size() - 2)));
    pieces_.push_back({.kind = Piece::Kind::value, .placeholder = std::move(whole)});
    return {};
  }
  add_literal("\"");
  while (!text.empty()) {
    const auto open = text.find('{');
    const std::string before = quoted(text.substr(0, open));
    add_literal(std::string_view{before}.substr(1, before.size() - 2));
    if (open == std::string_view::npos) break;
    const auto close = closing(text, open);
    if (close == std::string_view::npos)
      return fail(Errc::invalid_body, "a placeholder lacks its closing brace: " + before);
    MALOTE_TRY(auto inner, Placeholder::parse(text.substr(open + 1, close - open - 1)));
    pieces_.push_back({.kind = Piece::Kind::within, .placeholder = std::move(inner)});
    text.remove_prefix(close + 1);
  }
  add_literal("\"");
  return {};
}

Result<void> Template::add(json::View value) {
  if (value.is_string()) return add_string(*value.as_string());
  if (!value.is_object() && !value.is_array()) {
    add_literal(value.raw());
    return {};
  }
  add_literal(value.is_object() ? "{" : "[");
  bool first = true;
  for (const auto member : value) {
    if (!first) add_literal(",");
    first = false;
    if (value.is_object()) add_literal(quoted(member.key()) + ":");
    MALOTE_CHECK_OK(add(member));
  }
  add_literal(value.is_object() ? "}" : "]");
  return {};
}

Result<Template> Template::parse(json::View value) {
  Template made;
  MALOTE_CHECK_OK(made.add(value));
  if (value.is_object()) {
    for (const auto member : value) made.members_.emplace_back(member.key());
  }
  return made;
}

void Template::render(const Scope& scope, std::string& out) const {
  for (const auto& piece : pieces_) {
    if (piece.kind == Piece::Kind::literal) {
      out += piece.literal;
      continue;
    }
    const Found found = piece.placeholder.find(scope);
    if (piece.kind == Piece::Kind::value) {
      out += found.is_there ? found.json : "null";
    } else {
      const std::string text = quoted(found.text);
      out += std::string_view{text}.substr(1, text.size() - 2);
    }
  }
}

std::string Template::render_text(const Scope& scope) const {
  const auto document = json::Document::parse(render(scope));
  if (!document) return {};
  return std::string{document->root().as_text().value_or("")};
}

}  // namespace malote::emulator
