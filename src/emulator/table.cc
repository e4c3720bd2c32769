#include "emulator/table.h"

#include <algorithm>

#include "base/check.h"
#include "base/decimal.h"

namespace malote::emulator {

// --- conditions and checks ----------------------------------------------------------------------

namespace {

bool is_below(const std::string& left, const std::string& right) {
  const auto a = parse_decimal(left);
  const auto b = parse_decimal(right);
  if (!a || !b) return false;
  const int scale = std::max(a->scale, b->scale);
  return to_minor(*a, scale) < to_minor(*b, scale);
}

}  // namespace

bool Condition::holds(const Scope& scope) const {
  const Found found = source.find(scope);
  if (bound) return is_below(found.text, bound->find(scope).text) == presence;
  if (values.empty()) return found.is_there == presence;
  return found.is_there && std::ranges::find(values, found.text) != values.end();
}

std::string Check::fault(const Scope& scope) const {
  const Found found = source.find(scope);
  if (!found.is_there) return rule == Rule::present ? name + " is required" : "";
  switch (rule) {
    case Rule::present: return {};
    case Rule::positive: {
      const auto value = parse_decimal(found.text);
      return value && value->digits > 0 ? "" : name + " must be a number greater than 0";
    }
    case Rule::one_of: {
      if (std::ranges::find(values, found.text) != values.end()) return {};
      std::string words;
      for (const auto& value : values) words += (words.empty() ? "" : ", ") + value;
      return name + " must be one of " + words;
    }
    case Rule::at_least:
      return found.text.size() >= length
                 ? ""
                 : name + " must have at least " + std::to_string(length) + " characters";
  }
  return {};
}

const ErrorShape& Provider::error(std::string_view name) const {
  const auto at = errors.find(name);
  MALOTE_CHECK(at != errors.end(), "load_providers() demands every error");
  return at->second;
}

const WebhookShape* Provider::webhook(std::string_view event, std::string_view collection) const {
  auto at = webhooks.find(event);
  if (at == webhooks.end()) at = webhooks.find(collection);
  return at == webhooks.end() ? nullptr : &at->second;
}

std::vector<std::string> split_path(std::string_view path) {
  std::vector<std::string> segments;
  while (!path.empty()) {
    if (path.front() == '/') {
      path.remove_prefix(1);
      continue;
    }
    const auto slash = path.find('/');
    segments.emplace_back(path.substr(0, slash));
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash);
  }
  return segments;
}

// --- reading ------------------------------------------------------------------------------------

