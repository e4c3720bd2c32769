#include "tools/meta_tool.h"

#include <algorithm>

#include "core/template.h"
#include "tools/checks.h"
#include "tools/schema.h"

namespace malote::tools {

namespace {

constexpr std::string_view kMetaMembers[] = {
    "$schema", "name", "description", "keywords", "input", "let", "require", "builtin", "routes"};
constexpr std::string_view kRouteMembers[] = {"server", "when", "steps", "result"};
constexpr std::string_view kStepMembers[] = {"name",     "tool",     "params", "when",
                                             "optional", "prepares", "retry"};
constexpr std::string_view kRetryMembers[] = {"attempts", "delay_ms"};
constexpr std::string_view kRequireMembers[] = {"when", "member", "message"};
constexpr int kMaxAttempts = 10, kMaxDelayMs = 10'000;

Known known_input(const MetaTool& meta) {
  return {.roots = {"input"}, .members = {{"input", keys_of(meta.input["properties"])}}};
}

/// What a route's condition may refer to.
Known known_arguments(const MetaTool& meta) {
  Known known = known_input(meta);
  known.roots.insert(known.roots.end(), {"args", "metadata"});
  known.members.push_back({"args", keys_of(meta.let)});
  return known;
}

Result<Step> parse_step(json::View entry, const Known& known, const std::string& at) {
  MALOTE_CHECK_OK(check_members(entry, at, kStepMembers));
  Step step;
  MALOTE_TRY(step.name, needed_text(entry, "name", at));
  MALOTE_CHECK_OK(check_name(step.name, "_-", at + "/name"));
  MALOTE_TRY(step.tool, needed_text(entry, "tool", at));
  if (step.tool.find('/') == std::string::npos)
    return bad_file(at + "/tool", "takes \"server/tool\"");
  step.params = entry["params"];
  if (!step.params.is_object()) return bad_file(at + "/params", "takes an object");
  MALOTE_CHECK_OK(check_template(step.params, at + "/params", known));
  step.when = entry["when"];
  if (step.when) MALOTE_CHECK_OK(check_condition(step.when, at + "/when", known));
  step.optional = entry["optional"].as_bool().value_or(false);
  step.prepares = entry["prepares"].as_bool().value_or(false);
  if (const auto retry = entry["retry"]) {
    MALOTE_CHECK_OK(check_members(retry, at + "/retry", kRetryMembers));
    const auto attempts = retry["attempts"].as_int().value_or(0);
    const auto delay = retry["delay_ms"].as_int().value_or(-1);
    if (attempts < 1 || attempts > kMaxAttempts || delay < 0 || delay > kMaxDelayMs)
      return bad_file(at + "/retry", "takes 1-10 attempts and a delay_ms of 0-10000");
    step.attempts = static_cast<int>(attempts);
    step.delay = Millis{delay};
  }
  return step;
}

Result<Route> parse_route(json::View entry, const MetaTool& meta, const std::string& at) {
  MALOTE_CHECK_OK(check_members(entry, at, kRouteMembers));
  Route route;
  MALOTE_TRY(route.server, needed_text(entry, "server", at));
  route.when = entry["when"];
  Known known = known_arguments(meta);
  if (route.when) MALOTE_CHECK_OK(check_condition(route.when, at + "/when", known));
  known.roots.insert(known.roots.end(), {"steps", "idempotency_key", "today", "livemode"});
  known.members.push_back({"steps", {}});  // grows with the steps
  std::size_t index = 0;
  for (const auto entry_step : entry["steps"]) {
    const std::string place = at + "/steps/" + std::to_string(index++);
    MALOTE_TRY(auto step, parse_step(entry_step, known, place));
    auto& earlier = known.members.back().names;
    if (std::ranges::find(earlier, step.name) != earlier.end())
      return bad_file(place + "/name", step.name + " is there twice");
    earlier.push_back(step.name);
    route.steps.push_back(std::move(step));
  }
  if (route.steps.empty()) return bad_file(at + "/steps", "takes at least one step");
  route.result = entry["result"];
  if (!route.result) return bad_file(at + "/result", "takes a template of the data");
  MALOTE_CHECK_OK(check_template(route.result, at + "/result", known));
  return route;
}

Result<void> check_requirements(const MetaTool& meta) {
  Known known = known_input(meta);
  known.roots.emplace_back("args");
  known.members.push_back({"args", keys_of(meta.let)});
  std::size_t index = 0;
  for (const auto entry : meta.require) {
    const std::string at = "/require/" + std::to_string(index++);
    MALOTE_CHECK_OK(check_members(entry, at, kRequireMembers));
    MALOTE_CHECK_OK(needed_text(entry, "message", at));
    MALOTE_CHECK_OK(needed_text(entry, "member", at));
    MALOTE_CHECK_OK(check_condition(entry["when"], at + "/when", known));
  }
  return {};
}

/// "input.buyer.name" → "/buyer/name".
std::string pointer_of(std::string_view path) {
  std::string out;
  for (const char c : path.starts_with("input") ? path.substr(5) : path) out += c == '.' ? '/' : c;
  return out;
}

}  // namespace

Result<MetaTool> parse_meta_tool(std::string_view text) {
  MALOTE_TRY(auto document, json::Document::parse(text));
  MetaTool meta;
  meta.document = std::make_shared<const json::Document>(std::move(document));
  const json::View root = meta.document->root();
  MALOTE_CHECK_OK(check_members(root, "", kMetaMembers));
  MALOTE_TRY(meta.name, needed_text(root, "name", ""));
  MALOTE_CHECK_OK(check_name(meta.name, "_", "/name"));
  MALOTE_TRY(meta.description, needed_text(root, "description", ""));
  MALOTE_TRY(meta.keywords, keywords_of(root, ""));
  meta.input = root["input"];
  MALOTE_CHECK_OK(check_schema(meta.input, "/input"));
  meta.builtin = root["builtin"].as_bool().value_or(false);
  meta.let = root["let"];
  if (meta.let) {
    if (!meta.let.is_object()) return bad_file("/let", "takes an object");
    MALOTE_CHECK_OK(check_template(meta.let, "/let", known_input(meta)));
  }
  meta.require = root["require"];
  MALOTE_CHECK_OK(check_requirements(meta));
  std::size_t index = 0;
  for (const auto entry : root["routes"]) {
    MALOTE_TRY(auto route, parse_route(entry, meta, "/routes/" + std::to_string(index++)));
    meta.routes.push_back(std::move(route));
  }
  return meta;
}

Result<std::string> make_arguments(const MetaTool& meta, json::View input) {
  Error error = make_error(Errc::invalid_body, "");
  error.issues = validate(input, meta.input);
  const auto refuse = [&]() -> Unexpected {
    error.message = meta.name + ": ";
    for (const auto& [path, message] : error.issues)
      error.message += (&path == &error.issues.front().path ? "" : "; ") + path + " " + message;
    return fail(std::move(error));
  };
  if (!error.issues.empty()) return refuse();
  core::Scope scope;
  scope.set("input", input);
  std::string arguments = "{}";
  if (meta.let) {
    auto rendered = core::render(meta.let, scope);
    if (!rendered) {
      if (rendered.error().issues.empty()) return fail(std::move(rendered).error());
      for (const auto& [path, message] : rendered.error().issues)
        error.issues.push_back({pointer_of(path), message});
      return refuse();
    }
    arguments = std::move(*rendered);
  }
  MALOTE_TRY(const auto document, json::Document::parse(arguments));
  scope.set("args", document.root());
  for (const auto entry : meta.require) {
    MALOTE_TRY(const bool fine, core::holds(entry["when"], scope));
    if (!fine) error.issues.push_back({"/" + text_of(entry["member"]), text_of(entry["message"])});
  }
  if (!error.issues.empty()) return refuse();
  return arguments;
}

}  // namespace malote::tools
