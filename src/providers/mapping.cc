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

/// E.164. National numbers, of at most 11 digits and without a "+", get the country's code.
std::string phone_of(const FieldSpec& spec, std::string_view text) {
  constexpr std::size_t kLongestNational = 11;
  const std::string digits = digits_only(text);
  if (digits.empty()) return digits;
  const bool national = digits.size() <= kLongestNational && !trim(text).starts_with('+');
  return (national ? "+" + spec.country : "+") + digits;
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
  const bool found = where.presence
                         ? value && !value->empty()
                         : value && std::ranges::find(where.values, *value) != where.values.end();
  return found != where.negate;
}

bool is_named(const Rule& rule, std::string_view name) {
  return rule.names.empty() || std::ranges::any_of(rule.names, [&](std::string_view pattern) {
           if (pattern.starts_with('*')) return name.ends_with(pattern.substr(1));
           if (pattern.ends_with('*'))
             return name.starts_with(pattern.substr(0, pattern.size() - 1));
           return pattern == name;
         });
}

/// Optional rules are for connections that ask for them; guesses for those that say nothing.
bool is_wanted(const MapInput& input, const Rule& rule, std::string_view name) {
  if (rule.guess && input.types) return false;
  if (!rule.optional) return true;
  for (const auto enabled : input.custom_map["enable"]) {
    if (enabled.as_string() == name) return true;
  }
  return false;
}

const Rule* find_rule(const MapInput& input, const Sources& sources, std::string_view name) {
  for (const Rule& rule : input.pack.rules) {
    if (is_named(rule, name) && is_wanted(input, rule, name) && all_hold(rule.where, sources))
      return &rule;
  }
  return nullptr;
}

/// amount_decimal always, exactly as it came; amount_minor where the currency has a minor unit and
/// the amount is whole in it.
void add_amount(Draft& draft, const Pack& pack, const FieldSpec& spec, std::string_view text,
                std::string_view currency) {
  constexpr int kUsual = 2;
  auto value = parse_decimal(text);
  if (!value) return;
  const auto iso = currency.empty() ? kUsual : currency_exponent(currency);
  if (spec.as == FieldSpec::As::amount_minor) {
    const auto own = pack.exponents.find(currency);
    value->scale += own == pack.exponents.end() ? iso.value_or(0) : own->second;
  }
  const auto minor = iso ? to_minor(*value, *iso) : std::nullopt;
  if (minor) draft.set("amount_minor", std::to_string(*minor));
  draft.set("amount_decimal", quoted(minor ? format_minor(*minor, *iso) : format_decimal(*value)));
}

void add_field(Draft& draft, const Pack& pack, const FieldSpec& spec, std::string text,
               std::string_view currency) {
  using As = FieldSpec::As;
  switch (spec.as) {
    case As::text: break;
    case As::upper:
      std::ranges::transform(text, text.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
      });
      break;
    case As::digits: text = digits_only(text); break;
    case As::phone: text = phone_of(spec, text); break;
    case As::document: text = document_of(text); break;
    case As::amount_major:
    case As::amount_minor: return add_amount(draft, pack, spec, text, currency);
    case As::time:
      if (const auto at = time_of(spec, text)) {
        if (spec.name == "occurred_at") {
          draft.occurred_at = at;
        } else {
          draft.set(spec.name, quoted(format_rfc3339(*at)));
        }
      }
      return;
  }
  if (!text.empty()) draft.set(spec.name, quoted(text));
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

void map_fields(Draft& draft, const Pack& pack, const std::vector<FieldSpec>& fields,
                const Sources& sources) {
  const std::string currency = currency_of(fields, sources);
  for (const auto& spec : fields) {
    if (auto text = raw_text(spec, sources))
      add_field(draft, pack, spec, std::move(*text), currency);
  }
}

/// Empty where nothing identifies an event: two equal events may both be meant.
std::string derived_key(const Pack& pack, const Sources& sources, std::string_view name) {
  std::string key;
  for (const auto& piece : pack.dedupe) {
    if (!key.empty()) key += '|';
    const bool is_name = piece.size() == 1 && piece.front() == "name";
    key += is_name ? std::string{name} : sources.first(piece).value_or("");
  }
  return key;
}

