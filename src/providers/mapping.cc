#include "providers/mapping.h"

#include <algorithm>
#include <charconv>

#include "base/bytes.h"
#include "base/decimal.h"
#include "base/json_writer.h"

namespace malote::providers {

namespace {

std::string quoted(std::string_view text) {
  std::string out;
  json::append_string(out, text);
  return out;
}

std::string digits_only(std::string_view text) {
  std::string out;
  std::ranges::copy_if(text, std::back_inserter(out), [](char c) { return c >= '0' && c <= '9'; });
  return out;
}

/// CPF (11 digits) or CNPJ (14): senders that use JSON numbers lose leading zeros.
std::string document_of(std::string_view text) {
  std::string digits = digits_only(text);
  if (digits.empty()) return digits;
  const std::size_t width = digits.size() <= 11 ? 11 : 14;
  if (digits.size() < width) digits.insert(0, width - digits.size(), '0');
  return digits;
}

std::string phone_of(std::string_view text) {
  const std::string digits = digits_only(text);
  return digits.empty() ? digits : "+" + digits;
}

std::optional<Timestamp> time_of(const FieldSpec& spec, std::string_view text) {
  if (spec.time_format.starts_with("unix")) {
    const auto number = parse_decimal(text);
    const auto value = number ? to_minor(*number, 0) : std::nullopt;
    if (!value) return {};
    const bool millis =
        spec.time_format == "unix_ms" || (spec.time_format == "unix" && *value > 100'000'000'000);
    constexpr std::int64_t kLastSecond = 253'402'300'799;  // of the year 9999
    const std::int64_t seconds = millis ? *value / 1000 : *value;
    if (*value < 0 || seconds > kLastSecond) return {};
    return from_ms(millis ? *value : *value * 1000);
  }
  return parse_time(text, std::chrono::minutes{spec.offset_minutes});
}

/// "/payment/refunds|/value": the sum of one member over a list; empty when the list is.
std::optional<std::string> sum_of(const Sources& sources, std::string_view spec) {
  const auto bar = spec.find('|');
  if (bar == std::string_view::npos) return {};
  const json::View list = sources.json(spec.substr(0, bar));
  constexpr int kScale = 6;
  std::int64_t total = 0;
  bool any = false;
  for (const auto item : list) {
    const auto text = item.pointer(spec.substr(bar + 1)).as_text();
    const auto value = text ? parse_decimal(*text) : std::nullopt;
    const auto scaled = value ? to_minor(*value, kScale) : std::nullopt;
    if (!scaled || __builtin_add_overflow(total, *scaled, &total)) return {};
    any = true;
  }
  return any ? std::optional{format_minor(total, kScale)} : std::nullopt;
}

std::optional<std::string> raw_text(const FieldSpec& spec, const Sources& sources) {
  if (!spec.sum.empty()) {
    if (auto total = sum_of(sources, spec.sum)) return total;
  }
  auto value = sources.first(spec.at);
  if (!value && !spec.constant.empty()) value = spec.constant;
  return value;
}

bool holds(const Where& where, const Sources& sources) {
  const auto value = sources.text(where.path);
  const bool found = value && std::ranges::find(where.values, *value) != where.values.end();
  return found != where.negate;
}

bool all_hold(const std::vector<Where>& conditions, const Sources& sources) {
  return std::ranges::all_of(conditions, [&](const Where& w) { return holds(w, sources); });
}

const Rule* find_rule(const Pack& pack, const Sources& sources, std::string_view name) {
  for (const Rule& rule : pack.rules) {
    const bool named =
        rule.names.empty() || std::ranges::find(rule.names, name) != rule.names.end();
    if (named && all_hold(rule.where, sources)) return &rule;
  }
  return nullptr;
}

void add(Draft& draft, std::string_view name, std::string json_text) {
  draft.fields.emplace_back(name, std::move(json_text));
}

/// amount_minor (integer) and amount_decimal (text), exact, or nothing when it cannot be exact.
void add_amount(Draft& draft, const FieldSpec& spec, std::string_view text,
                std::string_view currency) {
  const int exponent = currency_exponent(currency);
  auto value = parse_decimal(text);
  if (!value) return;
  if (spec.as == FieldSpec::As::amount_minor) value->scale += exponent;
  const auto minor = to_minor(*value, exponent);
  if (!minor) return;
  add(draft, "amount_minor", std::to_string(*minor));
  add(draft, "amount_decimal", quoted(format_minor(*minor, exponent)));
}

void add_field(Draft& draft, const FieldSpec& spec, std::string text, std::string_view currency) {
  using As = FieldSpec::As;
  switch (spec.as) {
    case As::text: break;
    case As::upper:
      std::ranges::transform(text, text.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
      });
      break;
    case As::digits: text = digits_only(text); break;
    case As::phone: text = phone_of(text); break;
    case As::document: text = document_of(text); break;
    case As::amount_major:
    case As::amount_minor: return add_amount(draft, spec, text, currency);
    case As::time:
      if (const auto at = time_of(spec, text)) {
        if (spec.name == "occurred_at") {
          draft.occurred_at = at;
        } else {
          add(draft, spec.name, quoted(format_rfc3339(*at)));
        }
      }
      return;
  }
  if (!text.empty()) add(draft, spec.name, quoted(text));
}

/// Currency first: it decides how an amount is read.
std::string currency_of(const std::vector<FieldSpec>& fields, const Sources& sources) {
  for (const auto& spec : fields) {
    if (spec.name != "currency") continue;
    std::string text = raw_text(spec, sources).value_or("");
    std::ranges::transform(text, text.begin(), [](char c) {
      return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    });
    return text;
  }
  return {};
}

void map_fields(Draft& draft, const std::vector<FieldSpec>& fields, const Sources& sources) {
  const std::string currency = currency_of(fields, sources);
  for (const auto& spec : fields) {
    if (auto text = raw_text(spec, sources)) add_field(draft, spec, std::move(*text), currency);
  }
}

/// Empty where nothing identifies an event: two equal events may both be meant.
std::string derived_key(const Pack& pack, const Sources& sources, std::string_view name) {
  std::string key;
  for (const auto& piece : pack.dedupe) {
    if (!key.empty()) key += '|';
    key += piece == "name" ? std::string{name} : sources.text(piece).value_or("");
  }
  return key;
}

void map_by_rule(const MapInput& input, const Sources& sources, Draft& draft) {
  const Rule* rule = find_rule(input.pack, sources, draft.provider_event);
  if (!rule) return;
  draft.type = rule->type;
  const auto set = input.pack.fields.find(rule->fields);
  if (set != input.pack.fields.end()) map_fields(draft, set->second, sources);
  if (!rule->reason.empty() && draft.field("reason").empty()) {
    add(draft, "reason", quoted(rule->reason == "name" ? draft.provider_event : rule->reason));
  }
  const std::string resource = draft.field("resource_id");
  if (rule->once && !resource.empty()) draft.fact_key = draft.type + "|" + resource;
}

/// Senders that speak the catalogue already, and custom connections with a map of their own.
void map_passthrough(const MapInput& input, const Sources& sources, Draft& draft) {
  std::string name = draft.provider_event;
  if (const auto mapped = input.custom_map["types"][name].as_string()) name = *mapped;
  draft.type = input.canonical(name).value_or("");
  const Paths places = input.custom_map["data"] ? parse_paths(input.custom_map["data"])
                                                : input.pack.passthrough_data;
  for (const auto& place : places) {
    const json::View data = sources.json(place);
    if (!data.is_object()) continue;
    draft.passthrough_data = data.raw();
    break;
  }
  const auto set = input.pack.fields.find("default");
  if (set != input.pack.fields.end()) map_fields(draft, set->second, sources);
  if (const auto custom = parse_fields(input.custom_map["fields"]))
    map_fields(draft, *custom, sources);
}

}  // namespace

std::string Draft::field(std::string_view name) const {
  for (const auto& [key, json_text] : fields) {
    if (key != name) continue;
    const auto document = json::Document::parse(json_text);
    return document ? std::string{document->root().as_text().value_or("")} : std::string{};
  }
  return {};
}

Mapped map_request(const MapInput& input) {
  const Pack& pack = input.pack;
  const Sources sources{input.request, input.body, input.fetched};
  const json::View map = input.custom_map;
  Draft draft;
  draft.provider_event =
      sources.first(map["name"] ? parse_paths(map["name"]) : pack.name).value_or("");
  draft.provider_event_id =
      sources.first(map["id"] ? parse_paths(map["id"]) : pack.event_id).value_or("");
  if (pack.occurred_at) {
    if (auto text = raw_text(*pack.occurred_at, sources)) {
      draft.occurred_at = time_of(*pack.occurred_at, *text);
    }
  }
  if (const auto live = sources.first(pack.livemode)) draft.livemode = *live == "true";
  draft.dedupe_key = draft.provider_event_id.empty()
                         ? derived_key(pack, sources, draft.provider_event)
                         : draft.provider_event_id;
  Mapped mapped;
  if (!pack.equal_left.empty()) {
    const auto left = sources.text(pack.equal_left);
    const auto right = sources.text(pack.equal_right);
    if (left && right && !equals_ignore_case(*left, *right)) {
      mapped.note = pack.mismatch;
      mapped.drafts.push_back(std::move(draft));
      return mapped;
    }
  }
  if (pack.passthrough) {
    map_passthrough(input, sources, draft);
  } else {
    map_by_rule(input, sources, draft);
  }
  mapped.drafts.push_back(std::move(draft));
  return mapped;
}

std::optional<FetchPlan> plan_fetch(const Pack& pack, const Sources& sources, bool body_is_signed) {
  for (const FetchSpec& fetch : pack.fetches) {
    if (fetch.only_unsigned && body_is_signed) continue;
    if (!all_hold(fetch.where, sources)) continue;
    FetchPlan plan{.header = fetch.header, .prefix = fetch.prefix, .credential = fetch.credential};
    std::string_view rest = fetch.url;
    while (!rest.empty()) {
      const auto open = rest.find('{');
      plan.url += rest.substr(0, open);
      if (open == std::string_view::npos) break;
      const auto close = rest.find('}', open);
      if (close == std::string_view::npos) return {};
      if (close == std::string_view::npos) return {};
      const auto value = sources.text(rest.substr(open + 1, close - open - 1));
      if (!value || value->empty()) return {};
      plan.url += url_encode(*value);  // an id must not change the path
      rest.remove_prefix(close + 1);
    }
    return plan;
  }
  return {};
}

std::string data_of(const Draft& draft, std::string_view server_id, std::string_view subject) {
  if (!draft.passthrough_data.empty()) return draft.passthrough_data;
  json::Writer w;
  w.object();
  const std::string resource = draft.field("resource_id");
  if (!resource.empty()) {
    w.field("id", resource);
    if (!subject.empty() && subject != "id") w.field(subject, resource);
  }
  bool customer = false;
  for (const auto& [name, text] : draft.fields) {
    if (name == "resource_id") continue;
    if (name == "amount_decimal") {
      w.key("amount").raw(draft.field(name));
    } else if (name.starts_with("customer_")) {
      customer = true;
    } else {
      w.key(name).raw(text);
    }
  }
  if (customer) {
    w.key("customer").object();
    for (const auto& [name, text] : draft.fields) {
      if (!name.starts_with("customer_")) continue;
      w.key(name.substr(9)).raw(text);
      if (name != "customer_document") continue;
      const std::string document = draft.field(name);
      if (document.size() == 11) w.field("cpf", document);
      if (document.size() == 14) w.field("cnpj", document);
    }
    w.end();
  }
  w.field("provider", server_id).field("provider_action", draft.provider_event);
  w.field_or_null("provider_event_id", std::string_view{draft.provider_event_id});
  return std::move(w.end()).text();
}

}  // namespace malote::providers
