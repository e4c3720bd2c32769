#include "emulator/control.h"

#include "emulator/perform.h"

namespace malote::emulator {

namespace {

Response error_response(const Error& error) {
  json::Writer w;
  w.object().field("error", error_code(error.errc)).field("message", error.message);
  w.key("issues").array();
  for (const auto& issue : error.issues)
    w.object().field("path", issue.path).field("message", issue.message).end();
  w.end().end();
  return {.status = http_status(error.errc), .body = std::move(w).text()};
}

std::vector<std::string> names_of(const World& world) {
  std::vector<std::string> names;
  for (const auto& [id, provider] : world.providers) names.push_back(id);
  return names;
}

Response effects(const Request& request, const World& world) {
  std::string provider;
  for (const auto& [name, value] : parse_query(request.query)) {
    if (name == "provider") provider = value;
  }
  json::Writer w;
  world.ledger.write(w, provider);
  return {.body = std::move(w).text()};
}

Response webhooks(const World& world) {
  json::Writer w;
  world.webhooks.write(w);
  return {.body = std::move(w).text()};
}

Response faults(const World& world) {
  json::Writer w;
  world.faults.write(w);
  return {.body = std::move(w).text()};
}

Response state(const World& world) {
  json::Writer w;
  w.object().key("providers").array();
  for (const auto& name : names_of(world)) w.string(name);
  w.end().key("resources").object();
  for (const auto& [name, count] : world.resources.counts())
    w.field(name, static_cast<std::int64_t>(count));
  w.end().field("resources_forgotten", static_cast<std::int64_t>(world.resources.forgotten()));
  w.key("effects").object();
  for (const auto& [name, totals] : world.ledger.totals()) {
    w.key(name).object().field("seen", totals.seen).field("performed", totals.performed);
    w.field("performed_more_than_once", totals.repeated).end();
  }
  w.end().end();
  return {.body = std::move(w).text()};
}

Response or_error(const Result<void>& result, Response good) {
  return result ? std::move(good) : error_response(result.error());
}

const Provider* provider_of(json::View body, const World& world, Error& error) {
  const auto at = world.providers.find(body["provider"].as_string().value_or(""));
  if (at != world.providers.end()) return &at->second;
  error = make_issue(Errc::invalid_body, "/provider", "takes the id of an emulated provider");
  return nullptr;
}

/// {"provider", "id", "to"}; POST /_emulator/pay is the same with "to": "pay".
Response move_resource(json::View body, std::string_view to, World& world, Timestamp now) {
  Error error;
  const Provider* provider = provider_of(body, world, error);
  if (!provider) return error_response(error);
  const std::string name{to.empty() ? body["to"].as_string().value_or("") : to};
  const std::string id{body["id"].as_text().value_or("")};
  const auto moved = move(*provider, name, id, world, now);
  return moved ? Response{.body = *moved} : error_response(moved.error());
}

/// {"provider", "accept"?: [texts], "token_seconds"?: n, "revoke_tokens"?: true}
Response set_credentials(json::View body, World& world) {
  Error error;
  const Provider* provider = provider_of(body, world, error);
  if (!provider) return error_response(error);
  Credentials& credentials = world.credentials[provider->id];
  if (const json::View accept = body["accept"]) {
    if (!accept.is_array())
      return error_response(make_issue(Errc::invalid_body, "/accept", "takes a list of texts"));
    credentials.accepted.clear();
    for (const auto text : accept) credentials.accepted.emplace(text.as_text().value_or(""));
  }
  if (const json::View seconds = body["token_seconds"]) {
    const auto number = seconds.as_int();
    if (!number || *number < 1)
      return error_response(
          make_issue(Errc::invalid_body, "/token_seconds", "takes a whole number from 1"));
    credentials.token_seconds = *number;
  }
  if (body["revoke_tokens"].as_bool().value_or(false)) credentials.tokens.clear();
  return {.status = 204};
}

Response post(const Request& request, std::string_view path, World& world, Timestamp now) {
  if (path == "/faults") {
    const auto set = set_faults(world, request.body);
    return or_error(set, faults(world));
  }
  if (path == "/webhooks") {
    const auto added = add_webhook(world, request.body);
    return or_error(added, webhooks(world));
  }
  const auto document = json::Document::parse(request.body);
  if (!document) return error_response(document.error());
  if (path == "/pay") return move_resource(document->root(), "pay", world, now);
  if (path == "/move") return move_resource(document->root(), "", world, now);
  if (path == "/credentials") return set_credentials(document->root(), world);
  return error_response(make_error(Errc::not_found,
                                   "POST takes faults, webhooks, pay, move or "
                                   "credentials after /_emulator/"));
}

Response get(const Request& request, std::string_view path, const World& world) {
  if (path == "/effects") return effects(request, world);
  if (path == "/webhooks") return webhooks(world);
  if (path == "/faults") return faults(world);
  if (path == "/state") return state(world);
  return error_response(make_error(
      Errc::not_found, "GET takes effects, webhooks, faults or state after /_emulator/"));
}

Response clear(std::string_view path, World& world) {
  if (path == "/effects") {
    world.ledger.clear();
  } else if (path == "/faults") {
    world.faults = {};
  } else if (path == "/webhooks") {
    world.webhooks.clear();
  } else if (path == "/state") {
    world.resources.clear();
    world.ledger.clear();
  } else {
    return error_response(make_error(
        Errc::not_found, "DELETE takes effects, faults, webhooks or state after /_emulator/"));
  }
  return {.status = 204};
}

}  // namespace

Result<void> set_faults(World& world, std::string_view json) {
  MALOTE_TRY(world.faults, Faults::parse(json, names_of(world)));
  return {};
}

Result<void> add_webhook(World& world, std::string_view json) {
  MALOTE_TRY(const auto document, json::Document::parse(json));
  MALOTE_TRY(const auto id, world.webhooks.add(document.root(), ""));
  return {};
}

Response control(const Request& request, std::string_view path, World& world, Timestamp now) {
  if (request.method == "GET") return get(request, path, world);
  if (request.method == "POST") return post(request, path, world, now);
  if (request.method == "DELETE") return clear(path, world);
  return error_response(make_error(Errc::method_not_allowed, "GET, POST or DELETE"));
}

}  // namespace malote::emulator
