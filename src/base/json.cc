#include "base/json.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>

namespace malote::json {

namespace {

using simdjson::ondemand::json_type;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The grammar of RFC 8259 numbers. The parser below hands numbers over as tokens, so that huge
/// ones stay exact text; it is here that malformed ones are caught.
bool is_number_text(std::string_view text) {
  std::size_t i = 0;
  const auto digits = [&] {
    const std::size_t start = i;
    while (i < text.size() && is_digit(text[i])) ++i;
    return i > start;
  };
  if (i < text.size() && text[i] == '-') ++i;
  if (i < text.size() && text[i] == '0') {
    ++i;
  } else if (!digits()) {
    return false;
  }
  if (i < text.size() && text[i] == '.') {
    ++i;
    if (!digits()) return false;
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    if (!digits()) return false;
  }
  return i == text.size();
}

/// simdjson looks at the first bytes of a literal at the root only: "nulll" would pass.
bool is_literal(std::string_view token) {
  return token == "true" || token == "false" || token == "null";
}

constexpr std::string_view kSpace = " \t\r\n";

std::string_view trim_json(std::string_view text) {
  const auto last = text.find_last_not_of(kSpace);
  return last == std::string_view::npos ? std::string_view{} : text.substr(0, last + 1);
}

/// The unit of UTF-16 that `text` begins with an escape of, as "\ud83d"; 0 if it does not.
unsigned escaped_unit(std::string_view text) {
  unsigned unit = 0;
  if (text.size() < 6 || !text.starts_with("\\u")) return 0;
  const auto [end, error] = std::from_chars(text.data() + 2, text.data() + 6, unit, 16);
  return error == std::errc{} && end == text.data() + 6 ? unit : 0;
}

/// Writes \ufffd over escapes of half a surrogate pair, as those who cut texts in UTF-16 send.
void mend_half_pairs(std::string& text) {
  for (auto at = text.find('\\'); at != std::string::npos; at = text.find('\\', at)) {
    const std::string_view rest = std::string_view{text}.substr(at);
    const unsigned unit = escaped_unit(rest);
    if (unit < 0xd800 || unit > 0xdfff) {
      at += 2;  // also past an escaped backslash
      continue;
    }
    const unsigned next = rest.size() < 6 ? 0 : escaped_unit(rest.substr(6));
    const bool is_pair = unit < 0xdc00 && next >= 0xdc00 && next <= 0xdfff;
    if (!is_pair) text.replace(at, 6, "\\ufffd");
    at += is_pair ? 12 : 6;
  }
}

}  // namespace

/// Walks simdjson's on-demand stream once and lays the values down as nodes.
class Builder {
 public:
  Builder(Document::Storage& storage, Limits limits) : storage_(storage), limits_(limits) {}

  Result<void> run() {
    thread_local simdjson::ondemand::parser parser;
    const std::size_t size = storage_.text.size() - simdjson::SIMDJSON_PADDING;
    storage_.strings.reserve(size);  // unescaping never grows, so views into it stay valid
    storage_.nodes.reserve(16 + size / 16);
    storage_.nodes.emplace_back();
    simdjson::ondemand::document document;
    bool begun = false;
    try {
      document = parser.iterate(storage_.text.data(), size, storage_.text.size()).value();
      begun = true;
      if (document.is_scalar()) {
        MALOTE_CHECK_OK(root_scalar(document));
      } else {
        simdjson::ondemand::value value = document.get_value();
        MALOTE_CHECK_OK(add(value, {}, 1));
      }
    } catch (const simdjson::simdjson_error& error) {
      return fail(Errc::invalid_body, "malformed JSON" + (begun ? place_of(document) : "") + ": " +
                                          std::string{error.what()});
    }
    const std::string_view whole = trim_json(std::string_view{storage_.text}.substr(0, size));
    const std::size_t start = whole.find_first_not_of(kSpace);
    if (storage_.nodes[1].raw.size() != whole.size() - start) {
      return fail(Errc::invalid_body, "malformed JSON: there are bytes after the value");
    }
    return {};
  }

 private:
  /// " in line 3": where the parser stands; empty when it cannot say.
  std::string place_of(simdjson::ondemand::document& document) const {
    const auto at = document.current_location();
    if (at.error() != simdjson::SUCCESS) return {};
    const std::string_view before{
        storage_.text.data(), static_cast<std::size_t>(at.value_unsafe() - storage_.text.data())};
    return " in line " + std::to_string(1 + std::ranges::count(before, '\n'));
  }

