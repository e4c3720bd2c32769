#include "providers/shape.h"

#include <algorithm>
#include <span>
#include <string>

#include "base/check.h"
#include "base/embedded.h"

namespace malote {
std::span<const EmbeddedFile> provider_schema();
}  // namespace malote

namespace malote::providers {

namespace {

json::View schema() {
  static const json::Document document = [] {
    auto parsed = json::Document::parse(provider_schema().front().text);
    MALOTE_CHECK(parsed.has_value(), "the pack schema is JSON");
    return std::move(*parsed);
  }();
  return document.root();
}

Unexpected bad(const std::string& place, std::string message) {
  return fail(make_issue(Errc::invalid_body, place, std::move(message)));
}

struct Type {
  std::string_view word;
  std::string_view phrase;
};
constexpr Type kTypes[] = {{"object", "an object"},       {"array", "a list"},
                           {"string", "a text"},          {"boolean", "true or false"},
                           {"integer", "a whole number"}, {"null", "null"}};

bool is_type(json::View value, std::string_view type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.kind() == json::Kind::boolean;
  if (type == "integer") return value.as_int().has_value();
  return value.is_null();
}

/// "type": a word, or a list of words.
Result<void> check_type(json::View value, json::View wanted, const std::string& place) {
  if (!wanted) return {};
  std::string phrases;
  for (const auto& [word, phrase] : kTypes) {
    bool named = wanted.as_string() == word;
    for (const auto one : wanted) named = named || one.as_string() == word;
    if (!named) continue;
    if (is_type(value, word)) return {};
    phrases += (phrases.empty() ? "" : " or ") + std::string{phrase};
  }
  return bad(place, "takes " + phrases);
}

Result<void> check_words(json::View value, json::View words, const std::string& place) {
  std::string known;
  for (const auto word : words) {
    if (word.as_string() == value.as_string()) return {};
    known += (known.empty() ? "" : ", ") + std::string{word.as_string().value_or("")};
  }
  return words ? bad(place, "takes one of " + known) : Result<void>{};
}

Result<void> check_size(json::View value, json::View rule, const std::string& place) {
  const auto number = value.as_int();
  const auto least = rule["minimum"].as_int();
  const auto most = rule["maximum"].as_int();
  if (number && least && most && (*number < *least || *number > *most))
    return bad(place, "takes " + std::to_string(*least) + " to " + std::to_string(*most));
  if (rule["minItems"] && value.size() == 0) return bad(place, "is an empty list");
  if (rule["minLength"] && value.as_string() == "") return bad(place, "is empty");
  return {};
}

Result<void> check(json::View value, json::View rule, const std::string& place);

Result<void> check_object(json::View value, json::View rule, const std::string& place) {
  for (const auto name : rule["required"]) {
    const std::string member{name.as_string().value_or("")};
    if (!value[member]) return bad(place + "/" + member, "is missing");
  }
  const json::View others = rule["additionalProperties"];
  for (const auto member : value) {
    const std::string at = place + "/" + std::string{member.key()};
    const json::View own = rule["properties"][member.key()];
    if (!own && others.as_bool() == false) return bad(at, "is not known here");
    MALOTE_CHECK_OK(check(member, own ? own : others, at));
  }
  return {};
}

Result<void> check_list(json::View value, json::View rule, const std::string& place) {
  for (std::size_t i = 0; i < value.size(); ++i) {
    MALOTE_CHECK_OK(check(value.at(i), rule, place + "/" + std::to_string(i)));
  }
  return {};
}

/// One of several forms: what is wrong with the form of the same type, where there is one.
Result<void> check_forms(json::View value, json::View forms, const std::string& place) {
  Result<void> closest = bad(place, "has none of the forms that are taken here");
  for (const auto form : forms) {
    auto result = check(value, form, place);
    if (result) return {};
    if (!result.error().issues.empty() && result.error().issues.front().path != place)
      closest = std::move(result);
  }
  return closest;
}

Result<void> check(json::View value, json::View rule, const std::string& place) {
  constexpr std::string_view kHere = "#";
  if (const auto other = rule["$ref"].as_string())
    return check(value, schema().pointer(other->substr(kHere.size())), place);
  if (const json::View forms = rule["oneOf"]) return check_forms(value, forms, place);
  if (const json::View forms = rule["anyOf"]) return check_forms(value, forms, place);
  MALOTE_CHECK_OK(check_type(value, rule["type"], place));
  MALOTE_CHECK_OK(check_words(value, rule["enum"], place));
  MALOTE_CHECK_OK(check_size(value, rule, place));
  if (value.is_object()) return check_object(value, rule, place);
  if (value.is_array() && rule["items"]) return check_list(value, rule["items"], place);
  return {};
}

/// Members of webhook_auth beside a scheme's: the scheme's name, what only a connection can say,
/// and other names of the scheme's members.
constexpr std::string_view kOnlyConnections[] = {
    "scheme",         "strict_body",          "decision_map",      "hash",
    "query_param",    "fallback_query_param", "timestamp_pointer", "signature_header",
    "signature_field"};
constexpr std::string_view kMapMembers[] = {"enable", "types", "name", "id", "data", "fields"};

}  // namespace

Result<void> check_pack_shape(json::View pack) {
  if (!pack.is_object()) return fail(Errc::invalid_body, "a pack is a JSON object");
  return check(pack, schema(), "");
}

Result<void> check_settings_shape(json::View webhook_auth, json::View webhook_map) {
  if (webhook_auth && !webhook_auth.is_null() && !webhook_auth.is_object())
    return bad("/connection_metadata/webhook_auth", "takes an object");
  const json::View members = schema()["$defs"]["scheme"]["properties"];
  for (const auto member : webhook_auth) {
    const std::string place = "/connection_metadata/webhook_auth/" + std::string{member.key()};
    if (std::ranges::find(kOnlyConnections, member.key()) != std::end(kOnlyConnections)) continue;
    if (!members[member.key()]) return bad(place, "is not known; docs/providers.md lists what is");
    MALOTE_CHECK_OK(check(member, members[member.key()], place));
  }
  if (webhook_map && !webhook_map.is_null() && !webhook_map.is_object())
    return bad("/connection_metadata/webhook_map", "takes an object");
  for (const auto member : webhook_map) {
    if (std::ranges::find(kMapMembers, member.key()) == std::end(kMapMembers)) {
      return bad("/connection_metadata/webhook_map/" + std::string{member.key()},
                 "is not known: enable, types, name, id, data and fields are");
    }
  }
  return {};
}

}  // namespace malote::providers
