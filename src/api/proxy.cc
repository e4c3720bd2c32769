// POST /v1/sessions/{id}/proxy_execute: a request of the caller's own to a provider's API, with the
// connection's credentials.
#include <algorithm>

#include "api/decode.h"
#include "api/problem.h"
#include "base/bytes.h"

namespace malote::api {

namespace {

constexpr std::string_view kMethods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
constexpr std::string_view kNoHeaders[] = {"authorization",     "host",       "content-length",
                                           "transfer-encoding", "connection", "cookie"};

struct Wanted {
  std::string server{};
  engine::ToolRequest request{};
};

bool is_forbidden_header(std::string_view name) {
  for (const auto forbidden : kNoHeaders) {
    if (equals_ignore_case(name, forbidden)) return true;
  }
  return false;
}

/// %2e, %2f, %5c and what stands below a space: a server that decodes them would go elsewhere.
bool hides_a_path(std::string_view endpoint) {
  const std::string lower = to_lower(endpoint);
  for (auto at = lower.find('%'); at != std::string::npos; at = lower.find('%', at + 1)) {
    const std::string_view code = std::string_view{lower}.substr(at + 1, 2);
    if (code == "2e" || code == "2f" || code == "5c" || code.starts_with('0') ||
        code.starts_with('1'))
      return true;
  }
  return false;
}

/// {"name": "${input.<part>.0}"}: by position, for a name may hold dots and brackets.
std::string reference(std::string_view part, int position) {
  return "${input." + std::string{part} + "." + std::to_string(position) + "}";
}

std::string references_to(std::string_view part, json::View members) {
  json::Writer w;
  w.object();
  int position = 0;
  for (const auto member : members) {
    if (!member.is_null()) w.field(member.key(), reference(part, position));
    ++position;
  }
  return std::move(w.end()).text();
}

/// What those references lead to.
void write_values(json::Writer& w, std::string_view part, json::View members) {
  w.key(part).array();
  for (const auto member : members) w.raw(member.raw());
  w.end();
}

bool has_header(json::View headers, std::string_view name) {
  for (const auto header : headers) {
    if (equals_ignore_case(header.key(), name)) return true;
  }
  return false;
}

/// The server's own headers, and the caller's where those have none.
std::string headers_of(const tools::Server* server, json::View own) {
  const json::View fixed = server ? server->headers : json::View{};
  json::Writer w;
  w.object();
  for (const auto header : fixed) w.key(header.key()).raw(header.raw());
  int position = -1;
  for (const auto header : own) {
    ++position;
    if (header.is_null() || has_header(fixed, header.key())) continue;
    w.field(header.key(), reference("headers", position));
  }
  return std::move(w.end()).text();
}

bool is_name(std::string_view part, std::string_view name) {
  constexpr std::string_view kHeader =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_!#$%&'*+.^`|~";
  if (part == "headers") return name.find_first_not_of(kHeader) == std::string_view::npos;
  return std::ranges::none_of(name, [](char c) { return c <= ' ' || c == '\x7f'; });
}

void check_names(BodyReader& body, std::string_view part) {
  constexpr std::string_view kTemplates[] = {"$for", "$if", "$message"};  // core/template.h
  for (const auto member : body.object(part)) {
    const std::string at = "/" + std::string{part} + "/" + std::string{member.key()};
    if (member.key().empty() || !is_name(part, member.key()))
      body.issue(at, "has characters that no name takes");
    if (std::ranges::find(kTemplates, member.key()) != std::end(kTemplates))
      body.issue(at, "is a word of the gateway's templates; no provider takes it");
    if (member.is_object() || member.is_array()) body.issue(at, "takes a text or a number");
    if (part == "headers" && is_forbidden_header(member.key()))
      body.issue(at, "is set by the gateway");
  }
}

Result<Wanted> decode_proxy(const Call& call) {
  MALOTE_TRY(const auto document, parse_body(call));
  BodyReader body{document.root()};
  body.require("server");
  body.require("endpoint");
  Wanted wanted{.server = body.text("server", 1, 64).value_or("")};
  const std::string endpoint = body.text("endpoint", 1, 2048).value_or("");
  const std::string method =
      body.has_value("method") ? body.text("method", 1, 8).value_or("") : "GET";
  for (const auto& [name, text] : {std::pair{"/server", wanted.server}, {"/endpoint", endpoint}}) {
    if (text.find(':') != std::string::npos || text.find("..") != std::string::npos)
      body.issue(name, "takes a path of the server's API, without a scheme, a host or ..");
  }
  if (hides_a_path(endpoint))
    body.issue("/endpoint", "has an encoded /, \\, . or control character");
  if (endpoint.find_first_of("{}$?#\\ ") != std::string::npos)
    body.issue("/endpoint", "takes a plain path; query parameters go into params");
  if (std::ranges::find(kMethods, method) == std::end(kMethods))
    body.issue("/method", "takes GET, POST, PUT, PATCH or DELETE");
  if (body.has_value("params")) check_names(body, "params");
  if (body.has_value("headers")) check_names(body, "headers");
  MALOTE_CHECK_OK(body.result());

  const json::View params = body.has_value("params") ? body.at("params") : json::View{};
  const json::View headers = body.has_value("headers") ? body.at("headers") : json::View{};
  const json::View content = body.has_value("body") ? body.at("body") : json::View{};
  json::Writer input;
  input.object();
  write_values(input, "params", params);
  write_values(input, "headers", headers);
  input.key("body").raw(content ? content.raw() : "{}").end();
  const auto proxy = std::make_shared<engine::ProxyTool>();
  const auto keep = [&](const std::string& text) {
    proxy->documents.push_back(*json::Document::parse(text));
    return proxy->documents.back().root();
  };
  proxy->documents.reserve(3);
  proxy->tool = {.server = wanted.server,
                 .name = "proxy",
                 .method = method,
                 .path = (endpoint.starts_with('/') ? "" : "/") + endpoint,
                 .query = keep(references_to("params", params)),
                 .body = keep(content && method != "GET" ? "\"${input.body}\"" : "false"),
                 .headers = keep(headers_of(call.api.context.tools.server(wanted.server), headers)),
                 .safe = method == "GET"};
  wanted.request.tool = wanted.server + "/proxy";
  wanted.request.input = std::move(input).text();
  wanted.request.attempts = 1;
  wanted.request.proxy = proxy;
  return wanted;
}

Response refused(const Call& call, int status, std::string_view code, const Wanted& wanted,
                 std::string_view reason) {
  json::Writer w;
  w.object().field("error", code).field("code", code).field("server", wanted.server);
  if (code == "credentials_unavailable") w.field("reason", reason);
  std::string_view message = "the server is not connected for this user; create a connection first";
  if (reason == "server_unknown") message = "no tool server has this id; see GET /v1/servers";
  if (reason == "endpoint_missing")
    message = "this server has no API of its own to send requests to";
  w.field("message", message);
  w.field("status", status).field("request_id", call.request_id).end();
  return json_response(status, std::move(w));
}

/// In a session with mocks no provider is asked.
Response mocked(const Call& call) {
  json::Writer w;
  w.object().field("status", 200).key("data").object().field("mocked", true).end();
  w.key("headers").object().field("x-codespar-mock", "true").end().field("duration", 0);
  w.field("proxy_call_id", random_id(call.api.context.entropy, "px_"));
  return json_response(200, std::move(w.end()));
}

Response answer_of(const Call& call, const Wanted& wanted, const engine::ToolResult& result) {
  const std::string proxy_id = random_id(call.api.context.entropy, "px_");
  if (result.code == "server_not_connected")
    return refused(call, 424, "credentials_unavailable", wanted, "not_connected");
  json::Writer w;
  if (result.status == 0) {
    w.object().field("error", "proxy_upstream_error").field("code", "proxy_upstream_error");
    w.field("message", result.error).field("proxy_call_id", proxy_id).field("status", 502);
    return json_response(502, std::move(w.field("request_id", call.request_id).end()));
  }
  // What the provider itself said, also where it said no.
  const auto data = json::Document::parse(result.data);
  const json::View said = data && !result.success ? data->root()["details"] : json::View{};
  w.object().field("status", result.status).key("data").raw(said ? said.raw() : result.data);
  w.key("headers").object();
  w.end().field("duration", result.duration.count()).field("proxy_call_id", proxy_id);
  return json_response(200, std::move(w.end()));
}

}  // namespace

void proxy_execute(Call call, Respond respond) {
  auto wanted = decode_proxy(call);
  if (!wanted) return respond(problem(wanted.error(), call.request_id));
  call.api.workers.post([call = std::make_shared<Call>(std::move(call)),
                         wanted = std::make_shared<Wanted>(std::move(*wanted)),
                         respond = std::move(respond)]() {
    Api& api = call->api;
    std::optional<Error> refusal;
    bool has_mocks = false;
    const auto read = api.context.store.read([&](const ReadTx& tx) -> Result<void> {
      const auto session = api.sessions.get(tx, call->project(), call->param(0));
      if (!session) {
        refusal = session.error();
      } else if (session->status != SessionStatus::active) {
        refusal = make_error(Errc::session_not_active, "the session is closed");
      } else {
        wanted->request.user_id = session->user_id;
        has_mocks = engine::is_mocked(*session);
      }
      return {};
    });
    if (!read) refusal = read.error();
    if (refusal) return respond(problem(*refusal, call->request_id));
    if (has_mocks) return respond(identified(mocked(*call), call->request_id));
    const auto* server = api.context.tools.server(wanted->server);
    if (!server || server->builtin || server->mcp) {
      const std::string_view reason = server ? "endpoint_missing" : "server_unknown";
      return respond(identified(refused(*call, 424, "credentials_unavailable", *wanted, reason),
                                call->request_id));
    }
    wanted->request.project = call->project();
    api.caller.call(wanted->request, [call, wanted, respond](const engine::ToolResult& result) {
      respond(identified(answer_of(*call, *wanted, result), call->request_id));
    });
  });
}

}  // namespace malote::api
