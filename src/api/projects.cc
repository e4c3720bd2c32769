// Projects, API keys, and who am I.
#include "api/codec.h"
#include "api/decode.h"
#include "api/problem.h"

namespace malote::api {

namespace {

/// "live" or "test".
std::optional<bool> decode_environment(BodyReader& body, std::string_view name) {
  if (!body.has_value(name)) return {};
  const auto text = body.text(name, 1, 16);
  if (!text) return {};
  if (*text != "live" && *text != "test") {
    body.issue("/" + std::string{name}, "takes live or test");
    return {};
  }
  return *text == "live";
}

/// The wished scopes, or the caller's own. Nobody gives away more than they have.
Result<std::string> decode_scopes(BodyReader& body, const engine::Caller& caller) {
  const json::View list = body.at("scopes");
  if (!list || list.is_null()) return caller.key.scopes;
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz-:*";
  std::string scopes;
  for (const auto item : list) {
    const auto text = item.as_string().value_or("");
    if (text.empty() || text.size() > 64 ||
        text.find_first_not_of(kAllowed) != std::string_view::npos) {
      body.issue("/scopes", "takes names such as triggers:read, triggers:* or *");
      break;
    }
    if (!caller.may(text)) {
      return fail(Errc::forbidden, "this key lacks the scope " + std::string{text} + " itself");
    }
    scopes += (scopes.empty() ? "" : " ") + std::string{text};
  }
  if (!list.is_array() || scopes.empty())
    body.issue("/scopes", "takes a list of at least one scope");
  return scopes;
}

/// A made-up slug from a name: "Loja Um" → "loja-um".
std::string slug_from(std::string_view name) {
  std::string slug;
  for (const char c : name) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_') slug += c;
    if (c >= 'A' && c <= 'Z') slug += static_cast<char>(c + 32);
    if ((c == ' ' || c == '-') && !slug.empty() && slug.back() != '-') slug += '-';
  }
  return slug.substr(0, 64);
}

}  // namespace

Result<Response> list_projects(const Call& call, const ReadTx& tx) {
  MALOTE_TRY(const Page page, decode_page(call, 100));
  auto projects = tx.projects();
  std::vector<std::string> items;
  std::int64_t last = 0;
  bool more = false;
  for (auto at = projects.rbegin(); at != projects.rend(); ++at) {
    if (page.before > 0 && at->no.value >= page.before) continue;
    more = static_cast<int>(items.size()) == page.limit;
    if (more) break;
    // Only the default project's keys see the other projects.
    if (!call.caller.project.is_default && at->no != call.project()) continue;
    items.push_back(encode_project(call, *at));
    last = at->no.value;
  }
  return list_response("projects", items, more ? cursor_of(last) : "");
}

Result<Response> create_project(const Call& call, Tx& tx, engine::Effects& effects) {
  if (!call.caller.project.is_default) {
    return fail(Errc::forbidden, "only a key of the default project may create projects");
  }
  MALOTE_TRY(const auto document, parse_body(call));
  BodyReader body{document.root()};
  body.require("name");
  const auto name = body.text("name", 1, 128).value_or("");
  const auto slug = body.text("slug", 0, 256).value_or(slug_from(name));
  const auto live = decode_environment(body, "environment").value_or(call.caller.key.livemode);
  MALOTE_CHECK_OK(body.result());
  MALOTE_TRY(const auto project, call.api.access.create_project(tx, effects, name, slug, live));
  return json_response(201, encode_project(call, project));
}

Result<Response> get_project(const Call& call, const ReadTx& tx) {
  const auto project = tx.project(call.param(0));
  if (!project || (!call.caller.project.is_default && project->no != call.project())) {
    return fail(Errc::not_found, "no such project");
  }
  return json_response(200, encode_project(call, *project));
}

Result<Response> delete_project(const Call& call, Tx& tx, engine::Effects& effects) {
  if (!call.caller.project.is_default) return fail(Errc::not_found, "no such project");
  MALOTE_CHECK_OK(call.api.access.remove_project(tx, effects, call.param(0)));
  return Response{.status = 204};
}

Result<Response> list_api_keys(const Call& call, const ReadTx& tx) {
  MALOTE_TRY(const Page page, decode_page(call, 100));
  const auto keys = tx.api_keys();
  std::vector<std::string> items;
  std::int64_t last = 0;
  bool more = false;
  for (auto at = keys.rbegin(); at != keys.rend(); ++at) {
    if (at->project != call.project() || (page.before > 0 && at->no >= page.before)) continue;
    more = static_cast<int>(items.size()) == page.limit;
    if (more) break;
    items.push_back(encode_api_key(call.caller.project, *at, nullptr));
    last = at->no;
  }
  return list_response("keys", items, more ? cursor_of(last) : "");
}

Result<Response> create_api_key(const Call& call, Tx& tx, engine::Effects& effects) {
  MALOTE_TRY(const auto document, parse_body(call));
  BodyReader body{document.root()};
  body.require("name");
  const auto name = body.text("name", 1, 128).value_or("");
  const auto live = decode_environment(body, "env");
  MALOTE_TRY(const auto scopes, decode_scopes(body, call.caller));
  MALOTE_CHECK_OK(body.result());
  MALOTE_TRY(const auto created,
             call.api.access.create_key(tx, effects, call.caller, name, live, scopes));
  return json_response(201, encode_api_key(call.caller.project, created.key, &created.full_key));
}

Result<Response> delete_api_key(const Call& call, Tx& tx, engine::Effects& effects) {
  MALOTE_CHECK_OK(call.api.access.revoke_key(tx, effects, call.project(), call.param(0)));
  return Response{.status = 204};
}

Result<Response> whoami(const Call& call, const ReadTx&) {
  const auto& caller = call.caller;
  json::Writer w;
  w.object().key("organization").object().field("id", call.api.access.org_id());
  w.key("name").null().end();
  w.key("project").object().field("id", caller.project.id).field("name", caller.project.name).end();
  const std::string key = encode_api_key(caller.project, caller.key, nullptr);
  w.key("key").raw(key);
  return json_response(200, std::move(w.end()));
}

}  // namespace malote::api
