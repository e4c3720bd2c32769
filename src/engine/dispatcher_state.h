// What the dispatcher knows of its lanes and of work under way. Private to engine/dispatcher.cc and
// dispatcher_lanes.cc.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

#include "engine/dispatcher.h"

namespace malote::engine {

constexpr Timestamp kNever = Timestamp::max();

/// The rate limit is a leaky bucket (GCRA): sends are spaced evenly, and what is due within a short
/// while may go at once. Since 1970, in nanoseconds.
struct Dispatcher::Rate {
  /// `count` in each `period`, of which `at_once` may go at once.
  Rate(int count, std::chrono::nanoseconds period, int at_once)
      : spacing(period / count), slack(spacing * std::max(0, at_once - 1)) {}
  std::chrono::nanoseconds spacing;
  std::chrono::nanoseconds slack;
};

struct Dispatcher::LaneState {
  enum class Gate {
    open,
    closed,
    gone
  };  // closed: paused, in error, or nobody there; claims nothing

  Lane lane{};
  Timestamp head = kNever;       // the earliest time at which there may be work
  Timestamp on_agenda = kNever;  // its key there; kNever: not on it
  std::uint64_t served = 0;      // the turn in which it claimed last
  Waiting* ready = nullptr;      // where it waits for its turn
  bool counted = false;          // in its pool's with_work
  int few = 1;  // that it may always have in flight: more when its endpoint is quick, 0 when slow
  Timestamp held_until{};              // this machine was short of sockets
  std::set<std::int64_t> in_flight{};  // keys: the lease
  std::int64_t bytes = 0;              // of their events' data
  int limit = 1;                       // adaptive, 1 … max
  std::shared_ptr<Target> target{};    // triggers only; loaded on demand
  int max_runs = 0;                    // loops only; 0: not loaded
  FetchLimits fetches{};               // connections only; read at each claim
  Gate gate = Gate::open;
  std::chrono::nanoseconds paid_until{};  // rate limit: each send moves it on by 1 s / rate

  int max() const {
    if (kind_of(lane) == LaneKind::loop) return max_runs > 0 ? max_runs : 1;
    return target ? target->trigger.max_in_flight : fetches.in_flight;
  }
  std::optional<Rate> rate() const;
};

struct Dispatcher::Claim {
  LaneState* lane = nullptr;
  std::shared_ptr<Target> target{};
  Delivery delivery{};
  std::shared_ptr<const Event> event{};
  std::optional<FetchJob> fetch{};
  std::optional<StepJob> step{};
  std::int64_t key = 0;
  Timestamp started_at{};
  std::size_t sent_bytes = 0;  // of a delivery's body, once it was begun

  bool is_delivery() const { return !fetch && !step; }
  std::int64_t bytes() const { return event ? static_cast<std::int64_t>(event->data.size()) : 0; }
};

struct Dispatcher::Finished {
  std::shared_ptr<Claim> claim;
  HttpOutcome http{};
  std::optional<ToolResult> tool{};  // of a step that was called
  FinishedDelivery delivery{};       // after recording: the new state
  std::optional<Trigger> trigger_after{};
};

/// Outcomes that are recorded in one transaction. The dispatcher adds to them until the store's
/// writer begins; then they are the writer's until it is done.
struct Dispatcher::Batch {
  std::mutex mutex{};  // of `begun`, and of `items` until then
  bool begun = false;
  std::vector<Finished> items{};
};

}  // namespace malote::engine