namespace {

Unexpected malformed(std::string message) { return fail(Errc::invalid_body, std::move(message)); }

std::string text_of(json::View value) { return std::string{value.as_text().value_or("")}; }

std::vector<std::string> texts_of(json::View value) {
  if (value.is_string()) return {text_of(value)};
  std::vector<std::string> texts;
  for (const auto member : value) texts.push_back(text_of(member));
  return texts;
}

/// Misspelt members would be silently ignored otherwise.
Result<void> only(json::View object, std::initializer_list<std::string_view> known) {
  for (const auto member : object) {
    if (std::ranges::find(known, member.key()) == known.end())
      return malformed("there is no member \"" + std::string{member.key()} + "\" here");
  }
  return {};
}

/// {"/confirm": ["true"], "self/status": "PENDING", "/token": true, "/amount<self/value": true}
Result<std::vector<Condition>> parse_conditions(json::View object) {
  std::vector<Condition> conditions;
  for (const auto member : object) {
    Condition condition;
    const auto less = member.key().find('<');
    MALOTE_TRY(condition.source, Placeholder::parse(member.key().substr(0, less)));
    if (less != std::string_view::npos) {
      MALOTE_TRY(condition.bound, Placeholder::parse(member.key().substr(less + 1)));
    }
    if (const auto presence = member.as_bool()) {
      condition.presence = *presence;
    } else {
      condition.values = texts_of(member);
    }
    conditions.push_back(std::move(condition));
  }
  return conditions;
}

std::string name_of(std::string_view source) {
  return std::string{source.substr(source.starts_with('/') ? 1 : 0)};
}

Result<void> parse_required(json::View list, std::vector<Check>& checks) {
  for (const auto member : list) {
    const std::string source = text_of(member);
    Check check{.name = name_of(source)};
    MALOTE_TRY(check.source, Placeholder::parse(source));
    checks.push_back(std::move(check));
  }
  return {};
}

/// {"/value": "positive", "/billingType": ["PIX", …], "/justificativa": 15}
Result<void> parse_checks(json::View object, std::vector<Check>& checks) {
  for (const auto member : object) {
    Check check{.name = name_of(member.key())};
    MALOTE_TRY(check.source, Placeholder::parse(member.key()));
    if (const auto length = member.as_int()) {
      check.rule = Check::Rule::at_least;
      check.length = static_cast<std::size_t>(*length);
    } else if (member.is_array()) {
      check.rule = Check::Rule::one_of;
      check.values = texts_of(member);
    } else if (text_of(member) == "positive") {
      check.rule = Check::Rule::positive;
    } else {
      return malformed("a check is \"positive\", a list of values or a least length");
    }
    checks.push_back(std::move(check));
  }
  return {};
}

Result<void> parse_template(json::View value, Template& out) {
  if (!value) return {};
  MALOTE_TRY(out, Template::parse(value));
  return {};
}

Result<Change> parse_change(json::View object, std::string_view default_id) {
  Change change{.collection = text_of(object["in"]),
                .refused = text_of(object["refused"]),
                .echo = object["echo"].as_bool().value_or(false),
                .emits = texts_of(object["emit"])};
  const json::View id = object["of"];
  MALOTE_TRY(change.id, Placeholder::parse(id ? text_of(id) : default_id));
  MALOTE_TRY(change.when, parse_conditions(object["when"]));
  if (change.refused.empty()) change.refused = "the current status does not allow this";
  MALOTE_CHECK_OK(parse_template(object["set"], change.set));
  return change;
}

Result<Route::Act> parse_act(std::string_view word) {
  using enum Route::Act;
  static const std::map<std::string_view, Route::Act> kActs{
      {"answer", answer}, {"create", create}, {"get", get},   {"list", list},
      {"update", update}, {"remove", remove}, {"each", each}, {"token", token}};
  const auto at = kActs.find(word);
  if (at == kActs.end()) return malformed("\"do\" knows no \"" + std::string{word} + "\"");
  return at->second;
}

Result<void> parse_hook(json::View object, Route& route) {
  if (!object) return {};
  MALOTE_TRY(route.hook_url, Placeholder::parse(text_of(object["url"])));
  MALOTE_TRY(route.hook_secret, Placeholder::parse(text_of(object["secret"])));
  return {};
}

Result<Route> parse_route(json::View object, const std::vector<std::string>& prefix) {
  MALOTE_CHECK_OK(only(object, {"tool",   "on",   "do",    "in",    "of",       "when",   "refused",
                                "set",    "echo", "emit",  "where", "required", "checks", "parent",
                                "id",     "each", "item",  "keyed", "filter",   "page",   "answer",
                                "status", "type", "reads", "open",  "client",   "hook"}));
  Route route{.tool = text_of(object["tool"]), .segments = prefix};
  const std::string on = text_of(object["on"]);
  const auto space = on.find(' ');
  if (space == std::string::npos) return malformed("\"on\" takes \"METHOD /path\", not " + on);
  route.method = on.substr(0, space);
  for (auto& segment : split_path(std::string_view{on}.substr(space + 1)))
    route.segments.push_back(std::move(segment));
  MALOTE_TRY(route.act, parse_act(object["do"].as_string().value_or("answer")));
  MALOTE_TRY(route.where, parse_conditions(object["where"]));
  MALOTE_CHECK_OK(parse_required(object["required"], route.checks));
  MALOTE_CHECK_OK(parse_checks(object["checks"], route.checks));
  MALOTE_TRY(route.change, parse_change(object, "path/id"));
  if (const json::View parent = object["parent"]) {
    MALOTE_CHECK_OK(
        only(parent, {"in", "of", "when", "refused", "set", "echo", "emit", "optional"}));
    MALOTE_TRY(route.parent, parse_change(parent, "path/id"));
    route.parent_is_optional = parent["optional"].as_bool().value_or(false);
  }
  MALOTE_CHECK_OK(parse_template(object["id"], route.id));
  MALOTE_CHECK_OK(parse_template(object["item"], route.item));
  MALOTE_CHECK_OK(parse_template(object["answer"], route.answer));
  MALOTE_CHECK_OK(parse_hook(object["hook"], route));
  route.each = text_of(object["each"]);
  route.keyed = object["keyed"].as_bool().value_or(false);
  for (const auto member : object["filter"])
    route.filters.push_back({.parameter = std::string{member.key()}, .pointer = text_of(member)});
  route.limit = text_of(object["page"].at(0));
  route.offset = text_of(object["page"].at(1));
  route.status = static_cast<int>(object["status"].as_int().value_or(200));
  if (object["type"]) route.content_type = text_of(object["type"]);
  route.reads = object["reads"].as_bool().value_or(false) || route.act == Route::Act::token;
  route.is_open = object["open"].as_bool().value_or(false) || route.act == Route::Act::token;
  route.client = text_of(object["client"]);
  if (route.act == Route::Act::create && route.id.is_empty())
    return malformed("what creates needs an \"id\"");
  return route;
}

Result<Authentication> parse_authentication(json::View object) {
  using enum Authentication::Kind;
  static const std::map<std::string_view, Authentication::Kind> kKinds{
      {"header", header}, {"bearer", bearer}, {"issued", issued}, {"path", path}};
  const auto at = kKinds.find(object["kind"].as_string().value_or(""));
  if (at == kKinds.end()) return malformed("auth.kind is header, bearer, issued or path");
  return Authentication{.kind = at->second, .name = text_of(object["name"])};
}

Result<std::vector<std::pair<std::string, Template>>> parse_pairs(json::View object) {
  std::vector<std::pair<std::string, Template>> pairs;
  for (const auto member : object) {
    MALOTE_TRY(auto value, Template::parse(member));
    pairs.emplace_back(std::string{member.key()}, std::move(value));
  }
  return pairs;
}

Result<void> parse_errors(json::View object, Provider& provider) {
  for (const char* name : {"unauthorized", "invalid", "refused", "not_found", "no_route"}) {
    const json::View error = object[name];
    ErrorShape shape{.status = static_cast<int>(error["status"].as_int().value_or(0))};
    if (shape.status == 0) return malformed(std::string{"errors lacks "} + name);
    MALOTE_TRY(shape.body, Template::parse(error["body"]));
    provider.errors.emplace(name, std::move(shape));
  }
  return {};
}

Result<Provider> parse_provider(json::View root) {
  MALOTE_CHECK_OK(
      only(root, {"id", "prefix", "auth", "keys", "errors", "routes", "moves", "webhooks"}));
  Provider provider{.id = text_of(root["id"]), .prefix = split_path(text_of(root["prefix"]))};
  MALOTE_TRY(provider.authentication, parse_authentication(root["auth"]));
  for (const auto key : root["keys"]) {
    MALOTE_TRY(auto source, Placeholder::parse(text_of(key)));
    provider.keys.push_back(std::move(source));
  }
  MALOTE_CHECK_OK(parse_errors(root["errors"], provider));
  for (const auto member : root["routes"]) {
    auto route = parse_route(member, provider.prefix);
    if (!route) return malformed(text_of(member["tool"]) + ": " + route.error().message);
    provider.routes.push_back(std::move(*route));
  }
  for (const auto member : root["moves"]) {
    MALOTE_TRY(auto move, parse_change(member, "id"));
    provider.moves.emplace(std::string{member.key()}, std::move(move));
  }
  for (const auto member : root["webhooks"]) {
    WebhookShape shape;
    MALOTE_TRY(shape.body, Template::parse(member["body"]));
    MALOTE_TRY(shape.headers, parse_pairs(member["headers"]));
    MALOTE_TRY(shape.query, parse_pairs(member["query"]));
    provider.webhooks.emplace(std::string{member.key()}, std::move(shape));
  }
  return provider;
}

}  // namespace

Result<std::map<std::string, Provider, std::less<>>> load_providers(
    std::span<const EmbeddedFile> files) {
  std::map<std::string, Provider, std::less<>> providers;
  for (const auto& file : files) {
    const auto document = json::Document::parse(file.text);
    auto provider =
        document ? parse_provider(document->root()) : Result<Provider>{fail(document.error())};
    if (!provider) return malformed(std::string{file.name} + ": " + provider.error().message);
    const std::string id = provider->id;
    providers.emplace(id, std::move(*provider));
  }
  return providers;
}

}  // namespace malote::emulator
