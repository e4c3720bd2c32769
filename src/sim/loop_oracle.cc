#include "sim/loop_oracle.h"

#include <algorithm>
#include <charconv>

namespace malote::sim {

namespace {

std::string name(RunKey key) { return text_of(key); }

bool covers(const std::string& pattern, const std::string& type) {
  if (pattern == "*") return !type.starts_with("loop.");
  if (pattern.ends_with(".*")) return type.starts_with(pattern.substr(0, pattern.size() - 1));
  return pattern == type;
}

/// "run_….s1", "run_….s0.compensate", with a generation behind.
std::optional<LoopOracle::Call> parse_call(const std::string& key) {
  const auto dot = key.find('.');
  const auto run = parse_run_key(key.substr(0, dot));
  if (!run || dot == std::string::npos || key.size() < dot + 3 || key[dot + 1] != 's') return {};
  int position = 0;
  std::from_chars(key.data() + dot + 2, key.data() + key.size(), position);
  if (key.find(".compensate") != std::string::npos) position += kCompensation;
  return LoopOracle::Call{.run = *run, .position = position, .key = key};
}

/// Whether the provider may have done it though the caller was told nothing certain.
CallEnd end_of(const HttpOutcome& outcome) {
  if (outcome.status / 100 == 2) return CallEnd::success;
  if (outcome.error == "timeout" || outcome.error == "reset by peer") return CallEnd::unknown;
  if (outcome.status == 503 && !outcome.retry_after.empty()) return CallEnd::refused;
  return outcome.status >= 500 ? CallEnd::unknown : CallEnd::refused;
}

}  // namespace

void LoopOracle::loop_created(LoopNo no, LoopFacts facts) {
  world_.note("loop", no.value, static_cast<std::int64_t>(facts.steps));
  loops_[no] = std::move(facts);
}

void LoopOracle::loop_enabled(LoopNo no, bool enabled) { loops_.at(no).enabled = enabled; }

void LoopOracle::run_redriven(RunKey key) {
  world_.note("redriven", key.value);
  RunFacts& run = runs_.at(key);
  run.was_redriven = true;
}

void LoopOracle::clock_corrected(Timestamp clock) {
  for (auto& [key, run] : runs_) run.due_floor = std::min(run.due_floor, clock);
}

// --- commits -------------------------------------------------------------------------------------

void LoopOracle::event_stored(const Event& event) {
  if (event.type.starts_with("loop.")) {
    const auto run = parse_run_key(event.external_reference);
    if (!run || ended_.erase(*run) == 0)
      world_.broken(event.type + " was raised for a run that did not end in this commit");
    return;
  }
  if (event.source == "test") return;
  for (const auto& [no, loop] : loops_) {
    const bool wants = std::ranges::any_of(
        loop.events, [&](const std::string& pattern) { return covers(pattern, event.type); });
    if (loop.enabled && wants) wanted_.emplace(event.key, no);
  }
}

void LoopOracle::run_stored(const Run& run) {
  world_.note("run", run.key.value, run.loop.value);
  if (run.event && run.origin == RunOrigin::event && wanted_.erase({run.event, run.loop}) == 0)
    return world_.broken(name(run.key) + " was started twice, or by an event it did not wait for");
  runs_[run.key] = {.loop = run.loop, .event = run.event};
}

void LoopOracle::step_stored(const StepRecord& record) {
  const auto at = runs_.find(record.run);
  if (at == runs_.end()) return world_.broken("a step of no run was journaled");
  StepFacts& step = at->second.steps[record.position];
  world_.note("step", record.run.value, record.position, word(record.state));
  const bool again = record.state == StepState::pending;
  if (again != (step.recorded && step.state != StepState::pending) && !again && step.recorded)
    return world_.broken(name(record.run) + ": a step was journaled twice");
  step.recorded = !again;
  step.state = record.state;
  if (again) {  // an operator asked for it, whatever had become of it
    step.end = CallEnd::none;
    step.key.clear();
  }
  if (again || loops_.at(at->second.loop).silent.contains(record.position)) return;
  const bool succeeded = step.life == world_.life() && step.end == CallEnd::success;
  if (record.state == StepState::succeeded && !succeeded)
    world_.broken(name(record.run) + ": " + record.name +
                  " was journaled as succeeded, which no tool said in this life");
  if (record.state == StepState::failed && record.attempts > 0 && succeeded)
    world_.broken(name(record.run) + ": " + record.name +
                  " was journaled as failed, though its tool succeeded");
}

void LoopOracle::run_changed(const Run& row) {
  RunFacts& run = runs_.at(row.key);
  if (is_finished(run.state) && !is_finished(row.state)) {
    if (!std::exchange(run.was_redriven, false))
      return world_.broken(name(row.key) + " goes on though it had ended");
  }
  const bool ends = is_finished(row.state) && !is_finished(run.state);
  run.state = row.state;
  // What was never tried is due at once, whatever becomes of the clock.
  run.due_floor = row.attempts > 0 ? row.due_at : Timestamp{};
  world_.note("run is", row.key.value, row.due_at.time_since_epoch().count(), word(row.state));
  if (!ends) return;
  check_end(row.key, run);
  if (row.state != RunState::cancelled) ended_.insert(row.key);
}

void LoopOracle::check_end(RunKey key, const RunFacts& run) const {
  const LoopFacts& loop = loops_.at(run.loop);
  bool any_failed = false;
  std::size_t recorded = 0;
  for (const auto& [position, step] : run.steps) {
    if (position >= kCompensation || !step.recorded) continue;
    ++recorded;
    any_failed = any_failed || step.state == StepState::failed;
  }
  if (run.state == RunState::completed && (any_failed || recorded != loop.steps))
    world_.broken(name(key) + " is completed, but not all of its steps succeeded");
  if (run.state == RunState::failed && !any_failed)
    world_.broken(name(key) + " is failed, but none of its steps is");
}

void LoopOracle::commit_ended() {
  if (!wanted_.empty()) {
    world_.broken("event " + text_of(wanted_.begin()->first) + " was committed without a run of " +
                  loops_.at(wanted_.begin()->second).id);
  }
  if (!ended_.empty()) world_.broken(name(*ended_.begin()) + " ended, and nobody was told");
  wanted_.clear();
  ended_.clear();
}

// --- the tools' server ---------------------------------------------------------------------------

void LoopOracle::check_order(const RunFacts& run, const LoopFacts& loop, int position) const {
  const int limit = std::min(position, static_cast<int>(loop.steps));
  for (int before = 0; before < limit; ++before) {
    const auto at = run.steps.find(before);
    const bool recorded = at != run.steps.end() && at->second.recorded;
    if (!recorded && position < kCompensation)
      return world_.broken("s" + std::to_string(position) + " was called before s" +
                           std::to_string(before) + " had its end in the journal");
    const bool stops =
        recorded && at->second.state == StepState::failed && !loop.goes_on.contains(before);
    if (stops && position < kCompensation)
      return world_.broken("a step was called though one before it had failed");
  }
}

std::optional<LoopOracle::Call> LoopOracle::call_begins(const HttpRequest& request,
                                                        Timestamp clock) {
  const auto* header = find_header(request.headers, "Idempotency-Key");
  auto call = parse_call(header ? *header : "");
  const auto at = call ? runs_.find(call->run) : runs_.end();
  if (at == runs_.end()) {
    world_.broken("a tool was called for no stored run: " + (header ? *header : "no key"));
    return {};
  }
  RunFacts& run = at->second;
  const LoopFacts& loop = loops_.at(run.loop);
  StepFacts& step = run.steps[call->position];
  world_.note("call", call->run.value, call->position, request.body);
  const auto broken = [&](const std::string& what) { world_.broken(call->key + ": " + what); };
  if (is_finished(run.state) && run.state != RunState::cancelled) broken("called after the end");
  if (step.recorded) broken("called again though its end is in the journal");
  if (run.in_flight_life == world_.life()) broken("two steps of a run at the same time");
  // What was claimed just before the clock went back is called just after.
  const bool jumped = jumped_at_ && world_.now() <= *jumped_at_ + 20 + 3 * world_.longest_hop();
  if (clock < run.due_floor && !jumped) broken("called before it was due");
  check_order(run, loop, call->position);
  const bool unprotected = loop.writes_unprotected.contains(call->position);
  if (unprotected && step.life == world_.life() && step.end == CallEnd::unknown)
    broken("a write that may have happened was repeated");
  if (step.key.empty()) step.key = call->key;
  if (step.key != call->key) broken("a step that is tried again has another key");
  const auto [body, fresh] = step.bodies.try_emplace(call->key, request.body);
  if (!fresh && body->second != request.body) broken("the same key carries another request");
  run.in_flight_life = world_.life();
  ++step.calls;
  step.life = world_.life();
  step.end = CallEnd::none;
  return call;
}

void LoopOracle::call_ends(const Call& call, const HttpOutcome& outcome) {
  RunFacts& run = runs_.at(call.run);
  run.in_flight_life = -1;
  run.steps[call.position].end = end_of(outcome);
  world_.note("call ended", call.run.value, outcome.status, outcome.error);
}

// --- the end -------------------------------------------------------------------------------------

void LoopOracle::check_rows(const ReadTx& tx) const {
  std::map<LoopNo, std::int64_t> owed;
  for (const auto& [key, run] : runs_) {
    const auto row = tx.run(key);
    if (!row) return world_.broken(name(key) + " vanished");
    if (row->state != run.state)
      return world_.broken(name(key) + " is stored as " + std::string{word(row->state)} +
                           ", right is " + std::string{word(run.state)});
    if (!is_finished(run.state)) ++owed[run.loop];
    for (const StepRecord& record : tx.step_heads(key)) {
      const auto at = run.steps.find(record.position);
      if (at == run.steps.end() || at->second.state != record.state)
        return world_.broken(name(key) + ": the journal holds what was not committed");
    }
  }
  for (const auto& [no, loop] : loops_) {
    const auto queued = tx.pending_count(lane_of(no));
    if (queued != owed[no])
      world_.broken("loop " + loop.id + " has " + std::to_string(owed[no]) +
                    " runs under way, but " + std::to_string(queued) + " are queued");
  }
}

void LoopOracle::check_settled() const {
  for (const auto& [key, run] : runs_) {
    if (!is_finished(run.state))
      return world_.broken(name(key) + " is " + std::string{word(run.state)} +
                           " and nothing will move it");
  }
}

}  // namespace malote::sim
