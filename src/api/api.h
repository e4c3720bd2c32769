// The HTTP API: requests in, responses out, no sockets. Finds the route, proves the caller, runs
// the handler in a read or write transaction, turns errors into answers.
//
// handle() is called on an I/O thread and does not block: what only has to be verified and
// committed (webhooks, publishing) is done there, the rest goes to the workers.
#pragma once

#include <functional>
#include <string>

#include "api/console.h"
#include "base/ip_address.h"
#include "engine/access.h"
#include "engine/connections.h"
#include "engine/events.h"
#include "engine/intake.h"
#include "engine/loops.h"
#include "engine/sessions.h"
#include "engine/triggers.h"
#include "ports/executor.h"

namespace malote::engine {
class Chat;
class ConnectFlow;
class Listeners;
class TriggerTrial;
}  // namespace malote::engine

namespace malote::api {

class StatusStreams;

/// Counts what came in; app/ exports it. Any thread.
struct TrafficObserver {
  virtual ~TrafficObserver() = default;
  virtual void on_inbound(const std::string& server_id, const engine::IntakeAnswer& answer) = 0;
  virtual void on_published(std::size_t events) = 0;
};

/// What GET /v1/status tells of the whole gateway.
struct GatewayStatus {
  Timestamp started_at{};
  std::int64_t store_bytes = 0;
  std::int64_t store_backlog = 0;                     // writes that wait for a commit
  std::int64_t pending = 0, dead = 0, in_flight = 0;  // deliveries of all projects
  Millis retention{};
  std::int64_t retention_bytes = 0;  // 0: no limit
  std::string durability{};          // what an acknowledgement waits for
};

struct ApiOptions {
  std::vector<IpBlock> trusted_proxies{};  // whose X-Forwarded-For is believed
  std::string version{};
  std::string openapi{};                   // the description's text
  std::function<std::string()> metrics{};  // Prometheus text format
  std::function<GatewayStatus()> status{};
  std::function<std::string()> not_ready{};  // why not, or empty
  std::span<const EmbeddedFile> console{};   // the dashboard; empty when it was not built
  bool mock_refusals_by_status = false;      // 422 and 503 for provider tools instead of 200
};

/// What the API speaks for.
struct ApiParts {
  const engine::Context& context;
  engine::Access& access;
  engine::Intake& intake;
  engine::Sessions& sessions;
  engine::ToolCaller& caller;
  StatusStreams& streams;
  engine::Listeners& listeners;
  engine::ConnectFlow& connect;
  Executor& workers;
  TrafficObserver& traffic;
  engine::Chat* chat = nullptr;  // none: messages are answered from the catalogue
  engine::TriggerTrial* trial = nullptr;
};

class Api : public ApiParts {
 public:
  Api(const ApiParts& parts, ApiOptions options);

  void handle(Request request, Respond respond);

  const engine::Triggers triggers;
  const engine::Events events;
  const engine::Connections connections;
  const engine::Loops loops;
  const ApiOptions options;
  ConsoleSessions console;
};

}  // namespace malote::api
