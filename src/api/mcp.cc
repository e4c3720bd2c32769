// A session's tools over the Model Context Protocol (https://modelcontextprotocol.io): JSON-RPC 2.0
// by POST, each answered in the response itself. Nothing is kept between requests, and nothing is
// sent that was not asked for: so there is no stream to GET and no session to DELETE.

#include <algorithm>

#include "api/decode.h"
#include "api/problem.h"
#include "engine/tool_search.h"

namespace malote::api {

namespace {

// The newest first. Only "2025-03-26" has batches; a client that names no version speaks it.
constexpr std::string_view kVersions[] = {"2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"};
constexpr std::string_view kBatchVersion = "2025-03-26";
constexpr std::size_t kPageSize = 100;
constexpr std::size_t kMaxBatch = 20;

// Of JSON-RPC.
constexpr int kParseError = -32700, kInvalidRequest = -32600, kMethodNotFound = -32601,
              kInvalidParams = -32602, kInternalError = -32603;

/// A request body on its way: its messages are answered one after another.
struct Exchange {
  Call call;
  Respond respond;
  json::Document document{};
  Session session{};
  std::vector<json::View> messages{};
  bool batch = false;
  std::size_t next = 0;
  std::vector<std::string> answers{};  // JSON-RPC responses
};
using ExchangePtr = std::shared_ptr<Exchange>;

std::string raw_id(json::View message) {
  const json::View id = message["id"];
  return id.is_string() || id.is_number() ? std::string{id.raw()} : "null";
}

std::string rpc_error(const std::string& id, int code, std::string_view message) {
  json::Writer w;
  w.object().field("jsonrpc", "2.0").key("id").raw(id).key("error").object();
  return std::move(w.field("code", code).field("message", printable(message)).end().end()).text();
}

std::string rpc_result(const std::string& id, std::string_view result) {
  json::Writer w;
  w.object().field("jsonrpc", "2.0").key("id").raw(id).key("result").raw(result);
  return std::move(w.end()).text();
}

Response rpc_response(const Call& call, int status, std::string body) {
  return identified(json_response(status, std::move(body)), call.request_id);
}

// --- methods -------------------------------------------------------------------------------------

std::string initialize(const Exchange& exchange, json::View params) {
  const std::string_view wanted = params["protocolVersion"].as_string().value_or("");
  const bool known = std::ranges::find(kVersions, wanted) != std::end(kVersions);
  json::Writer w;
  w.object().field("protocolVersion", known ? wanted : kVersions[0]);
  w.key("capabilities").object().key("tools").object().end().end();
  w.key("serverInfo").object().field("name", "malote").field("title", "Malote");
  w.field("version", exchange.call.api.options.version).end();
  w.field("instructions",
          "Tools named codespar_* meet a need whatever the provider; the others are one provider's "
          "each. codespar_discover finds the tool for a need said in words.");
  return std::move(w.end()).text();
}

void write_tool(json::Writer& w, const engine::AnyTool& tool) {
  w.object().field("name", tool.call_name()).field("description", tool.description());
  w.key("inputSchema").raw(tool.input_schema());
  const bool read_only = tool.meta ? tool.meta->builtin : tool.tool->safe;
  w.key("annotations").object().field("readOnlyHint", read_only).end().end();
}

/// The cursor is the name of the last tool shown.
std::string list_tools(const Exchange& exchange, json::View params, const std::string& id) {
  const auto all = engine::tools_of(exchange.call.api.context.tools, exchange.session.servers);
  auto at = all.begin();
  if (const json::View cursor = params["cursor"]) {
    at = std::ranges::find_if(all, [&](const engine::AnyTool& tool) {
      return tool.call_name() == cursor.as_string().value_or("");
    });
    if (at == all.end()) return rpc_error(id, kInvalidParams, "no such cursor");
    ++at;
  }
  const auto end = at + std::min<std::ptrdiff_t>(kPageSize, all.end() - at);
  json::Writer w;
  w.object().key("tools").array();
  for (auto tool = at; tool != end; ++tool) write_tool(w, *tool);
  w.end();
  if (end != all.end()) w.field("nextCursor", std::prev(end)->call_name());
  return rpc_result(id, std::move(w.end()).text());
}

/// A tool's failure is a result, too: the model is to see it.
std::string call_result(const engine::CallAnswer& answer) {
  const auto document = json::Document::parse(answer.body);
  const json::View result = document ? document->root() : json::View{};
  const json::View data = result["data"];
  const bool success = result["success"].as_bool().value_or(false);
  json::Writer w;
  w.object().key("content").array();
  if (const auto error = result["error"].as_string())
    w.object().field("type", "text").field("text", *error).end();
  w.object().field("type", "text").field("text", data.raw()).end().end();
  if (data.is_object()) w.key("structuredContent").raw(data.raw());
  return std::move(w.field("isError", !success).end()).text();
}

void go_on(const ExchangePtr& exchange);

void call_tool(const ExchangePtr& exchange, json::View params, const std::string& id) {
  const Call& call = exchange->call;
  const auto done = [exchange, id](std::string answer) {
    exchange->answers.push_back(std::move(answer));
    go_on(exchange);
  };
  const auto name = params["name"].as_string();
  const json::View arguments = params["arguments"];
  if (!name) return done(rpc_error(id, kInvalidParams, "params.name takes a tool's name"));
  if (arguments && !arguments.is_object())
    return done(rpc_error(id, kInvalidParams, "params.arguments takes an object"));
  if (!engine::find_tool(call.api.context.tools, *name))
    return done(rpc_error(id, kInvalidParams, "Unknown tool: " + std::string{*name}));
  engine::CallWish wish{.tool = std::string{*name}};
  if (arguments) wish.input = std::string{arguments.raw()};
  const auto* key = find_header(call.request.headers, "Idempotency-Key");
  if (key && !exchange->batch) wish.dedupe_key = *key;
  if (wish.dedupe_key.empty())
    wish.dedupe_key = arguments["metadata"]["idempotency_key"].as_string().value_or("");
  if (wish.dedupe_key.size() > kMaxIdempotencyKey)
    return done(rpc_error(id, kInvalidParams, "the idempotency key is longer than 255 bytes"));
  call.api.sessions.execute(
      call.project(), call.param(0), std::move(wish), [done, id](const engine::CallAnswer& answer) {
        done(answer.error ? rpc_error(id, kInternalError, answer.error->message)
                          : rpc_result(id, call_result(answer)));
      });
}

// --- messages ------------------------------------------------------------------------------------

void finish(const ExchangePtr& exchange) {
  const Call& call = exchange->call;
  if (exchange->answers.empty())
    return exchange->respond(identified({.status = 202}, call.request_id));
  if (!exchange->batch)
    return exchange->respond(rpc_response(call, 200, std::move(exchange->answers.front())));
  json::Writer w;
  w.array();
  for (const auto& answer : exchange->answers) w.raw(answer);
  exchange->respond(rpc_response(call, 200, std::move(w.end()).text()));
}

/// The answer, or empty for a call of a tool, which is answered later, and for what is to get none.
std::string answer_message(const ExchangePtr& exchange, json::View message, bool& later) {
  const std::string id = raw_id(message);
  const auto method = message["method"].as_string();
  const json::View params = message["params"];
  if (message["jsonrpc"].as_string() != "2.0" || (message["id"] && id == "null"))
    return rpc_error(id, kInvalidRequest, "is no message of JSON-RPC 2.0");
  if (!method) {
    const bool is_response = message["result"] || message["error"];
    return is_response ? "" : rpc_error(id, kInvalidRequest, "method is missing");
  }
  if (!message["id"]) return "";  // a notification
  if (params && !params.is_object()) return rpc_error(id, kInvalidParams, "params takes an object");
  if (*method == "initialize") return rpc_result(id, initialize(*exchange, params));
  if (*method == "ping") return rpc_result(id, "{}");
  if (*method == "tools/list") return list_tools(*exchange, params, id);
  if (*method != "tools/call")
    return rpc_error(id, kMethodNotFound, "no method " + std::string{*method});
  later = true;
  call_tool(exchange, params, id);
  return "";
}

void go_on(const ExchangePtr& exchange) {
  while (exchange->next < exchange->messages.size()) {
    bool later = false;
    std::string answer = answer_message(exchange, exchange->messages[exchange->next++], later);
    if (later) return;
    if (!answer.empty()) exchange->answers.push_back(std::move(answer));
  }
  finish(exchange);
}

/// The messages of the body, or the answer that says why there are none.
std::string read_messages(Exchange& exchange, std::string_view version) {
  auto document = json::Document::parse(exchange.call.request.body);
  if (!document) return rpc_error("null", kParseError, document.error().message);
  exchange.document = std::move(*document);
  const json::View root = exchange.document.root();
  exchange.batch = root.is_array();
  if (root.is_object()) exchange.messages.push_back(root);
  if (root.is_object()) return {};
  if (!exchange.batch) return rpc_error("null", kInvalidRequest, "the body takes a message");
  if (version != kBatchVersion)
    return rpc_error("null", kInvalidRequest, "this version of the protocol has no batches");
  if (root.size() == 0 || root.size() > kMaxBatch)
    return rpc_error("null", kInvalidRequest, "a batch takes 1 to 20 messages");
  for (const auto message : root) {
    if (!message.is_object()) return rpc_error("null", kInvalidRequest, "a batch takes messages");
    exchange.messages.push_back(message);
  }
  return {};
}

void begin(const ExchangePtr& exchange) {
  const Call& call = exchange->call;
  const auto* header = find_header(call.request.headers, "MCP-Protocol-Version");
  const std::string_view version = header ? std::string_view{*header} : kBatchVersion;
  if (std::ranges::find(kVersions, version) == std::end(kVersions)) {
    return exchange->respond(rpc_response(
        call, 400,
        rpc_error("null", kInvalidRequest, "this MCP-Protocol-Version is not supported")));
  }
  const auto found = call.api.context.store.read([&](const ReadTx& tx) -> Result<void> {
    MALOTE_TRY(exchange->session, call.api.sessions.get(tx, call.project(), call.param(0)));
    return {};
  });
  if (!found) return exchange->respond(problem(found.error(), call.request_id));
  if (std::string fault = read_messages(*exchange, version); !fault.empty())
    return exchange->respond(rpc_response(call, 400, std::move(fault)));
  go_on(exchange);
}

}  // namespace

void serve_mcp(Call call, Respond respond) {
  Executor& workers = call.api.workers;
  const auto exchange = std::make_shared<Exchange>(Exchange{std::move(call), std::move(respond)});
  workers.post([exchange] { begin(exchange); });
}

}  // namespace malote::api
