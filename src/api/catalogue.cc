// The catalogue of tools: servers, how each is connected, tools, and what a session offers.

#include <algorithm>

#include "api/codec.h"
#include "api/problem.h"
#include "base/bytes.h"
#include "engine/connect_flow.h"
#include "engine/tool_search.h"

namespace malote::api {

namespace {

const tools::Registry& registry_of(const Call& call) { return call.api.context.tools; }

bool holds(std::string_view text, std::string_view lower_part) {
  return to_lower(text).find(lower_part) != std::string::npos;
}

/// The words of a search, in what is known of the server and its tools.
bool fits_text(const tools::Server& server, std::string_view text) {
  const std::string part = to_lower(text);
  if (holds(server.id + "\n" + server.name + "\n" + server.category + "\n" + server.description,
            part))
    return true;
  return std::ranges::any_of(server.tools, [&](const tools::Tool& tool) {
    return holds(tool.name, part) || holds(tool.description, part);
  });
}

bool fits(const Call& call, const tools::Server& server) {
  const std::string category = call.query_text("category");
  std::string country = call.query_text("country");
  if (country.empty()) country = call.query_text("region");
  return (category.empty() || equals_ignore_case(server.category, category)) &&
         engine::fits_country(server.country, country) && fits_text(server, call.query_text("q"));
}

void write_server(json::Writer& w, const tools::Server& server) {
  const auto count = static_cast<std::int64_t>(server.tools.size());
  w.object().field("id", server.id).field("name", server.name).field("pkg", "malote/" + server.id);
  w.field("category", server.category).field("country", server.country);
  w.field("region", server.country).field("auth_type", server.auth_type);
  w.field("tools_count", count).field("tool_count", count);
  w.field_or_null("description", std::string_view{server.description});
  w.field("status", server.is_unlisted() ? "unreachable" : "available");
}

void write_tool(json::Writer& w, const engine::AnyTool& tool) {
  w.object().field("name", tool.name()).field("server", tool.server_id());
  w.field("description", tool.description());
}

// --- how a server is connected -------------------------------------------------------------------

/// The header that a credential is sent in, or empty.
std::string_view header_of(const tools::Server& server, const std::string& credential) {
  const std::string reference = "credentials." + credential;
  for (const auto header : server.headers) {
    const std::string_view text = header.as_string().value_or("");
    const auto at = text.find(reference);
    if (at == std::string_view::npos) continue;
    const auto after = text.substr(at + reference.size());
    if (after.empty() || after.find_first_of("} |?") == 0) return header.key();
  }
  return {};
}

std::string_view kind_of(const tools::Server& server, std::string_view header) {
  if (server.auth_type == "cert") return "cert";
  if (server.auth_type == "path_secret" && header.empty()) return "path_secret";
  const bool several = server.auth_type == "path_secret" || server.auth_type == "two_header";
  return several && !header.empty() ? "header" : "api_key";
}

void write_credential(json::Writer& w, const tools::Server& server,
                      const tools::Credential& credential) {
  const auto header = header_of(server, credential.name);
  w.object().field("name", credential.name).field("kind", kind_of(server, header));
  w.field("label", credential.label.empty() ? credential.name : credential.label);
  if (!header.empty()) w.field("header_name", header);
  w.field("required", credential.required);
  if (!credential.hint.empty()) w.field("hint", credential.hint);
  w.end();
}

Result<const tools::Server*> server_param(const Call& call) {
  const auto* server = registry_of(call).server(call.param(0));
  if (!server) return fail(Errc::not_found, "no such server; GET /v1/servers shows all");
  return server;
}

/// The words that the session's clients know.
std::string_view plain_auth(std::string_view auth_type) {
  const auto known = {"oauth", "cert", "none"};
  return std::ranges::find(known, auth_type) != known.end() ? auth_type : "api_key";
}

void write_link(json::Writer& w, const Call& call, const ReadTx& tx, const Session& session,
                const std::string& id) {
  const auto* server = registry_of(call).server(id);
  const auto link = server ? engine::find_link(tx, *server, call.project(), session.user_id).status
                           : "disconnected";
  w.object().field("id", id).field("name", server ? server->name : id);
  w.field("category", server ? server->category : "unknown");
  w.field("country", server ? server->country : "BR");
  w.field("auth_type", server ? plain_auth(server->auth_type) : "api_key");
  w.field("connected", link == "connected" || link == "not_required").end();
}

}  // namespace

Result<Response> list_servers(const Call& call, const ReadTx&) {
  const auto all = registry_of(call).servers();
  std::vector<std::string> rows;
  for (const auto* server : all) {
    if (!fits(call, *server)) continue;
    json::Writer w;
    write_server(w, *server);
    rows.push_back(std::move(w.end()).text());
  }
  json::Writer w;
  w.object().field("total", static_cast<std::int64_t>(all.size()));
  w.field("filtered", static_cast<std::int64_t>(rows.size()));
  for (const auto* name : {"servers", "data"}) {
    w.key(name).array();
    for (const auto& row : rows) w.raw(row);
    w.end();
  }
  return json_response(200, std::move(w.end()));
}

Result<Response> get_server(const Call& call, const ReadTx&) {
  MALOTE_TRY(const auto* server, server_param(call));
  json::Writer w;
  write_server(w, *server);
  w.key("tools").array();
  for (const auto& tool : server->tools) {
    write_tool(w, {.server = server, .tool = &tool});
    w.end();
  }
  return json_response(200, std::move(w.end().end()));
}

Result<Response> get_auth_schema(const Call& call, const ReadTx&) {
  MALOTE_TRY(const auto* server, server_param(call));
  const bool live = call.caller.project.livemode;
  json::Writer w;
  w.object().field("server_id", server->id).field("auth_type", server->auth_type);
  w.field("environment", live ? "live" : "test");
  const auto& host = live || server->test_host.empty() ? server->live_host : server->test_host;
  w.field("base_url", server->mcp ? server->mcp->url : host);
  w.field_or_null("oauth_authorize_url", call.api.connect.authorize_url(server->id));
  w.key("fields").array();
  for (const auto& credential : server->credentials) write_credential(w, *server, credential);
  return json_response(200, std::move(w.end().end()));
}

Result<Response> list_tools(const Call& call, const ReadTx&) {
  const std::string server = call.query_text("server");
  std::vector<std::string> rows;
  for (const auto& tool : engine::all_tools(registry_of(call))) {
    if (!server.empty() && tool.server_id() != server) continue;
    json::Writer w;
    write_tool(w, tool);
    rows.push_back(std::move(w.end()).text());
  }
  return list_response("tools", rows, "");
}

Result<Response> get_tool(const Call& call, const ReadTx&) {
  const auto tool = engine::find_tool(registry_of(call), url_decode(call.param(0), false));
  if (!tool) return fail(Errc::not_found, "no such tool; GET /v1/tools shows all");
  json::Writer w;
  write_tool(w, *tool);
  w.key("input_schema").raw(tool->input_schema()).key("output_schema").null();
  w.field_or_null("http_method", tool->tool ? std::string_view{tool->tool->method} : "");
  w.field_or_null("endpoint_template", tool->tool ? std::string_view{tool->tool->path} : "");
  w.field("read_only", tool->tool && tool->tool->safe);
  return json_response(200, std::move(w.end()));
}

Result<Response> list_session_connections(const Call& call, const ReadTx& tx) {
  MALOTE_TRY(const auto session, call.api.sessions.get(tx, call.project(), call.param(0)));
  json::Writer w;
  w.object().key("servers").array();
  for (const auto& id : session.servers) write_link(w, call, tx, session, id);
  w.end().key("tools").array();
  for (const auto& tool : engine::tools_of(registry_of(call), session.servers)) {
    w.object().field("name", tool.name()).field("description", tool.description());
    w.key("input_schema").raw(tool.input_schema()).field("server", tool.server_id()).end();
  }
  return json_response(200, std::move(w.end().end()));
}

}  // namespace malote::api
