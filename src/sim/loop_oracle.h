// What must be true of loops: a model of runs, steps and side effects of its own, fed like the
// oracle (sim/oracle.h) by what commits asked for and by what the tools' server saw. It knows the
// loops of loop_workload.cc: their steps are named s0, s1, … in order.
#pragma once

#include <map>
#include <set>
#include <string>

#include "model/event.h"
#include "ports/http_types.h"
#include "ports/store.h"
#include "sim/world.h"

namespace malote::sim {

/// How the last call of a step ended, as the tools' server knows it.
enum class CallEnd : std::uint8_t { none, success, refused, unknown };

struct StepFacts {
  int calls = 0;
  int life = -1;  // of the last call
  CallEnd end = CallEnd::none;
  bool recorded = false;
  StepState state = StepState::pending;
  std::map<std::string, std::string> bodies{};  // by idempotency key
  std::string key{};                            // of its calls since it was last asked for
};

struct RunFacts {
  LoopNo loop{};
  EventKey event{};
  RunState state = RunState::running;
  Timestamp due_floor{};
  std::map<int, StepFacts> steps{};  // by position
  int in_flight_life = -1;           // of the node that calls a step of it; -1: none
  bool was_redriven = false;
};

struct LoopFacts {
  std::string id{};
  std::vector<std::string> events{};
  std::size_t steps = 0;
  std::set<int> writes_unprotected{};  // steps whose tool does not honour a repeated key
  std::set<int> goes_on{};             // steps whose failure does not end the run
  std::set<int> silent{};              // steps that call nobody
  bool enabled = true;
};

class LoopOracle {
 public:
  explicit LoopOracle(World& world) : world_(world) {}

  // --- told by the workload, when durable ---
  void loop_created(LoopNo no, LoopFacts facts);
  void loop_enabled(LoopNo no, bool enabled);
  void run_redriven(RunKey key);
  void clock_corrected(Timestamp clock);
  void clock_jumped() { jumped_at_ = world_.now(); }

  // --- told by commits: first all of began(), then the changes, then ended() ---
  void event_stored(const Event& event);
  void run_stored(const Run& run);
  void step_stored(const StepRecord& step);
  void run_changed(const Run& run);
  void commit_ended();

  // --- told by the tools' server ---
  /// The step of the key, or nothing when it is of no run.
  struct Call {
    RunKey run{};
    int position = 0;
    std::string key{};
  };
  std::optional<Call> call_begins(const HttpRequest& request, Timestamp clock);
  void call_ends(const Call& call, const HttpOutcome& outcome);

  // --- asked ---
  const std::map<RunKey, RunFacts>& runs() const { return runs_; }
  const std::map<LoopNo, LoopFacts>& loops() const { return loops_; }
  void check_rows(const ReadTx& tx) const;
  void check_settled() const;

 private:
  void check_order(const RunFacts& run, const LoopFacts& loop, int position) const;
  void check_end(RunKey key, const RunFacts& run) const;

  World& world_;
  std::map<LoopNo, LoopFacts> loops_;
  std::map<RunKey, RunFacts> runs_;
  std::set<std::pair<EventKey, LoopNo>> wanted_;  // by events of this commit, without a run yet
  std::set<RunKey> ended_;                        // in this commit, not announced yet
  std::optional<std::int64_t> jumped_at_{};       // when the clock went last, in the world's time
};

}  // namespace malote::sim
