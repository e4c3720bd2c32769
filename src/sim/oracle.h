// What must be true: a model of the gateway of its own, fed from two sides. The store's spy reports
// what each commit asked for, the simulated endpoints report what they saw. The oracle computes
// states, streaks, pauses and due times anew from outcomes alone (never through core/) and breaks
// the run at the first difference. README.md lists the invariants.
#pragma once

#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "base/secret.h"
#include "ports/http_types.h"
#include "ports/store.h"
#include "sim/loop_oracle.h"
#include "sim/world.h"

namespace malote::sim {

/// One attempt as the endpoints' side knows it.
struct AttemptFacts {
  int number = 0;
  int life = 0;
  std::int64_t ended_at = -1;  // world time; -1: in flight, or its node died
  Timestamp ended_clock{};
  int status = 0;
  std::string error{};      // as the log must name it; empty for a success
  Timestamp retry_after{};  // what the receiver asked for; 0: nothing
  bool recorded = false;
};

struct DeliveryFacts {
  TriggerNo trigger{};
  EventKey event{};
  DeliveryState state = DeliveryState::pending;
  DeliveryOrigin origin = DeliveryOrigin::fan_out;
  int recorded = 0;  // attempts in the log
  std::int64_t streak_epoch = -1;
  Timestamp due_floor{}, due_ceiling{};
  std::int64_t owed_at = 0;  // world time of its commit
  bool in_flight = false;
  int seen = 0;        // times the receiver got it
  std::string body{};  // of the first request
  std::vector<AttemptFacts> attempts{};
};

struct TriggerFacts {
  std::string id{};
  std::vector<std::string> events{};
  std::string server_id{};
  RetrySettings retry{};
  int max_in_flight = 0;
  int rate_limit_per_s = 0;
  TriggerStatus status = TriggerStatus::active;
  std::string paused_reason{};
  int streak = 0;
  std::int64_t streak_epoch = 0;
  std::int64_t runs = 0;
  bool deleted = false;
  std::string secret{}, previous_secret{};
  std::int64_t closed_known_at = -1;   // when the node was told that it is paused or gone
  std::int64_t rotated_known_at = -1;  // … or that the secret is another one
  int in_flight = 0;
  bool is_prompt = false;              // its endpoint always answers at once
  std::int64_t claimable_at = 0;       // world time since which nothing of its own holds it up
  std::vector<std::int64_t> starts{};  // world times of the last second
};

struct EventFacts {
  std::string type{}, source{}, ref{};
  std::set<TriggerNo> owed{};  // still without a row: empty once its commit is checked
};

/// What one transaction asked for, in order.
struct NewDelivery {
  Delivery row;
};
struct ChangedDelivery {
  Delivery row;
};
struct Progress {
  Trigger row;
};
struct NewRun {
  Run row;
};
struct ChangedRun {
  Run row;
};
using Change = std::variant<Event, NewDelivery, ChangedDelivery, Attempt, Progress, NewRun,
                            ChangedRun, StepRecord>;
struct CommitLog {
  std::vector<Change> changes{};
  std::vector<std::function<void()>> notes{};  // from the workload: told when the commit is durable
};

class Oracle {
 public:
  explicit Oracle(World& world) : world_(world), loops_(world) {}

  LoopOracle& loops() { return loops_; }

  // --- told by the store's spy ---
  void committed(const CommitLog& log, std::int64_t commit);
  void reported(std::int64_t commit);  // to the node, which may act on it a hop later
  void node_started();
  /// Called when the rules (not an operator) pause a trigger.
  void set_on_auto_pause(std::function<void(TriggerNo)> task) { on_auto_pause_ = std::move(task); }

  // --- told by the workload, from notes ---
  void trigger_created(const Trigger& trigger, const Secret& secret);
  void trigger_patched(const Trigger& trigger);
  void trigger_deleted(TriggerNo no);
  void secret_rotated(TriggerNo no, const Secret& secret);
  void redelivered(TriggerNo no);
  void retried_pending();
  void clock_jumped() {
    jumps_.push_back(world_.now());
    loops_.clock_jumped();
  }
  /// It was far ahead for a while; what became due meanwhile is pulled back.
  void clock_corrected(Timestamp clock);
  void event_acknowledged(std::string ref) { acknowledged_.insert(std::move(ref)); }
  void event_forbidden(std::string ref) { forbidden_.insert(std::move(ref)); }

  // --- told by the endpoints ---
  /// Judges a request; the delivery it is of, 0 when it is of none.
  DeliveryKey attempt_begins(const HttpRequest& request, Timestamp clock);
  void attempt_seen(DeliveryKey key);
  void attempt_ends(DeliveryKey key, const HttpOutcome& outcome, Timestamp clock,
                    Timestamp retry_after);

  // --- asked ---
  const std::map<TriggerNo, TriggerFacts>& triggers() const { return triggers_; }
  const std::map<DeliveryKey, DeliveryFacts>& deliveries() const { return deliveries_; }
  const std::map<EventKey, EventFacts>& events() const { return events_; }
  int waiting_on_active() const;  // deliveries that must still move
  Timestamp latest_due() const;
  std::int64_t attempts() const { return attempts_; }

  /// The store's rows against the model.
  void check_rows(const Store& store, ProjectNo project) const;
  /// Nothing moves any more: what may be unfinished then?
  void check_settled() const;

 private:
  void apply(const Event& event);
  void apply(const NewDelivery& change);
  void apply(const ChangedDelivery& change);
  void apply(const Attempt& attempt);
  void apply(const Progress& change);
  void apply(const NewRun& change) { loops_.run_stored(change.row); }
  void apply(const ChangedRun& change) { loops_.run_changed(change.row); }
  void apply(const StepRecord& step) { loops_.step_stored(step); }
  void apply_outcome(DeliveryFacts& delivery, TriggerFacts& trigger, const AttemptFacts& attempt);
  void close(TriggerFacts& trigger, TriggerStatus status, std::string_view reason);
  void note_closed(TriggerFacts& trigger);
  void check_signatures(const HttpRequest& request, const TriggerFacts& trigger);
  void check_begin(const HttpRequest& request, DeliveryKey key, Timestamp clock);
  void check_prompt(const DeliveryFacts& delivery, const TriggerFacts& trigger);
  void check_limits(TriggerFacts& trigger);
  void check_due(const Delivery& row, const DeliveryFacts& facts) const;
  void check_trigger_row(const ReadTx& tx, TriggerNo no, const TriggerFacts& facts) const;
  void check_delivery_row(const ReadTx& tx, DeliveryKey key, const DeliveryFacts& facts) const;
  void check_event_rows(const ReadTx& tx, ProjectNo project) const;
  std::int64_t grace() const;
  bool jumped_since(std::int64_t at) const;

  World& world_;
  LoopOracle loops_;
  std::int64_t commit_ = 0;
  std::map<TriggerNo, TriggerFacts> triggers_;
  std::map<DeliveryKey, DeliveryFacts> deliveries_;
  std::map<EventKey, EventFacts> events_;
  std::set<std::string> acknowledged_, forbidden_;
  std::vector<std::pair<std::int64_t, TriggerNo>> untold_closed_, untold_rotated_;  // by commit
  std::vector<std::int64_t> jumps_;
  std::int64_t attempts_ = 0;
  std::int64_t node_started_at_ = 0;
  std::function<void(TriggerNo)> on_auto_pause_;
};

}  // namespace malote::sim
