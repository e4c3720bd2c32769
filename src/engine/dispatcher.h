// The dispatcher: claims due work lane by lane, starts it, records what came of it.
//
// Single-threaded. The driver (a thread in app/, the event heap in sim/) calls pump() when
// next_wakeup() has come or something was posted. There is no queue in memory: what is due is read
// from the store, a few entries per lane at a time; in memory is only what is in flight, which is
// the lease (docs/decisions/004-rows-are-the-queue.md).
//
// Fairness: a lane (one trigger, one connection's fetches, or one loop's runs) has a limit of its
// own, halved while its endpoint does not answer. Of the slots that all share, a lane has no more
// than its share once half are taken; the lane that waited longest is served first; and when all
// are taken, an eighth more is kept for lanes that have little in flight and whose endpoints answer
// quickly. Of the bytes that all share, a lane has no more than it leaves free. So slow endpoints,
// however many, delay only their own deliveries.
//
// A wall clock that goes back leaves work due far ahead; it is pulled back (pull_due_back).
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/prng.h"
#include "engine/context.h"
#include "engine/deliver.h"
#include "engine/fetch_back.h"
#include "engine/run_step.h"
#include "ports/executor.h"
#include "ports/http_client.h"

namespace malote::engine {

struct DispatchLimits {
  int max_in_flight_total = 1024;  // over all lanes but those of loops, and an eighth more for
                                   // quick ones; each costs a socket and about 10 KiB
  int max_runs_in_flight = 256;    // of loops: steps that are being called
  int claim_quantum = 64;          // entries claimed from a lane before the next lane has its turn
  std::int64_t max_bytes_in_flight = 64 << 20;  // of event data; one delivery may always go
  Millis store_retry{500};  // between tries to record outcomes while the store cannot write
  int last_tries = 10;      // of recording, when stopping; then outcomes are left to the next start
};

/// Counts since start, for metrics.
struct DispatchCounters {
  std::int64_t attempts = 0, delivered = 0, failed = 0, dead = 0, auto_paused = 0;
  std::int64_t steps = 0;  // of loops
};

/// Told of every recorded attempt: a log line, metrics. Called on the dispatcher's thread.
struct AttemptObserver {
  virtual ~AttemptObserver() = default;
  virtual void on_attempt(const Trigger& trigger, const FinishedDelivery& finished,
                          const Event& event) = 0;
};

class Dispatcher {
 public:
  /// `self` runs tasks on the dispatcher's own thread, never from inside post().
  Dispatcher(const Context& context, HttpClient& http, Executor& self, ToolCaller& tools,
             DispatchLimits limits);
  ~Dispatcher();

  /// Finds the lanes that have work. REQUIRES: called once before pump().
  Result<void> start();

  void pump();
  Timestamp next_wakeup() const;

  /// Hints from commits.
  void work_due(Lane lane, Timestamp due_at);
  void trigger_changed(TriggerNo no);
  void loop_changed(LoopNo no);

  /// Stops claiming; what is in flight goes on to its end.
  void stop();
  bool is_stopped() const { return stopped_; }
  bool is_idle() const { return in_flight() == 0 && finished_.empty() && recording_ == 0; }

  int in_flight() const { return sends_.in_flight + runs_.in_flight; }
  const DispatchCounters& counters() const { return counters_; }
  /// Before the first pump(); it outlives the dispatcher.
  void add_observer(AttemptObserver& observer) { observers_.push_back(&observer); }

 private:
  struct LaneState;
  struct Claim;
  struct Finished;
  struct Batch;
  struct Rate;

  using Waiting = std::set<std::pair<std::uint64_t, Lane>>;
  /// What the lanes of one kind share. Loops have slots of their own: a tool may take longer than
  /// any receiver, and must not delay one.
  struct Pool {
    int slots = 0;
    int in_flight = 0;
    int with_work = 0;  // lanes that are ready or have something in flight
    Waiting ready{};
    bool is_full() const { return in_flight >= slots; }
  };

