// The route table: which handler answers which method and path, with which scope. Data; the
// OpenAPI description is held against it in tests.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "api/api.h"
#include "base/json.h"

namespace malote::api {

/// One API request on its way through a handler.
struct Call {
  Api& api;
  Request request{};
  engine::Caller caller{};
  std::vector<std::string> params{};  // of the path, in order
  std::string request_id{};
  std::vector<std::pair<std::string, std::string>> query{};

  const std::string& param(std::size_t i) const { return params.at(i); }
  std::string query_text(std::string_view name) const;
  ProjectNo project() const { return caller.project.no; }
};

using Read = Result<Response> (*)(const Call&, const ReadTx&);
using Write = Result<Response> (*)(const Call&, Tx&, engine::Effects&);
using Direct = void (*)(Call, Respond);  // on the I/O thread; must not block

struct Route {
  std::string_view method;
  std::string_view pattern;  // "/v1/triggers/{id}"
  std::string_view scope;    // "" for any valid key; kNoAuth for none at all
  std::variant<Read, Write, Direct> handler;
};

inline constexpr std::string_view kNoAuth = "-";

std::span<const Route> routes();

struct Match {
  const Route* route = nullptr;  // nullptr: no such path, or see `allowed`
  std::vector<std::string> params{};
  std::string allowed{};  // methods of the path when none fits
};

/// Runs a write handler and responds when it is durable; honours Idempotency-Key.
void run_write(const std::shared_ptr<Call>& call, Write handler, Respond respond);

/// Doubled slashes count as one; /v1/webhook-endpoints is another name of /v1/triggers.
Match match_route(std::string_view method, std::string_view path);

// Handlers, one file per resource.
Result<Response> list_triggers(const Call&, const ReadTx&);
Result<Response> create_trigger(const Call&, Tx&, engine::Effects&);
Result<Response> get_trigger(const Call&, const ReadTx&);
Result<Response> patch_trigger(const Call&, Tx&, engine::Effects&);
Result<Response> delete_trigger(const Call&, Tx&, engine::Effects&);
Result<Response> rotate_trigger_secret(const Call&, Tx&, engine::Effects&);
Result<Response> test_fire_trigger(const Call&, Tx&, engine::Effects&);
void test_draft_trigger(Call, Respond);
Result<Response> retry_pending(const Call&, Tx&, engine::Effects&);

Result<Response> put_listener(const Call&, Tx&, engine::Effects&);
void poll_listener(Call, Respond);
void report_to_listener(Call, Respond);
void leave_listener(Call, Respond);

Result<Response> list_trigger_deliveries(const Call&, const ReadTx&);
Result<Response> get_trigger_delivery(const Call&, const ReadTx&);
Result<Response> list_dead_letters(const Call&, const ReadTx&);
Result<Response> list_deliveries(const Call&, const ReadTx&);
Result<Response> get_delivery(const Call&, const ReadTx&);
void redeliver_dead_letters(Call, Respond);
Result<Response> redeliver(const Call&, Tx&, engine::Effects&);

Result<Response> list_events(const Call&, const ReadTx&);
Result<Response> get_event(const Call&, const ReadTx&);
Result<Response> get_stats(const Call&, const ReadTx&);
void publish_events(Call, Respond);
void stream_events(Call, Respond);
void stream_deliveries(Call, Respond);
void console_sign_in(Call, Respond);
void console_session(Call, Respond);
void console_sign_out(Call, Respond);
Result<Response> replay_event(const Call&, Tx&, engine::Effects&);
Result<Response> list_event_types(const Call&, const ReadTx&);

Result<Response> list_connections(const Call&, const ReadTx&);
Result<Response> create_connection(const Call&, Tx&, engine::Effects&);
Result<Response> get_connection(const Call&, const ReadTx&);
Result<Response> delete_connection(const Call&, Tx&, engine::Effects&);
Result<Response> revoke_connection(const Call&, Tx&, engine::Effects&);
Result<Response> patch_connection_metadata(const Call&, Tx&, engine::Effects&);
Result<Response> put_webhook_secret(const Call&, Tx&, engine::Effects&);

Result<Response> list_rejected(const Call&, const ReadTx&);
Result<Response> get_rejected(const Call&, const ReadTx&);
void accept_rejected(Call, Respond);
Result<Response> explain_webhook(const Call&, const ReadTx&);
Result<Response> get_connection_health(const Call&, const ReadTx&);
Result<Response> list_providers(const Call&, const ReadTx&);

Result<Response> list_sessions(const Call&, const ReadTx&);
Result<Response> create_session(const Call&, Tx&, engine::Effects&);
Result<Response> get_session(const Call&, const ReadTx&);
Result<Response> close_session(const Call&, Tx&, engine::Effects&);
Result<Response> get_session_mocks(const Call&, const ReadTx&);
Result<Response> list_session_logs(const Call&, const ReadTx&);
Result<Response> list_session_tool_calls(const Call&, const ReadTx&);
Result<Response> record_tool_call(const Call&, Tx&, engine::Effects&);
Result<Response> patch_tool_call(const Call&, Tx&, engine::Effects&);
void execute_tool(Call, Respond);
void proxy_execute(Call, Respond);
Result<Response> list_tool_calls(const Call&, const ReadTx&);
Result<Response> get_tool_call(const Call&, const ReadTx&);
void stream_logs(Call, Respond);
Result<Response> payment_status(const Call&, const ReadTx&);
Result<Response> verification_status(const Call&, const ReadTx&);
void stream_payment_status(Call, Respond);
void stream_verification_status(Call, Respond);

Result<Response> list_servers(const Call&, const ReadTx&);
Result<Response> get_server(const Call&, const ReadTx&);
Result<Response> get_auth_schema(const Call&, const ReadTx&);
Result<Response> list_tools(const Call&, const ReadTx&);
Result<Response> get_tool(const Call&, const ReadTx&);
Result<Response> list_session_connections(const Call&, const ReadTx&);
void serve_mcp(Call, Respond);
void send_message(Call, Respond);
void start_connect(Call, Respond);
void finish_connect(Call, Respond);

Result<Response> list_loops(const Call&, const ReadTx&);
Result<Response> create_loop(const Call&, Tx&, engine::Effects&);
Result<Response> get_loop(const Call&, const ReadTx&);
Result<Response> patch_loop(const Call&, Tx&, engine::Effects&);
Result<Response> delete_loop(const Call&, Tx&, engine::Effects&);
Result<Response> enable_loop(const Call&, Tx&, engine::Effects&);
Result<Response> disable_loop(const Call&, Tx&, engine::Effects&);
Result<Response> run_loop(const Call&, Tx&, engine::Effects&);
Result<Response> list_runs(const Call&, const ReadTx&);
Result<Response> get_run(const Call&, const ReadTx&);
Result<Response> cancel_run(const Call&, Tx&, engine::Effects&);
Result<Response> redrive_run(const Call&, Tx&, engine::Effects&);

Result<Response> list_projects(const Call&, const ReadTx&);
Result<Response> create_project(const Call&, Tx&, engine::Effects&);
Result<Response> get_project(const Call&, const ReadTx&);
Result<Response> delete_project(const Call&, Tx&, engine::Effects&);
Result<Response> list_api_keys(const Call&, const ReadTx&);
Result<Response> create_api_key(const Call&, Tx&, engine::Effects&);
Result<Response> delete_api_key(const Call&, Tx&, engine::Effects&);
Result<Response> whoami(const Call&, const ReadTx&);

void receive_webhook(Call, Respond);

void health(Call, Respond);
void gateway_status(Call, Respond);
void ready(Call, Respond);
void metrics(Call, Respond);
void openapi(Call, Respond);

}  // namespace malote::api