  std::uint32_t new_node(Kind kind, std::string_view key) {
    storage_.nodes.push_back({.kind = kind, .key = key});
    return static_cast<std::uint32_t>(storage_.nodes.size() - 1);
  }

  std::string_view keep(std::string_view text) {
    const std::size_t at = storage_.strings.size();
    storage_.strings.append(text);
    return {storage_.strings.data() + at, text.size()};
  }

  Result<void> root_scalar(simdjson::ondemand::document& document) {
    const json_type type = document.type();
    const std::uint32_t index = new_node(Kind::null, {});
    const std::string_view token = trim_json(std::string_view{document.raw_json_token()});
    if (type == json_type::string) {
      storage_.nodes[index].kind = Kind::string;
      storage_.nodes[index].text = keep(std::string_view{document.get_string()});
    } else if (type == json_type::number) {
      if (!is_number_text(token)) return malformed_number(token);
      storage_.nodes[index].kind = Kind::number;
      storage_.nodes[index].text = token;
      document.get_double().error();  // consumes the token; the value is not wanted
    } else if (is_literal(token)) {
      storage_.nodes[index].kind = token == "null" ? Kind::null : Kind::boolean;
      storage_.nodes[index].boolean = token == "true";
    } else {
      return fail(Errc::invalid_body, "malformed JSON: unknown literal");
    }
    storage_.nodes[index].raw = token;
    return {};
  }

  Result<void> add(simdjson::ondemand::value value, std::string_view key, int depth) {
    const json_type type = value.type();
    const bool nests = type == json_type::object || type == json_type::array;
    if (nests && depth > limits_.max_depth) {
      return fail(Errc::invalid_body,
                  "JSON is nested deeper than " + std::to_string(limits_.max_depth));
    }
    if (type == json_type::object) return add_object(value.get_object(), key, depth);
    if (type == json_type::array) return add_array(value.get_array(), key, depth);
    return add_scalar(value, type, key);
  }

  Result<void> add_scalar(simdjson::ondemand::value value, json_type type, std::string_view key) {
    const std::string_view token = trim_json(std::string_view{value.raw_json_token()});
    const std::uint32_t index = new_node(Kind::null, key);
    if (type == json_type::string) {
      storage_.nodes[index].kind = Kind::string;
      storage_.nodes[index].text = keep(std::string_view{value.get_string()});
    } else if (type == json_type::number) {
      if (!is_number_text(token)) return malformed_number(token);
      storage_.nodes[index].kind = Kind::number;
      storage_.nodes[index].text = token;
    } else if (type == json_type::boolean) {
      storage_.nodes[index].kind = Kind::boolean;
      storage_.nodes[index].boolean = value.get_bool();
    } else if (!value.is_null()) {
      return fail(Errc::invalid_body, "malformed JSON: unknown literal");
    }
    storage_.nodes[index].raw = token;
    return {};
  }

  Result<void> add_object(simdjson::ondemand::object object, std::string_view key, int depth) {
    const std::uint32_t index = new_node(Kind::object, key);
    std::uint32_t last = 0;
    for (auto member : object) {
      const std::string_view name = keep(std::string_view{member.unescaped_key()});
      MALOTE_CHECK_OK(link(index, last, member.value(), name, depth));
    }
    if (limits_.unique_names) {
      MALOTE_CHECK_OK(refuse_duplicates(index));
    } else {
      keep_last(index);
    }
    storage_.nodes[index].raw = trim_json(std::string_view{object.raw_json()});
    return {};
  }

  Result<void> add_array(simdjson::ondemand::array array, std::string_view key, int depth) {
    const std::uint32_t index = new_node(Kind::array, key);
    std::uint32_t last = 0;
    for (auto element : array) {
      MALOTE_CHECK_OK(link(index, last, element.value(), {}, depth));
    }
    storage_.nodes[index].raw = trim_json(std::string_view{array.raw_json()});
    return {};
  }

  Result<void> link(std::uint32_t parent, std::uint32_t& last, simdjson::ondemand::value value,
                    std::string_view key, int depth) {
    const auto child = static_cast<std::uint32_t>(storage_.nodes.size());
    MALOTE_CHECK_OK(add(value, key, depth + 1));
    if (last == 0) {
      storage_.nodes[parent].child = child;
    } else {
      storage_.nodes[last].next = child;
    }
    ++storage_.nodes[parent].size;
    last = child;
    return {};
  }