  LaneState& lane_state(Lane lane);
  void reschedule(LaneState& lane, Timestamp head);
  void put_on_agenda(LaneState& lane);
  void take_off_agenda(LaneState& lane);
  void make_ready(Timestamp now);
  void count_work(LaneState& lane);
  int share(const LaneState& lane) const;
  int free_slots(const LaneState& lane) const;
  bool has_bytes_left(const LaneState& lane) const;
  int reserve() const { return limits_.max_in_flight_total / 8; }
  bool may_use_reserve(const LaneState& lane) const;
  static bool is_loop(Lane lane) { return kind_of(lane) == LaneKind::loop; }
  Pool& pool_of(const LaneState& lane);
  const Pool& pool_of(const LaneState& lane) const;
  LaneState* next_ready() const;
  void forget_gone(const std::vector<LaneState*>& round);
  Timestamp rate_limited_until(const LaneState& lane) const;
  static std::chrono::nanoseconds paid_ahead(const LaneState& lane, const Rate& rate,
                                             Timestamp now);
  int rate_allows(const LaneState& lane, Timestamp now) const;
  static void pay(LaneState& lane, Timestamp now);

  std::vector<Claim> claim_due(Timestamp now);
  void claim_lane(const ReadTx& tx, LaneState& lane, Timestamp now, std::vector<Claim>& claims);
  bool load_target(const ReadTx& tx, LaneState& lane);
  bool load_claim(const ReadTx& tx, const LaneState& lane, std::int64_t key, Claim& claim);
  void take(LaneState& lane, const Claim& claim);
  void give_back(const Claim& claim);
  void try_again_soon(const Claim& claim);
  void begin(Claim claim, Timestamp now);
  void begin_run(const std::shared_ptr<Claim>& claim);
  void take_in(Finished finished);
  void on_outcome(std::shared_ptr<Claim> claim, HttpOutcome outcome);
  bool joins_open_batch(Finished& finished);
  void record();
  void write(Tx& tx, Effects& effects, std::vector<Finished>& batch) const;
  void on_recorded(const std::shared_ptr<Batch>& batch, const Result<void>& result);
  void keep_for_later(std::vector<Finished> batch, Timestamp now);
  void leave_unrecorded();
  void release(Finished& finished, Timestamp now);
  void adapt(LaneState& lane, const Finished& finished);

  void watch_clock(Timestamp now);
  void pull_due_back();
  void on_pulled_back(const Result<void>& result);
  Result<void> look_at_lanes();

  const Context& context_;
  HttpClient& http_;
  Executor& self_;
  ToolCaller& tools_;
  FetchCaller fetches_;
  LoopDefinitions definitions_;
  const DispatchLimits limits_;
  Prng jitter_;

  std::map<Lane, std::unique_ptr<LaneState>> lanes_;
  std::set<std::pair<Timestamp, Lane>> agenda_;  // lanes that may claim, by when …
  // … and, when it has come, by how long ago they claimed last
  Pool sends_, runs_;
  Waiting ready_quick_;  // of sends_: those that may use the reserve
  std::uint64_t turn_ = 0;
  Timestamp claim_again_{};  // after a read that failed; 0: not waiting
  std::map<EventKey, std::shared_ptr<const Event>> events_of_round_;
  std::int64_t bytes_in_flight_ = 0;
  std::vector<Finished> finished_;  // outcomes to be recorded after a write that failed
  std::shared_ptr<Batch> open_;     // on its way into the store, and not begun when last seen
  int recording_ = 0;               // batches on their way
  Timestamp record_again_{};        // after a failed one; 0: not waiting
  int failed_records_ = 0;          // in a row
  Timestamp clock_seen_{};
  Timestamp pull_again_{};  // when to pull due times back; 0: nothing to do
  bool stopped_ = false;
  DispatchCounters counters_;
  std::vector<AttemptObserver*> observers_;
};

}  // namespace malote::engine