void map_by_rule(const MapInput& input, const Sources& sources, Draft& draft) {
  const Rule* rule = find_rule(input, sources, draft.provider_event);
  const auto own_type = input.types[draft.provider_event].as_string();
  if (!rule && !own_type) return;
  draft.type = own_type ? input.canonical(*own_type).value_or("") : rule->type;
  const auto set = input.pack.fields.find(rule ? rule->fields : "default");
  if (set != input.pack.fields.end()) map_fields(draft, input.pack, set->second, sources);
  if (!rule) return;
  if (!rule->reason.empty() && draft.field("reason").empty())
    draft.set("reason", quoted(rule->reason == "name" ? draft.provider_event : rule->reason));
  const std::string resource = draft.field("resource_id");
  if (rule->once && !resource.empty()) draft.fact_key = draft.type + "|" + resource;
}

/// The body's members but for the envelope's, and then those of its data: senders that put the
/// same facts in both places, or some in one and some in the other.
std::string merged_data(const Pack& pack, json::View body, json::View data) {
  json::Writer w;
  w.object();
  for (const auto member : body) {
    const bool is_envelope = std::ranges::find(pack.envelope, member.key()) != pack.envelope.end();
    if (!is_envelope && !data[member.key()]) w.key(member.key()).raw(member.raw());
  }
  for (const auto member : data) w.key(member.key()).raw(member.raw());
  return std::move(w.end()).text();
}

/// Senders that speak the catalogue already, and custom connections with a map of their own.
void map_passthrough(const MapInput& input, const Sources& sources, Draft& draft) {
  std::string name = draft.provider_event;
  if (const auto mapped = input.types[name].as_string()) name = *mapped;
  draft.type = input.canonical(name).value_or("");
  const Paths places = input.custom_map["data"] ? parse_paths(input.custom_map["data"])
                                                : input.pack.passthrough_data;
  for (const auto& place : places) {
    const json::View data = sources.json(place);
    if (!data.is_object()) continue;
    draft.passthrough_data =
        input.pack.envelope.empty()
            ? std::string{data.raw()}
            : merged_data(input.pack, sources.json(""), place.empty() ? json::View{} : data);
    break;
  }
  const auto set = input.pack.fields.find("default");
  if (set != input.pack.fields.end()) map_fields(draft, input.pack, set->second, sources);
  if (const auto custom = parse_fields(input.custom_map["fields"]))
    map_fields(draft, input.pack, *custom, sources);
}

/// Who and when, before what it means.
Draft identify(const MapInput& input, const Sources& sources) {
  const Pack& pack = input.pack;
  const json::View map = input.custom_map;
  Draft draft;
  draft.provider_event =
      sources.first(map["name"] ? parse_paths(map["name"]) : pack.name).value_or("");
  draft.provider_event_id =
      sources.first(map["id"] ? parse_paths(map["id"]) : pack.event_id).value_or("");
  if (pack.occurred_at) {
    if (auto text = raw_text(*pack.occurred_at, sources))
      draft.occurred_at = time_of(*pack.occurred_at, *text);
  }
  if (const auto live = sources.first(pack.livemode)) draft.livemode = *live == "true";
  draft.dedupe_key = draft.provider_event_id.empty() || pack.dedupe_always
                         ? derived_key(pack, sources, draft.provider_event)
                         : draft.provider_event_id;
  return draft;
}

bool is_mismatch(const Pack& pack, const Sources& sources) {
  if (pack.equal_left.empty()) return false;
  const auto left = sources.text(pack.equal_left);
  const auto right = sources.text(pack.equal_right);
  return left && right && !equals_ignore_case(*left, *right);
}

Draft map_one(const MapInput& input, const Sources& sources) {
  Draft draft = identify(input, sources);
  if (is_mismatch(input.pack, sources)) return draft;
  if (input.pack.passthrough) {
    map_passthrough(input, sources, draft);
  } else {
    map_by_rule(input, sources, draft);
  }
  return draft;
}

std::vector<json::View> items_of(const MapInput& input) {
  for (const auto& pattern : input.pack.items) {
    auto items = expand(input.body, pattern);
    if (!items.empty()) return items;
  }
  return {json::View{}};  // no batch: the request itself
}