  Result<void> refuse_duplicates(std::uint32_t object) const {
    std::vector<std::string_view> keys;
    keys.reserve(storage_.nodes[object].size);
    for (std::uint32_t i = storage_.nodes[object].child; i != 0; i = storage_.nodes[i].next) {
      keys.push_back(storage_.nodes[i].key);
    }
    std::ranges::sort(keys);
    const auto twice = std::ranges::adjacent_find(keys);
    if (twice == keys.end()) return {};
    return fail(Errc::invalid_body, "duplicate key \"" + std::string{twice->substr(0, 100)} + "\"");
  }

  /// Unlinks the members whose name comes again.
  void keep_last(std::uint32_t object) {
    std::vector<std::uint32_t> members;
    for (std::uint32_t i = storage_.nodes[object].child; i != 0; i = storage_.nodes[i].next) {
      members.push_back(i);
    }
    const auto key_of = [this](std::uint32_t i) { return storage_.nodes[i].key; };
    std::vector<std::uint32_t> by_name = members;
    std::ranges::stable_sort(by_name, {}, key_of);
    std::vector<std::uint32_t> gone;
    for (std::size_t i = 0; i + 1 < by_name.size(); ++i) {
      if (key_of(by_name[i]) == key_of(by_name[i + 1])) gone.push_back(by_name[i]);
    }
    if (gone.empty()) return;
    std::ranges::sort(gone);
    std::uint32_t* link = &storage_.nodes[object].child;
    for (const std::uint32_t i : members) {
      if (std::ranges::binary_search(gone, i)) continue;
      *link = i;
      link = &storage_.nodes[i].next;
    }
    *link = 0;
    storage_.nodes[object].size -= static_cast<std::uint32_t>(gone.size());
  }

  static Unexpected malformed_number(std::string_view token) {
    return fail(Errc::invalid_body, "malformed JSON number: " + std::string{token.substr(0, 40)});
  }

  Document::Storage& storage_;
  Limits limits_;
};

Result<Document> Document::parse(std::string_view text, Limits limits) {
  if (text.empty()) return fail(Errc::invalid_body, "the body is empty; JSON was expected");
  Document document;
  document.storage_ = std::make_unique<Storage>();
  document.storage_->text.reserve(text.size() + simdjson::SIMDJSON_PADDING);
  document.storage_->text = text;
  if (!limits.whole_pairs) mend_half_pairs(document.storage_->text);
  document.storage_->text.append(simdjson::SIMDJSON_PADDING, ' ');
  Builder builder{*document.storage_, limits};
  MALOTE_CHECK_OK(builder.run());
  return document;
}

std::optional<std::string_view> View::as_string() const {
  return is_string() ? std::optional{node().text} : std::nullopt;
}

std::optional<bool> View::as_bool() const {
  return kind() == Kind::boolean ? std::optional{node().boolean} : std::nullopt;
}

std::optional<std::int64_t> View::as_int() const {
  if (!is_number()) return {};
  const std::string_view text = node().text;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  return value;
}

std::optional<double> View::as_double() const {
  if (!is_number()) return {};
  const std::string_view text = node().text;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  return value;
}

std::optional<std::string_view> View::as_text() const {
  switch (kind()) {
    case Kind::string:
    case Kind::number: return node().text;
    case Kind::boolean: return node().boolean ? "true" : "false";
    default: return {};
  }
}

View View::operator[](std::string_view key) const {
  if (!is_object()) return {};
  for (const View member : *this) {
    if (member.key() == key) return member;
  }
  return {};
}

View View::at(std::size_t index) const {
  if (!is_array()) return {};
  for (const View element : *this) {
    if (index-- == 0) return element;
  }
  return {};
}

View View::pointer(std::string_view path) const {
  View value = *this;
  while (!path.empty() && value) {
    if (path.front() != '/') return {};
    path.remove_prefix(1);
    const std::string_view token = path.substr(0, path.find('/'));
    path.remove_prefix(token.size());
    if (value.is_array()) {
      std::size_t index = 0;
      const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), index);
      if (error != std::errc{} || end != token.data() + token.size()) return {};
      value = value.at(index);
    } else if (token.find('~') == std::string_view::npos) {
      value = value[token];
    } else {
      std::string key;
      for (std::size_t i = 0; i < token.size(); ++i) {
        const bool escape = token[i] == '~' && i + 1 < token.size();
        key += escape ? (token[++i] == '1' ? '/' : '~') : token[i];
      }
      value = value[key];
    }
  }
  return value;
}

}  // namespace malote::json
