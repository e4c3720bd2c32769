// One life of a gateway: the engine wired onto the simulated ports, as app/gateway.cc wires it onto
// the real ones. Destroying it is the crash; what it leaves is the store.
#pragma once

#include <memory>
#include <string_view>

#include "engine/connection_cache.h"
#include "engine/connections.h"
#include "engine/dispatcher.h"
#include "engine/events.h"
#include "engine/intake.h"
#include "engine/triggers.h"
#include "sim/world.h"

namespace malote::sim {

/// What outlives a node.
struct Surroundings {
  World& world;
  VirtualClock& clock;
  Entropy& entropy;
  Store& store;
  HttpClient& http;
  const core::Catalogue& catalogue;
  const providers::Registry& registry;
  const tools::Registry& tools;
  engine::DispatchLimits limits{};
  std::string_view plant{};
};

class Node {
 public:
  explicit Node(const Surroundings& around);
  ~Node();

  const engine::Context& context() const { return context_; }
  engine::Intake& intake() { return intake_; }
  engine::Dispatcher& dispatcher() { return dispatcher_; }
  const engine::Events& events() const { return events_; }
  const engine::Triggers& triggers() const { return triggers_; }
  const engine::Connections& connections() const { return connections_; }

  /// Looks at the clock again, within the driver's longest nap: after a jump.
  void look_again();

 private:
  class Hints;
  void pump_soon();
  void pump();
  void set_alarm();

  World& world_;
  VirtualClock& clock_;
  engine::Vault vault_;
  engine::Context context_;
  engine::ConnectionCache cache_;
  engine::Events events_;
  engine::Triggers triggers_;
  engine::Connections connections_;
  SimExecutor executor_;
  std::unique_ptr<HttpClient> http_;
  engine::KeyDocuments documents_;
  engine::Quarantine quarantine_;
  engine::Intake intake_;
  engine::Accounts accounts_;
  engine::ToolCaller caller_;
  engine::Dispatcher dispatcher_;
  std::unique_ptr<Hints> hints_;
  std::unique_ptr<engine::Listener> listener_;
  bool pump_posted_ = false;
  std::uint64_t nap_ = 0;  // the newest one; an older alarm is stale
};

}  // namespace malote::sim
