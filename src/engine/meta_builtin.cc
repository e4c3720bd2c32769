#include "engine/meta_builtin.h"

#include <algorithm>

#include "base/json_writer.h"
#include "engine/tool_search.h"

namespace malote::engine {

namespace {

constexpr std::string_view kListTools = "codespar_list_tools";
constexpr std::string_view kDiscover = "codespar_discover";
constexpr std::string_view kManageConnections = "codespar_manage_connections";
constexpr std::size_t kRelated = 4;

struct Asker {
  const Context& context;
  const ReadTx& tx;
  ProjectNo project;
  std::string_view user_id;
};

std::string text_of(json::View input, std::string_view name) {
  return std::string{input[name].as_string().value_or("")};
}

ToolResult success(json::Writer& w) {
  return {.success = true,
          .data = std::move(w).text(),
          .server = "codespar",
          .fate = tools::Fate::success,
          .repeatable = true};
}

ToolResult refuse(const std::string& error) {
  return {.data = tools::failure_data(error, "invalid_args", 0),
          .error = error,
          .code = "invalid_args",
          .server = "codespar",
          .repeatable = true};
}

// --- codespar_list_tools -------------------------------------------------------------------------

ToolResult list_tools(const Asker& asker) {
  json::Writer w;
  w.object().key("tools").array();
  for (const auto& one : all_tools(asker.context.tools)) {
    w.object().field("id", one.name()).field("name", one.meta ? one.meta->name : one.tool->name);
    w.field("agentType", one.meta ? "meta" : one.server->category).end();
  }
  return success(w.end().end());
}

// --- codespar_discover ---------------------------------------------------------------------------

/// Has to be connected before it can be called.
bool must_connect(std::string_view status) {
  return status == "disconnected" || status == "expired";
}

/// What to connect; of a meta-tool, the server of its first route.
const std::string& server_of(const AnyTool& tool) {
  return tool.meta ? tool.meta->routes.front().server : tool.server->id;
}

void write_plan(json::Writer& w, std::string_view status, const AnyTool& tool) {
  w.key("recommended_plan").array();
  if (must_connect(status)) {
    w.object().field("step", kManageConnections);
    w.field("description", "Connect " + server_of(tool) + ".").field("prereq", true).end();
  }
  w.object().field("step", tool.name()).field("description", tool.description());
  w.field("action", true).end().end();
}

void write_match(json::Writer& w, const Asker& asker, const ToolMatch& match) {
  const AnyTool& tool = match.tool;
  const auto status = link_status(asker.context, asker.tx, tool, asker.project, asker.user_id);
  w.object().field("server_id", tool.server_id()).field("tool_name", tool.name());
  w.field("description", tool.description());
  w.field("http_method", tool.meta ? "POST" : std::string_view{tool.tool->method});
  w.field("endpoint_template", tool.meta ? "" : std::string_view{tool.tool->path});
  w.key("cosine_distance").null().key("trigram_similarity").number(match.similarity);
  w.field("connection_status", status == "expired" ? "disconnected" : status);
  w.key("known_pitfalls").array().end();
  write_plan(w, status, tool);
  w.end();
}

void write_next_steps(json::Writer& w, const Asker& asker, const std::vector<ToolMatch>& matches) {
  w.key("next_steps").array();
  if (matches.empty()) {
    w.string(
        "Say it in other words, or leave out category and country; codespar_list_tools "
        "lists every tool.");
    return void(w.end());
  }
  const AnyTool& best = matches.front().tool;
  if (must_connect(link_status(asker.context, asker.tx, best, asker.project, asker.user_id))) {
    const std::string& server = server_of(best);
    w.string("Connect " + server + R"(: codespar_manage_connections with {"action":"initiate",)" +
             R"("server_id":")" + server + R"("}.)");
  }
  w.string("Call " + best.name() + ".");
  w.end();
}

ToolResult discover(const Asker& asker, json::View input) {
  ToolSearch wish{.text = text_of(input, "use_case"),
                  .category = text_of(input, "category"),
                  .country = text_of(input, "country"),
                  .limit = kRelated};
  if (wish.text.find_first_not_of(" \t\r\n") == std::string::npos)
    return refuse("use_case is missing: say in words what is to be done");
  if (const auto limit = input["limit"]; limit && !limit.is_null()) {
    const auto number = limit.as_int();
    if (!number) return refuse("limit takes a whole number from 1 to 20");
    wish.limit = static_cast<std::size_t>(std::clamp<std::int64_t>(*number, 1, 20));
  }
  ++wish.limit;  // the limit is of the related ones
  const auto matches = search_tools(asker.context.tools, wish);
  json::Writer w;
  w.object().field("use_case", wish.text);
  w.field("search_strategy", matches.empty() ? "empty" : "trigram");
  w.key("recommended");
  if (matches.empty()) {
    w.null();
  } else {
    write_match(w, asker, matches.front());
  }
  w.key("related").array();
  for (std::size_t i = 1; i < matches.size(); ++i) write_match(w, asker, matches[i]);
  w.end();
  write_next_steps(w, asker, matches);
  return success(w.end());
}

// --- codespar_manage_connections -----------------------------------------------------------------

/// Malote connects without a word about how hard it is where the file has none.
std::string_view difficulty_of(const tools::Server& server) {
  return server.difficulty.empty() ? "easy" : std::string_view{server.difficulty};
}

void write_server(json::Writer& w, const tools::Server& server, const Link& link) {
  w.object().field("server_id", server.id).field("display_name", server.name);
  w.field("auth_type", server.auth_type).field("status", link.status);
  w.field("difficulty", difficulty_of(server));
}

void write_row(json::Writer& w, const Asker& asker, const tools::Server& server) {
  const Link link = find_link(asker.tx, server, asker.project, asker.user_id);
  write_server(w, server, link);
  const auto* row = link.connection ? &*link.connection : nullptr;
  w.key("connection_metadata").raw(row && !row->metadata.empty() ? row->metadata : "{}");
  w.key("connected_at");
  if (row && row->connected_at != Timestamp{}) {
    w.string(format_rfc3339(row->connected_at));
  } else {
    w.null();
  }
  w.end();
}

void write_instructions(json::Writer& w, const tools::Server& server, const Link& link) {
  const bool done = link.status == "connected" || link.status == "not_required";
  w.key("instructions").array();
  if (link.status == "not_required") {
    w.string(server.name + " needs no connection.");
  } else {
    for (const auto& one : server.credentials) {
      if (!one.hint.empty()) w.string(one.label + ": " + one.hint);
    }
    w.string(
        "POST the server_id and the secret, an object of the required secrets by name, to "
        "connect_url, with an API key of this project.");
  }
  w.end().key("required_secrets").array();
  for (const auto& one : server.credentials) {
    if (!one.required) continue;
    w.object().field("name", one.name);
    if (!one.hint.empty()) w.field("hint", one.hint);
    w.end();
  }
  w.end().key("known_pitfalls").array().end();
  w.field("next_action", done ? "call_tool" : "create_connection");
}

ToolResult list_connections(const Asker& asker, json::View input) {
  const std::string country = text_of(input, "country");
  json::Writer w;
  w.object().field("action", "list").key("connections").array();
  for (const auto* server : asker.context.tools.servers()) {
    if (fits_country(server->country, country)) write_row(w, asker, *server);
  }
  return success(w.end().key("status").null().key("initiate").null().end());
}

ToolResult manage_connections(const Asker& asker, json::View input) {
  const std::string server_id = text_of(input, "server_id");
  std::string action = text_of(input, "action");
  if (action.empty()) action = server_id.empty() ? "list" : "status";
  if (action == "list") return list_connections(asker, input);
  if (action != "status" && action != "initiate")
    return refuse("action takes list, status or initiate");
  if (server_id.empty()) return refuse("server_id is missing: " + action + " takes one");
  const auto* server = asker.context.tools.server(server_id);
  if (!server) return refuse("no server of this id; action list shows all of them");
  json::Writer w;
  w.object().field("action", action).key("connections").array().end();
  if (action == "status") {
    w.key("status");
    write_row(w, asker, *server);
    return success(w.key("initiate").null().end());
  }
  const Link link = find_link(asker.tx, *server, asker.project, asker.user_id);
  w.key("status").null().key("initiate");
  write_server(w, *server, link);
  w.field("connect_url", asker.context.public_url + std::string{kConnectUrl});
  write_instructions(w, *server, link);
  return success(w.end().end());
}

}  // namespace

bool is_builtin_meta(std::string_view tool) {
  return tool == kListTools || tool == kDiscover || tool == kManageConnections;
}

std::optional<ToolResult> call_builtin_meta(const Context& context, const ReadTx& tx,
                                            ProjectNo project, std::string_view user_id,
                                            std::string_view tool, json::View input) {
  const Asker asker{context, tx, project, user_id};
  if (tool == kListTools) return list_tools(asker);
  if (tool == kDiscover) return discover(asker, input);
  if (tool == kManageConnections) return manage_connections(asker, input);
  return {};
}

}  // namespace malote::engine