/// The members of an event's data, each name once: what was written last counts.
class Members {
 public:
  void set(std::string_view name, std::string_view json_text) {
    for (auto& [key, text] : list_) {
      if (key == name) {
        text = json_text;
        return;
      }
    }
    list_.emplace_back(name, json_text);
  }
  void set_text(std::string_view name, std::string_view text) { set(name, quoted(text)); }
  bool empty() const { return list_.empty(); }
  std::string text() const {
    json::Writer w;
    w.object();
    for (const auto& [name, json_text] : list_) w.key(name).raw(json_text);
    return std::move(w.end()).text();
  }

 private:
  std::vector<std::pair<std::string, std::string>> list_;
};

void set_customer_field(Members& customer, const Draft& draft, std::string_view name,
                        std::string_view json_text) {
  customer.set(name.substr(std::string_view{"customer_"}.size()), json_text);
  if (name != "customer_document") return;
  const std::string document = draft.field(name);
  const bool digits = document.find_first_not_of("0123456789") == std::string::npos;
  if (digits && document.size() == 11) customer.set_text("cpf", document);
  if (digits && document.size() == 14) customer.set_text("cnpj", document);
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

void Draft::set(std::string_view name, std::string json_text) {
  for (auto& [key, text] : fields) {
    if (key != name) continue;
    text = std::move(json_text);
    return;
  }
  fields.emplace_back(name, std::move(json_text));
}

bool all_hold(const std::vector<Where>& conditions, const Sources& sources) {
  return std::ranges::all_of(conditions, [&](const Where& w) { return holds(w, sources); });
}

Mapped map_request(const MapInput& input) {
  Mapped mapped;
  for (const auto item : items_of(input)) {
    const Sources sources{input.request, input.body, input.fetched, item};
    mapped.drafts.push_back(map_one(input, sources));
    if (is_mismatch(input.pack, sources)) mapped.note = input.pack.mismatch;
  }
  return mapped;
}

std::optional<FetchPlan> plan_fetch(const Pack& pack, const Sources& sources, bool body_is_signed) {
  for (const FetchSpec& fetch : pack.fetches) {
    if (fetch.only_unsigned && body_is_signed) continue;
    if (!all_hold(fetch.where, sources)) continue;
    FetchPlan plan{.spec = &fetch};
    std::string_view rest = fetch.url;
    while (!rest.empty()) {
      const auto open = rest.find('{');
      plan.url += rest.substr(0, open);
      if (open == std::string_view::npos) break;
      const auto close = rest.find('}', open);
      if (close == std::string_view::npos) return {};
      const auto value = sources.text(rest.substr(open + 1, close - open - 1));
      // An id must not change the path; dots are not encoded, and HTTP clients resolve them.
      if (!value || value->empty() || *value == "." || *value == "..") return {};
      plan.url += url_encode(*value);
      rest.remove_prefix(close + 1);
    }
    plan.version = sources.first(fetch.version).value_or("");
    return plan;
  }
  return {};
}

std::string data_of(const Draft& draft, std::string_view server_id, std::string_view subject) {
  if (!draft.passthrough_data.empty()) return draft.passthrough_data;
  Members data;
  Members customer;
  const std::string resource = draft.field("resource_id");
  if (!resource.empty()) {
    data.set_text("id", resource);
    if (!subject.empty()) data.set_text(subject, resource);
  }
  for (const auto& [name, text] : draft.fields) {
    if (name == "resource_id") continue;
    if (name == "amount_decimal" && parse_decimal(draft.field(name))) {
      data.set("amount", draft.field(name));
    } else if (name.starts_with("customer_")) {
      set_customer_field(customer, draft, name, text);
    } else {
      data.set(name, text);
    }
  }
  if (!customer.empty()) data.set("customer", customer.text());
  data.set_text("provider", server_id);
  data.set_text("provider_action", draft.provider_event);
  if (draft.provider_event_id.empty()) {
    data.set("provider_event_id", "null");
  } else {
    data.set_text("provider_event_id", draft.provider_event_id);
  }
  return data.text();
}

}  // namespace malote::providers
