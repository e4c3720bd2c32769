// What every use case of the engine works with, and how it changes the store.
//
// A use case is a function over a Tx that returns a Result and notes in Effects whom to tell after
// the commit. commit() runs it in a durable transaction and tells them; what it tells is a hint
// only, for the rows are the truth.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/catalogue.h"
#include "core/endpoint_guard.h"
#include "engine/trace_context.h"
#include "engine/vault.h"
#include "model/trigger.h"
#include "ports/clock.h"
#include "ports/store.h"
#include "providers/registry.h"
#include "tools/registry.h"

namespace malote::engine {

/// Defaults of new triggers (data/schedules.json, overridable in the configuration).
struct DeliveryDefaults {
  RetrySettings retry{};
  Millis timeout{10'000};
  int max_in_flight = 64;
};

/// What a transaction changed that somebody outside the store wants to know of.
struct Effects {
  std::vector<LaneHead> due{};             // work that was queued
  std::vector<TriggerNo> triggers{};       // settings or status changed, or gone
  std::vector<LoopNo> loops{};             // settings changed
  std::vector<RunState> ended_runs{};      // of loops: how each ended
  std::vector<std::string> connections{};  // ids whose cached form is stale
  bool keys = false;                       // API keys or projects changed
};

/// Told after each commit, on the writer's thread; must only post and return.
struct Listener {
  virtual ~Listener() = default;
  virtual void on_commit(const Effects& effects) = 0;
};

struct Context {
  const Clock& clock;
  Entropy& entropy;
  Store& store;
  const Vault& vault;
  const core::Catalogue& catalogue;
  const providers::Registry& registry;
  const tools::Registry& tools;
  core::EndpointPolicy endpoints{};
  DeliveryDefaults defaults{};
  Listener* listener = nullptr;  // set once at start
  std::string public_url{};      // "https://gateway.example", set once; empty where nobody said
  /// The process's environment, for secrets that data refers to; set once. Nothing: not there.
  std::function<std::optional<std::string>(const std::string& name)> environment{};
  TraceSeed traces{};  // set once
};

using Operation = std::function<Result<void>(Tx&, Effects&)>;

/// Runs `operation` (maybe more than once, see Store::submit), then tells the listener, then calls
/// `done` on the writer's thread.
void commit(const Context& context, Operation operation, Store::WriteDone done);
Result<void> commit_and_wait(const Context& context, Operation operation);

/// Queues one delivery of `event` to `trigger`, due at once.
Delivery queue_delivery(Tx& tx, Effects& effects, const Event& event, const Trigger& trigger,
                        DeliveryOrigin origin, Timestamp now);

/// Stores the event, owes it to every trigger that wants it and starts a run of every loop that
/// waits for it, in this transaction. Returns to how many triggers it is owed.
int append_and_fan_out(const Context& context, Tx& tx, Effects& effects, Event& event,
                       Timestamp now);

}  // namespace malote::engine
