#include "api/routes.h"

namespace malote::api {

namespace {

constexpr Route kRoutes[] = {
    {"POST", "/v1/webhooks/{server_id}/{connection_id}", kNoAuth, &receive_webhook},
    {"GET", "/v1/webhooks/{server_id}/{connection_id}", kNoAuth, &receive_webhook},
    {"HEAD", "/v1/webhooks/{server_id}/{connection_id}", kNoAuth, &receive_webhook},
    {"POST", "/v1/events", "events:write", &publish_events},
    {"GET", "/v1/events", "events:read", &list_events},
    {"GET", "/v1/events/stream", "events:read", &stream_events},
    {"GET", "/v1/events/{id}", "events:read", &get_event},
    {"POST", "/v1/events/{id}/replay", "events:write", &replay_event},
    {"GET", "/v1/stats", "events:read", &get_stats},
    {"GET", "/v1/event-types", "events:read", &list_event_types},
    {"GET", "/v1/triggers", "triggers:read", &list_triggers},
    {"POST", "/v1/triggers", "triggers:write", &create_trigger},
    {"POST", "/v1/triggers/test", "triggers:write", &test_draft_trigger},
    {"POST", "/v1/triggers/retry-pending", "triggers:write", &retry_pending},
    {"GET", "/v1/triggers/{id}", "triggers:read", &get_trigger},
    {"PATCH", "/v1/triggers/{id}", "triggers:write", &patch_trigger},
    {"DELETE", "/v1/triggers/{id}", "triggers:write", &delete_trigger},
    {"POST", "/v1/triggers/{id}/rotate-secret", "triggers:write", &rotate_trigger_secret},
    {"POST", "/v1/triggers/{id}/test-fire", "triggers:write", &test_fire_trigger},
    {"GET", "/v1/triggers/{id}/deliveries", "triggers:read", &list_trigger_deliveries},
    {"GET", "/v1/triggers/{id}/deliveries/{delivery_id}", "triggers:read", &get_trigger_delivery},
    {"GET", "/v1/triggers/{id}/dlq", "triggers:read", &list_dead_letters},
    {"POST", "/v1/triggers/{id}/dlq/redeliver", "triggers:write", &redeliver_dead_letters},
    {"POST", "/v1/triggers/deliveries/{delivery_id}/redeliver", "triggers:write", &redeliver},
    {"PUT", "/v1/listeners/{name}", "triggers:write", &put_listener},
    {"POST", "/v1/listeners/{id}/poll", "triggers:write", &poll_listener},
    {"POST", "/v1/listeners/{id}/results", "triggers:write", &report_to_listener},
    {"DELETE", "/v1/listeners/{id}/instances/{instance}", "triggers:write", &leave_listener},
    {"GET", "/v1/deliveries", "triggers:read", &list_deliveries},
    {"GET", "/v1/deliveries/stream", "triggers:read", &stream_deliveries},
    {"GET", "/v1/deliveries/{delivery_id}", "triggers:read", &get_delivery},
    {"GET", "/v1/connections", "connections:read", &list_connections},
    {"POST", "/v1/connections", "connections:write", &create_connection},
    {"GET", "/v1/connections/{id}", "connections:read", &get_connection},
    {"DELETE", "/v1/connections/{id}", "connections:write", &delete_connection},
    {"POST", "/v1/connections/{id}/revoke", "connections:write", &revoke_connection},
    {"PATCH", "/v1/connections/{id}/metadata", "connections:write", &patch_connection_metadata},
    {"PUT", "/v1/connections/{id}/webhook-secret", "connections:write", &put_webhook_secret},
    {"GET", "/v1/connections/{id}/rejected", "connections:read", &list_rejected},
    {"GET", "/v1/connections/{id}/rejected/{rejected_id}", "connections:read", &get_rejected},
    {"POST", "/v1/connections/{id}/rejected/{rejected_id}/accept", "connections:write",
     &accept_rejected},
    {"POST", "/v1/connections/{id}/explain", "connections:read", &explain_webhook},
    {"GET", "/v1/connections/{id}/health", "connections:read", &get_connection_health},
    {"GET", "/v1/providers", "connections:read", &list_providers},
    {"GET", "/v1/sessions", "sessions:read", &list_sessions},
    {"POST", "/v1/sessions", "sessions:create", &create_session},
    {"GET", "/v1/sessions/{id}", "sessions:read", &get_session},
    {"DELETE", "/v1/sessions/{id}", "sessions:create", &close_session},
    {"POST", "/v1/sessions/{id}/close", "sessions:create", &close_session},
    {"GET", "/v1/sessions/{id}/mocks", "sessions:read", &get_session_mocks},
    {"GET", "/v1/sessions/{id}/logs", "sessions:read", &list_session_logs},
    {"GET", "/v1/sessions/{id}/tool-calls", "sessions:read", &list_session_tool_calls},
    {"POST", "/v1/sessions/{id}/tool-calls", "tools:execute", &record_tool_call},
    {"PATCH", "/v1/sessions/{id}/tool-calls/{tool_call_id}", "tools:execute", &patch_tool_call},
    {"POST", "/v1/sessions/{id}/execute", "tools:execute", &execute_tool},
    {"POST", "/v1/sessions/{id}/proxy_execute", "tools:execute", &proxy_execute},
    {"POST", "/v1/sessions/{id}/send", "tools:execute", &send_message},
    {"POST", "/v1/sessions/{id}/mcp", "tools:execute", &serve_mcp},
    {"GET", "/v1/sessions/{id}/connections", "sessions:read", &list_session_connections},
    {"GET", "/v1/servers", "servers:read", &list_servers},
    {"GET", "/v1/servers/{id}", "servers:read", &get_server},
    {"GET", "/v1/servers/{id}/auth-schema", "servers:read", &get_auth_schema},
    {"GET", "/v1/tools", "servers:read", &list_tools},
    {"GET", "/v1/tools/{name}", "servers:read", &get_tool},
    {"POST", "/v1/connect/start", "connections:write", &start_connect},
    {"POST", "/v1/connections/start", "connections:write", &start_connect},
    {"GET", "/v1/connect/callback", kNoAuth, &finish_connect},
    {"GET", "/v1/tool-calls", "sessions:read", &list_tool_calls},
    {"GET", "/v1/tool-calls/{id}", "sessions:read", &get_tool_call},
    {"GET", "/v1/tool-calls/{id}/payment-status", "sessions:read", &payment_status},
    {"GET", "/v1/tool-calls/{id}/payment-status/stream", "sessions:read", &stream_payment_status},
    {"GET", "/v1/tool-calls/{id}/verification-status", "sessions:read", &verification_status},
    {"GET", "/v1/tool-calls/{id}/verification-status/stream", "sessions:read",
     &stream_verification_status},
    {"GET", "/v1/logs/stream", "sessions:read", &stream_logs},
    {"GET", "/v1/loops", "loops:read", &list_loops},
    {"POST", "/v1/loops", "loops:write", &create_loop},
    {"GET", "/v1/loops/{id}", "loops:read", &get_loop},
    {"PATCH", "/v1/loops/{id}", "loops:write", &patch_loop},
    {"DELETE", "/v1/loops/{id}", "loops:write", &delete_loop},
    {"POST", "/v1/loops/{id}/enable", "loops:write", &enable_loop},
    {"POST", "/v1/loops/{id}/disable", "loops:write", &disable_loop},
    {"POST", "/v1/loops/{id}/run", "loops:write", &run_loop},
    {"GET", "/v1/runs", "loops:read", &list_runs},
    {"GET", "/v1/runs/{id}", "loops:read", &get_run},
    {"POST", "/v1/runs/{id}/cancel", "loops:write", &cancel_run},
    {"POST", "/v1/runs/{id}/redrive", "loops:write", &redrive_run},
    {"GET", "/v1/projects", "projects:read", &list_projects},
    {"POST", "/v1/projects", "projects:write", &create_project},
    {"GET", "/v1/projects/{id}", "projects:read", &get_project},
    {"DELETE", "/v1/projects/{id}", "projects:write", &delete_project},
    {"GET", "/v1/api-keys", "keys:read", &list_api_keys},
    {"POST", "/v1/api-keys", "keys:write", &create_api_key},
    {"DELETE", "/v1/api-keys/{id}", "keys:write", &delete_api_key},
    {"GET", "/v1/status", "projects:read", &gateway_status},
    {"GET", "/v1/whoami", "", &whoami},
    {"POST", "/v1/console/sign-in", kNoAuth, &console_sign_in},
    {"GET", "/v1/console/session", "", &console_session},
    {"POST", "/v1/console/sign-out", "", &console_sign_out},
    {"GET", "/healthz", kNoAuth, &health},
    {"GET", "/readyz", kNoAuth, &ready},
    {"GET", "/metrics", kNoAuth, &metrics},
    {"GET", "/v1/openapi.json", kNoAuth, &openapi},
};

std::string_view take_segment(std::string_view& path) {
  while (path.starts_with('/')) path.remove_prefix(1);
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

bool fits(std::string_view pattern, std::string_view path, std::vector<std::string>& params) {
  params.clear();
  bool renamed = false;
  while (true) {
    const std::string_view wanted = take_segment(pattern);
    std::string_view given = take_segment(path);
    if (wanted.empty() || given.empty()) return wanted.empty() && given.empty();
    if (given == "webhook-endpoints" && !renamed && wanted == "triggers") {
      given = "triggers";
      renamed = true;
    }
    if (wanted.front() == '{') {
      params.emplace_back(given);
    } else if (wanted != given) {
      return false;
    }
  }
}

}  // namespace

std::span<const Route> routes() { return kRoutes; }

Match match_route(std::string_view method, std::string_view path) {
  Match match;
  for (const Route& route : kRoutes) {
    std::vector<std::string> params;
    if (!fits(route.pattern, path, params)) continue;
    if (route.method == method) {
      match.route = &route;
      match.params = std::move(params);
      return match;
    }
    match.allowed += (match.allowed.empty() ? "" : ", ") + std::string{route.method};
  }
  return match;
}

std::string Call::query_text(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return {};
}

}  // namespace malote::api
