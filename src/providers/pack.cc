#include "providers/pack.h"

#include <algorithm>
#include <set>

#include "base/time.h"
#include "providers/shape.h"

namespace malote::providers {

namespace {

std::string text_of(json::View value) { return std::string{value.as_string().value_or("")}; }

std::vector<std::string> texts_of(json::View value) {
  std::vector<std::string> texts;
  if (const auto one = value.as_text()) texts.emplace_back(*one);
  if (value.is_array()) {
    for (const auto item : value) texts.emplace_back(item.as_text().value_or(""));
  }
  return texts;
}

struct AsWord {
  std::string_view word;
  FieldSpec::As as;
};
constexpr AsWord kAsWords[] = {
    {"text", FieldSpec::As::text},          {"upper", FieldSpec::As::upper},
    {"digits", FieldSpec::As::digits},      {"phone", FieldSpec::As::phone},
    {"document", FieldSpec::As::document},  {"major", FieldSpec::As::amount_major},
    {"minor", FieldSpec::As::amount_minor}, {"time", FieldSpec::As::time}};

/// "-03:00" → -180.
Result<int> parse_offset(json::View value) {
  if (!value) return 0;
  const auto at = parse_time("1970-01-02T00:00:00" + text_of(value));
  if (!at) return fail(Errc::invalid_body, "offset takes a form such as \"-03:00\"");
  return static_cast<int>((from_ms(86'400'000) - *at) / std::chrono::minutes{1});
}

Result<FieldSpec> parse_field(std::string_view name, json::View value) {
  FieldSpec field{.name = std::string{name}};
  if (!value.is_object()) {
    field.at = parse_paths(value);
    return field;
  }
  field.at = parse_paths(value["at"]);
  field.constant = text_of(value["const"]);
  field.sum = text_of(value["sum"]);
  if (const json::View as = value["as"]) {
    bool known = false;
    for (const auto& [word, meaning] : kAsWords) {
      if (as.as_string() == word) {
        field.as = meaning;
        known = true;
      }
    }
    if (!known)
      return fail(make_issue(Errc::invalid_body, std::string{name} + "/as", "is not known"));
  }
  field.time_format = text_of(value["format"]);
  if (!field.time_format.empty()) field.as = FieldSpec::As::time;
  field.country = text_of(value["country"]);
  MALOTE_TRY(field.offset_minutes, parse_offset(value["offset"]));
  return field;
}

std::vector<Where> parse_where(json::View object) {
  std::vector<Where> conditions;
  for (const auto member : object) {
    const bool presence = member.key().starts_with('?');
    const bool negate = presence ? member.as_bool() == false : member.key().starts_with('!');
    const bool marked = presence || negate;
    conditions.push_back({.path = std::string{member.key().substr(marked ? 1 : 0)},
                          .values = texts_of(member),
                          .negate = negate,
                          .presence = presence});
  }
  return conditions;
}

Result<std::vector<Rule>> parse_rules(json::View list) {
  std::vector<Rule> rules;
  for (const auto entry : list) {
    rules.push_back({.names = texts_of(entry["name"]),
                     .where = parse_where(entry["where"]),
                     .type = text_of(entry["type"]),
                     .fields = text_of(entry["fields"]),
                     .reason = text_of(entry["reason"]),
                     .once = entry["once"].as_bool().value_or(false),
                     .optional = entry["optional"].as_bool().value_or(false),
                     .guess = entry["guess"].as_bool().value_or(false)});
  }
  return rules;
}

/// A credential goes along: over https only.
Result<std::vector<FetchSpec>> parse_fetches(json::View list) {
  std::vector<FetchSpec> fetches;
  for (const auto entry : list) {
    FetchSpec fetch{.where = parse_where(entry["where"]),
                    .url = text_of(entry["url"]),
                    .header = text_of(entry["header"]),
                    .prefix = text_of(entry["prefix"]),
                    .credential = text_of(entry["credential"]),
                    .only_unsigned = entry["only_unsigned"].as_bool().value_or(false),
                    .take = texts_of(entry["take"]),
                    .version = texts_of(entry["version"])};
    if (!fetch.url.starts_with("https://"))
      return fail(make_issue(Errc::invalid_body, "/events/fetch", "a url begins with https://"));
    const std::string replaces = text_of(entry["replaces"]);
    if (!replaces.empty()) fetch.replaces = replaces.substr(1);
    if (replaces == "/" || fetch.replaces.find_first_of("/~.") != std::string::npos ||
        (!replaces.empty() && replaces.front() != '/'))
      return fail(make_issue(Errc::invalid_body, "/events/fetch",
                             "replaces names a member of the body, such as /resource"));
    fetches.push_back(std::move(fetch));
  }
  return fetches;
}

bool takes_post(const std::vector<std::string>& methods) {
  return std::ranges::find(methods, "POST") != methods.end();
}

/// A probe is answered 200 unproven, and nothing is stored: it must not be just any request.
Result<std::vector<Probe>> parse_probes(json::View list) {
  std::vector<Probe> probes;
  for (const auto entry : list) {
    Probe probe{.methods = texts_of(entry["method"]), .absent = texts_of(entry["absent"])};
    if (probe.absent.empty() && (probe.methods.empty() || takes_post(probe.methods)))
      return fail(make_issue(Errc::invalid_body, "/probes", "would take every POST for a probe"));
    if (const auto reason = entry["reason"].as_string()) probe.reason = *reason;
    probes.push_back(std::move(probe));
  }
  return probes;
}

Result<void> parse_response(json::View response, ResponseSpec& out) {
  if (const auto body = response["body"].as_string()) out.body = *body;
  if (const auto type = response["content_type"].as_string()) out.content_type = *type;
  if (std::ranges::any_of(out.content_type, [](char c) { return c < ' ' || c > '~'; }))
    return fail(make_issue(Errc::invalid_body, "/response/content_type", "is no header's value"));
  return {};
}

Result<void> parse_events(json::View events, Pack& pack) {
  pack.items = parse_paths(events["items"]);
  pack.envelope = parse_paths(events["envelope"]);
  pack.dedupe_always = events["dedupe_always"].as_bool().value_or(false);
  for (const auto piece : events["dedupe"]) pack.dedupe.push_back(texts_of(piece));
  for (const auto entry : events["exponents"])
    pack.exponents.emplace(entry.key(), static_cast<int>(entry.as_int().value_or(2)));
  pack.name = parse_paths(events["name"]);
  pack.event_id = parse_paths(events["id"]);
  pack.livemode = parse_paths(events["livemode"]);
  pack.passthrough = events["passthrough"].as_bool().value_or(false);
  pack.passthrough_data = parse_paths(events["data"]);
  if (const json::View equal = events["must_equal"]) {
    pack.equal_left = text_of(equal["left"]);
    pack.equal_right = text_of(equal["right"]);
    pack.mismatch = text_of(equal["reason"]);
  }
  if (const json::View at = events["occurred_at"]) {
    MALOTE_TRY(pack.occurred_at, parse_field("occurred_at", at));
    pack.occurred_at->as = FieldSpec::As::time;
  }
  for (const auto set : events["fields"]) {
    MALOTE_TRY(auto fields, parse_fields(set));
    pack.fields.emplace(set.key(), std::move(fields));
  }
  MALOTE_TRY(pack.rules, parse_rules(events["rules"]));
  MALOTE_TRY(pack.fetches, parse_fetches(events["fetch"]));
  return {};
}

/// It parses, and what it signs is something of the request.
Result<void> check_scheme(json::View view) {
  MALOTE_TRY(auto scheme, parse_scheme(view, {}));
  // The address is the connection's to say.
  if (scheme.notification_url.empty()) scheme.notification_url = "https://gateway.example";
  return check_usable(scheme);
}

bool is_id(std::string_view id) {
  return !id.empty() && id.size() <= 64 && std::ranges::all_of(id, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

}  // namespace

Paths parse_paths(json::View value) { return texts_of(value); }

Result<std::vector<FieldSpec>> parse_fields(json::View object) {
  std::vector<FieldSpec> fields;
  for (const auto member : object) {
    MALOTE_TRY(auto field, parse_field(member.key(), member));
    fields.push_back(std::move(field));
  }
  return fields;
}

std::vector<std::string> Pack::event_types() const {
  std::set<std::string> types;
  for (const Rule& rule : rules) {
    if (!rule.type.empty()) types.insert(rule.type);
  }
  return {types.begin(), types.end()};
}

Result<Pack> Pack::parse_own(std::string_view text) {
  MALOTE_TRY(const auto document, json::Document::parse(text));
  MALOTE_CHECK_OK(check_pack_shape(document.root()));
  return parse(text);
}

Result<Pack> Pack::parse(std::string_view text) {
  MALOTE_TRY(auto document, json::Document::parse(text));
  Pack pack;
  pack.document = std::move(document);
  const json::View root = pack.document.root();
  pack.id = text_of(root["id"]);
  pack.label = text_of(root["label"]);
  pack.category = text_of(root["category"]);
  pack.countries = texts_of(root["countries"]);
  if (!is_id(pack.id)) {
    return fail(make_issue(Errc::invalid_body, "/id",
                           "takes lower-case letters, digits and \"-\", as it stands in URLs"));
  }
  const json::View verify = root["verify"];
  pack.default_scheme = text_of(verify["default"]);
  for (const auto scheme : verify["schemes"]) {
    MALOTE_CHECK_OK(check_scheme(scheme));
    pack.schemes.emplace(scheme.key(), scheme);
  }
  if (!pack.default_scheme.empty() && !pack.schemes.contains(pack.default_scheme)) {
    return fail(make_issue(Errc::invalid_body, "/verify/default", "names no scheme of the pack"));
  }
  pack.evidence = text_of(root["evidence"]);
  pack.documentation = texts_of(root["documentation"]);
  MALOTE_TRY(pack.probes, parse_probes(root["probes"]));
  pack.handshake = {.where = parse_where(root["handshake"]["where"]),
                    .token = text_of(root["handshake"]["token"]),
                    .answer = text_of(root["handshake"]["answer"])};
  MALOTE_CHECK_OK(parse_response(root["response"], pack.response));
  pack.redact_headers = texts_of(root["redact_headers"]);
  pack.redact_body = texts_of(root["redact_body"]);
  pack.fixtures = root["fixtures"];
  MALOTE_CHECK_OK(parse_events(root["events"], pack));
  MALOTE_TRY(pack.api, parse_api(root["api"]));
  for (const FetchSpec& fetch : pack.fetches) {
    const bool is_signed = fetch.credential.empty() && pack.api.sign;
    if (fetch.header.empty() && !is_signed)
      return fail(make_issue(Errc::invalid_body, "/events/fetch",
                             "needs the header that carries the credential"));
  }
  for (const Rule& rule : pack.rules) {
    if (!rule.fields.empty() && !pack.fields.contains(rule.fields)) {
      return fail(make_issue(Errc::invalid_body, "/events/rules", "no field set " + rule.fields));
    }
  }
  return pack;
}

}  // namespace malote::providers
