// Sessions and the tool calls made in them.
#include <algorithm>

#include "api/codec.h"
#include "api/decode.h"
#include "api/log_tail.h"
#include "api/problem.h"
#include "api/streams.h"

namespace malote::api {

namespace {

constexpr std::size_t kMaxServers = 20;
constexpr int kMaxCalls = 500;

void write_session(json::Writer& w, const Call& call, const Session& session) {
  w.object().field("id", session.id).field("org_id", call.api.access.org_id());
  w.field("project_id", call.caller.project.id).field("user_id", session.user_id);
  w.key("servers").array();
  for (const auto& server : session.servers) w.string(server);
  w.end().field("status", word(session.status));
  write_time(w, "created_at", session.created_at);
  write_time(w, "closed_at", session.closed_at);
  w.key("metadata").raw(session.metadata);
  w.field("tool_calls_count", session.tool_calls).field("tool_call_count", session.tool_calls);
  w.end();
}

std::string encode_session(const Call& call, const Session& session) {
  json::Writer w;
  write_session(w, call, session);
  return std::move(w).text();
}

std::string encode_tool_call(const ToolCall& call) {
  json::Writer w;
  w.object().field("id", engine::text_of(call.no)).field("session_id", call.session_id);
  w.field("server_id", call.server_id).field("tool_name", call.tool);
  w.field("status", word(call.status)).key("duration_ms");
  if (call.status == CallStatus::running) {
    w.null();
  } else {
    w.integer(call.duration.count());
  }
  w.field_or_null("error_code", std::string_view{call.error_code}).key("input").raw(call.input);
  w.key("output").raw(call.output.empty() ? "null" : call.output);
  w.field_or_null("idempotency_key", std::string_view{call.idempotency_key});
  if (!call.routing.empty()) {
    w.key("routing").raw(call.routing).key("failover_trail").raw(call.routing);
  }
  write_time(w, "called_at", call.called_at);
  return std::move(w.end()).text();
}

std::vector<std::string> decode_servers(BodyReader& body) {
  std::vector<std::string> servers;
  const json::View given = body.at("servers");
  if (!given || given.is_null()) return servers;
  if (!given.is_array() || given.size() > kMaxServers) {
    body.issue("/servers", "takes a list of at most 20 server ids");
    return servers;
  }
  std::size_t index = 0;
  for (const auto server : given) {
    const auto id = server.as_string();
    if (!id || id->empty() || id->size() > 64)
      body.issue("/servers/" + std::to_string(index), "takes a server's id");
    servers.emplace_back(id.value_or(""));
    ++index;
  }
  return servers;
}

std::string decode_metadata(BodyReader& body) {
  if (!body.has_value("metadata")) return "{}";
  const json::View metadata = body.object("metadata");
  for (const auto member : metadata) {
    if (!member.is_string()) body.issue("/metadata/" + std::string{member.key()}, "takes a text");
  }
  if (metadata.raw().size() > 16 * 1024) body.issue("/metadata", "is larger than 16 KiB");
  return metadata ? std::string{metadata.raw()} : "{}";
}

/// Mocks need a test key; size and shape come after that.
Result<std::string> decode_mocks(const Call& call, const BodyReader& body) {
  if (!body.has_value("mocks")) return std::string{};
  if (call.caller.key.livemode)
    return fail(Errc::mocks_not_permitted, "mocks need a test key (csk_test_…)");
  const json::View mocks = body.at("mocks");
  MALOTE_CHECK_OK(engine::check_mocks(mocks));
  return std::string{mocks.raw()};
}

/// The caller's own key for this call: the header, or what the input's metadata says.
Result<std::string> dedupe_key_of(const Call& call, json::View input) {
  const auto* header = find_header(call.request.headers, "Idempotency-Key");
  std::string key = header ? *header : "";
  if (key.empty())
    key = input["metadata"]["idempotency_key"].as_string().value_or(std::string_view{});
  if (key.size() > kMaxIdempotencyKey)
    return fail(make_issue(Errc::invalid_request, "Idempotency-Key", "is longer than 255 bytes"));
  return key;
}

struct Wanted {
  engine::CallWish wish{};
  json::Document document{};
};

Result<engine::CallWish> decode_execute(const Call& call) {
  MALOTE_TRY(const auto document, parse_body(call));
  BodyReader body{document.root()};
  body.require("tool");
  engine::CallWish wish{.tool = body.text("tool", 1, 160).value_or("")};
  const std::string_view name = body.has_value("input") ? "input" : "params";
  const json::View input = body.has_value(name) ? body.object(name) : json::View{};
  MALOTE_CHECK_OK(body.result());
  if (input) wish.input = std::string{input.raw()};
  MALOTE_TRY(wish.dedupe_key, dedupe_key_of(call, input));
  return wish;
}

/// Refusals of provider tools may be answered with the status that says so.
Response answer_of(const Call& call, const engine::CallAnswer& answer) {
  const bool by_status = call.api.options.mock_refusals_by_status && !answer.refusal_code.empty() &&
                         answer.call.tool.find('/') != std::string::npos;
  if (!by_status) return json_response(200, answer.body);
  return json_response(answer.refusal_code == "mocks_engine_error" ? 503 : 422, answer.call.output);
}

Result<ToolCallNo> tool_call_param(const Call& call, std::size_t index) {
  const auto no = engine::parse_tool_call_no(call.param(index));
  if (!no) return fail(Errc::invalid_tool_call_id, "a tool call's id has the form tc_ and digits");
  return *no;
}

Result<ToolCall> find_call(const Call& call, const ReadTx& tx, std::size_t index) {
  MALOTE_TRY(const auto no, tool_call_param(call, index));
  auto found = tx.tool_call(call.project(), no);
  if (!found) return fail(Errc::tool_call_not_found, "no such tool call");
  return std::move(*found);
}

/// What a client says of a call that it made itself.
void decode_call(BodyReader& body, ToolCall& call) {
  if (const auto status = body.text_or_null("status", 16); status && !status->empty()) {
    const auto known = {CallStatus::running, CallStatus::success, CallStatus::error};
    const auto* at = std::ranges::find_if(known, [&](CallStatus s) { return word(s) == *status; });
    if (at == known.end()) {
      body.issue("/status", "takes running, success or error");
    } else {
      call.status = *at;
    }
  }
  if (body.has_value("duration_ms"))
    call.duration =
        Millis{body.integer("duration_ms", 0, 86'400'000).value_or(call.duration.count())};
  if (body.has_value("error_code")) call.error_code = body.text("error_code", 1, 128).value_or("");
  if (body.has_value("input")) call.input = std::string{body.at("input").raw()};
  if (body.has_value("output")) call.output = std::string{body.at("output").raw()};
}

/// The query's `status`: one of these words, or empty.
Result<std::string> decode_status(const Call& call, std::initializer_list<std::string_view> known) {
  std::string status = call.query_text("status");
  if (status.empty() || std::ranges::find(known, status) != known.end()) return status;
  std::string words;
  for (const auto one : known) words += (words.empty() ? "" : ", ") + std::string{one};
  return fail(make_issue(Errc::invalid_query, "status", "takes one of " + words));
}

/// What the queries of calls have in common: server, tool, status.
Result<ToolCallFilter> decode_call_filter(const Call& call) {
  MALOTE_TRY(auto status, decode_status(call, {"running", "success", "error"}));
  return ToolCallFilter{.project = call.project(),
                        .server_id = call.query_text("server"),
                        .tool = call.query_text("tool"),
                        .status = std::move(status)};
}

/// "<time>:<id>", or an id alone.
Result<std::int64_t> decode_call_cursor(const Call& call) {
  const std::string before = call.query_text("before");
  if (before.empty()) return 0;
  const auto no = engine::parse_tool_call_no(before.substr(before.rfind(':') + 1));
  if (!no) return fail(make_issue(Errc::invalid_query, "before", "is no cursor of this list"));
  return no->value;
}

Result<Page> decode_call_page(const Call& call) {
  Call without_cursor = call;
  std::erase_if(without_cursor.query, [](const auto& pair) { return pair.first == "before"; });
  MALOTE_TRY(Page page, decode_page(without_cursor, kMaxCalls));
  if (call.query_text("limit").empty()) page.limit = 100;
  MALOTE_TRY(page.before, decode_call_cursor(call));
  return page;
}

}  // namespace

Result<Response> create_session(const Call& call, Tx& tx, engine::Effects&) {
  MALOTE_TRY(const auto document, parse_body(call));
  BodyReader body{document.root()};
  engine::SessionWish wish{.user_id = body.text_or_null("user_id", 128).value_or(""),
                           .servers = decode_servers(body),
                           .metadata = decode_metadata(body)};
  if (wish.user_id.empty()) wish.user_id = "anonymous";
  MALOTE_CHECK_OK(body.result());
  MALOTE_TRY(wish.mocks, decode_mocks(call, body));
  MALOTE_TRY(const auto session, call.api.sessions.create(tx, call.project(), wish));
  return json_response(201, encode_session(call, session));
}

Result<Response> list_sessions(const Call& call, const ReadTx& tx) {
  MALOTE_TRY(const Page page, decode_page(call, 100));
  MALOTE_TRY(const auto status, decode_status(call, {"active", "closed", "error"}));
  const SessionFilter filter{
      .project = call.project(), .status = status, .user_id = call.query_text("user_id")};
  auto sessions = tx.sessions(filter, one_more(page));
  const bool more = cut_to(page, sessions);
  std::vector<std::string> items;
  for (const auto& session : sessions) items.push_back(encode_session(call, session));
  return list_response("sessions", items, more ? cursor_of(sessions.back().no.value) : "");
}

Result<Response> get_session(const Call& call, const ReadTx& tx) {
  MALOTE_TRY(const auto session, call.api.sessions.get(tx, call.project(), call.param(0)));
  return json_response(200, encode_session(call, session));
}

Result<Response> close_session(const Call& call, Tx& tx, engine::Effects& effects) {
  MALOTE_TRY(const auto session,
             call.api.sessions.close(tx, effects, call.project(), call.param(0)));
  json::Writer w;
  w.object().field("id", session.id).field("status", word(session.status));
  write_time(w, "closed_at", session.closed_at);
  return json_response(200, std::move(w.end()));
}

Result<Response> get_session_mocks(const Call& call, const ReadTx& tx) {
  MALOTE_TRY(const auto session, call.api.sessions.get(tx, call.project(), call.param(0)));
  MALOTE_TRY(const auto counters, json::Document::parse(session.mock_counters));
  json::Writer w;
  w.object().key("mocks").raw(session.mocks.empty() ? "null" : session.mocks);
  w.key("counters").object();
  if (!session.mocks.empty()) {
    MALOTE_TRY(const auto mocks, json::Document::parse(session.mocks));
    for (const auto mock : mocks.root()) {
      w.key(mock.key()).object().field("n", counters.root()[mock.key()].as_int().value_or(0));
      w.key("cap");
      if (mock.is_array()) {
        w.integer(static_cast<std::int64_t>(mock.size()));
      } else {
        w.null();
      }
      w.end();
    }
  }
  return json_response(200, std::move(w.end().end()));
}

void execute_tool(Call call, Respond respond) {
  auto wish = decode_execute(call);
  if (!wish) return respond(problem(wish.error(), call.request_id));
  const auto shared = std::make_shared<Call>(std::move(call));
  shared->api.sessions.execute(
      shared->project(), shared->param(0), std::move(*wish),
      [shared, respond = std::move(respond)](const engine::CallAnswer& answer) {
        if (answer.error) return respond(problem(*answer.error, shared->request_id));
        respond(identified(answer_of(*shared, answer), shared->request_id));
      });
}

Result<Response> list_session_logs(const Call& call, const ReadTx& tx) {
  MALOTE_TRY(const auto session, call.api.sessions.get(tx, call.project(), call.param(0)));
  MALOTE_TRY(const Page page, decode_call_page(call));
  auto calls = tx.tool_calls({.project = call.project(), .session = session.no}, one_more(page));
  const bool more = cut_to(page, calls);
  std::vector<std::string> items;
  for (const auto& one : calls) items.push_back(encode_log(one));
  return list_response("logs", items, more ? engine::text_of(calls.back().no) : "");
}

Result<Response> list_session_tool_calls(const Call& call, const ReadTx& tx) {
  MALOTE_TRY(const auto session, call.api.sessions.get(tx, call.project(), call.param(0)));
  MALOTE_TRY(const Page page, decode_call_page(call));
  auto calls = tx.tool_calls({.project = call.project(), .session = session.no}, one_more(page));
  const bool more = cut_to(page, calls);
  std::vector<std::string> items;
  for (const auto& one : calls) items.push_back(encode_tool_call(one));
  return list_response("tool_calls", items, more ? engine::text_of(calls.back().no) : "");
}

Result<Response> list_tool_calls(const Call& call, const ReadTx& tx) {
  MALOTE_TRY(auto filter, decode_call_filter(call));
  MALOTE_TRY(filter.since, decode_time(call, "since"));
  if (call.query_text("count_only") == "true") {
    json::Writer w;
    w.object().field("total", tx.count_tool_calls(filter));
    return json_response(200, std::move(w.end()));
  }
  MALOTE_TRY(const Page page, decode_call_page(call));
  auto calls = tx.tool_calls(filter, one_more(page));
  const bool more = cut_to(page, calls);
  std::vector<std::string> items;
  for (const auto& one : calls) items.push_back(encode_tool_call(one));
  std::string next;
  if (more) next = format_rfc3339(calls.back().called_at) + ":" + engine::text_of(calls.back().no);
  return list_response("tool_calls", items, next);
}

Result<Response> get_tool_call(const Call& call, const ReadTx& tx) {
  MALOTE_TRY(const auto found, find_call(call, tx, 0));
  return json_response(200, encode_tool_call(found));
}

Result<Response> record_tool_call(const Call& call, Tx& tx, engine::Effects&) {
  MALOTE_TRY(const auto document, parse_body(call));
  BodyReader body{document.root()};
  body.require("server_id");
  body.require("tool_name");
  ToolCall recorded{.server_id = body.text("server_id", 1, 64).value_or(""),
                    .tool = body.text("tool_name", 1, 160).value_or("")};
  decode_call(body, recorded);
  MALOTE_CHECK_OK(body.result());
  MALOTE_TRY(recorded,
             call.api.sessions.record(tx, call.project(), call.param(0), std::move(recorded)));
  return json_response(201, encode_tool_call(recorded));
}

Result<Response> patch_tool_call(const Call& call, Tx& tx, engine::Effects&) {
  MALOTE_TRY(const auto session, call.api.sessions.get(tx, call.project(), call.param(0)));
  MALOTE_TRY(auto found, find_call(call, tx, 1));
  if (found.session != session.no) return fail(Errc::tool_call_not_found, "no such tool call");
  if (session.status != SessionStatus::active)
    return fail(Errc::session_not_active, "the session is closed");
  if (!found.idempotency_key.empty())
    return fail(Errc::invalid_request, "the gateway made this call itself; it cannot be changed");
  MALOTE_TRY(const auto document, parse_body(call));
  if (document.root().size() == 0) return fail(Errc::invalid_body, "the patch is empty");
  BodyReader body{document.root()};
  decode_call(body, found);
  MALOTE_CHECK_OK(body.result());
  tx.update_tool_call(found);
  return json_response(200, encode_tool_call(found));
}

void stream_logs(Call call, Respond respond) {
  auto filter = decode_call_filter(call);
  if (!filter) return respond(problem(filter.error(), call.request_id));
  const auto tail = std::make_shared<LogTail>(call.api.context, std::move(*filter));
  Response response =
      call.api.streams.open([tail](ResponseStream& out, Timestamp) { return tail->poll(out); });
  respond(identified(std::move(response), call.request_id));
}

}  // namespace malote::api
