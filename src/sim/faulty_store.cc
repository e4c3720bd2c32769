#include "sim/faulty_store.h"

#include <algorithm>

namespace malote::sim {

namespace {

constexpr int kLatestReadFailure = 8;  // operations of a read transaction until it fails

Unexpected unavailable(std::string why) {
  return fail(Errc::store_unavailable, "simulated: " + std::move(why));
}

}  // namespace

bool SpyReadTx::fails() const {
  if (left_ > 0) --left_;
  return left_ == 0;
}

std::optional<Trigger> SpyReadTx::trigger(TriggerNo no) const {
  return fails() ? std::nullopt : r_.trigger(no);
}
std::optional<Trigger> SpyReadTx::trigger(ProjectNo project, std::string_view id) const {
  return fails() ? std::nullopt : r_.trigger(project, id);
}
std::optional<Connection> SpyReadTx::connection(std::string_view id) const {
  return fails() ? std::nullopt : r_.connection(id);
}
std::optional<Connection> SpyReadTx::connection(ConnectionNo no) const {
  return fails() ? std::nullopt : r_.connection(no);
}
std::optional<Event> SpyReadTx::event(EventKey key) const {
  return fails() ? std::nullopt : r_.event(key);
}
std::optional<EventKey> SpyReadTx::event_by_dedupe(ProjectNo project, ConnectionNo connection,
                                                   std::string_view dedupe_key) const {
  return fails() ? std::nullopt : r_.event_by_dedupe(project, connection, dedupe_key);
}
std::optional<Delivery> SpyReadTx::delivery(DeliveryKey key) const {
  return fails() ? std::nullopt : r_.delivery(key);
}
std::vector<QueueItem> SpyReadTx::due(Lane lane, Timestamp now, int limit) const {
  return fails() ? std::vector<QueueItem>{} : r_.due(lane, now, limit);
}
std::optional<Receipt> SpyReadTx::receipt(ReceiptKey key) const {
  return fails() ? std::nullopt : r_.receipt(key);
}
std::optional<Fetch> SpyReadTx::fetch(ReceiptKey receipt) const {
  return fails() ? std::nullopt : r_.fetch(receipt);
}

std::optional<Loop> SpyReadTx::loop(LoopNo no) const {
  return fails() ? std::nullopt : r_.loop(no);
}
std::optional<Run> SpyReadTx::run(RunKey key) const { return fails() ? std::nullopt : r_.run(key); }
std::vector<StepRecord> SpyReadTx::step_heads(RunKey run) const {
  return fails() ? std::vector<StepRecord>{} : r_.step_heads(run);
}
std::optional<StepRecord> SpyReadTx::step(RunKey run, int position) const {
  return fails() ? std::nullopt : r_.step(run, position);
}

void SpyTx::append_run(Run& run, Timestamp now) {
  w_.append_run(run, now);
  log_.changes.emplace_back(NewRun{run});
}
void SpyTx::update_run(const Run& run) {
  w_.update_run(run);
  log_.changes.emplace_back(ChangedRun{run});
}
void SpyTx::put_step(const StepRecord& step) {
  w_.put_step(step);
  log_.changes.emplace_back(step);
}

void SpyTx::append_event(Event& event, Timestamp now) {
  w_.append_event(event, now);
  log_.changes.emplace_back(event);
}
void SpyTx::append_delivery(Delivery& delivery, Timestamp now) {
  w_.append_delivery(delivery, now);
  log_.changes.emplace_back(NewDelivery{delivery});
}
void SpyTx::update_delivery(const Delivery& delivery) {
  w_.update_delivery(delivery);
  log_.changes.emplace_back(ChangedDelivery{delivery});
}
void SpyTx::insert_attempt(const Attempt& attempt) {
  w_.insert_attempt(attempt);
  log_.changes.emplace_back(attempt);
}
void SpyTx::update_trigger(const Trigger& trigger) {
  w_.update_trigger(trigger);
  log_.changes.emplace_back(Progress{trigger});
}
void SpyTx::update_trigger_progress(const Trigger& trigger) {
  w_.update_trigger_progress(trigger);
  log_.changes.emplace_back(Progress{trigger});
}

void note_commit(Tx& tx, std::function<void()> note) {
  dynamic_cast<SpyTx&>(tx).log().notes.push_back(std::move(note));
}

std::int64_t FaultyStore::pause() const {
  if (faults_.longest_ms == 0 || !world_.percent(50)) return 0;
  return world_.between(0, faults_.longest_ms);
}

/// The writer's queue: in order, a while later.
void FaultyStore::submit(WriteFn fn, WriteDone done) {
  world_.port_call();
  last_commit_at_ = std::max(last_commit_at_, world_.now() + pause());
  world_.after_in_life(last_commit_at_ - world_.now(),
                       [this, fn = std::move(fn), done = std::move(done)] { run(fn, done); });
}

Result<void> FaultyStore::run_once(Run& run, Tx& tx, int fail_at) {
  run.log = {};
  SpyTx spy{tx, run.log, fail_at};
  try {
    auto result = run.fn(spy);
    // Errors are sticky: the store's own is reported whatever the function made of it.
    if (spy.failed() || (fail_at >= 0 && result)) return unavailable("the commit failed");
    return result;
  } catch (const Crash&) {
    run.crashed = true;
    return unavailable("the node died");  // so that the store rolls back
  }
}

void FaultyStore::run(const WriteFn& fn, WriteDone done) {
  const auto work = std::make_shared<Run>(Run{.fn = fn});
  if (world_.percent(faults_.busy_percent)) {
    work->result = unavailable("busy");
  } else {
    if (world_.percent(faults_.twice_percent)) {
      StoreWrapper::submit([work](Tx& tx) { return run_once(*work, tx, 1000); }, [](auto) {});
    }
    const bool fails = world_.percent(faults_.failed_percent);
    const int fail_at = fails ? static_cast<int>(world_.between(1, kLatestReadFailure)) : -1;
    if (!work->crashed) {
      StoreWrapper::submit([work, fail_at](Tx& tx) { return run_once(*work, tx, fail_at); },
                           [work](Result<void> result) { work->result = std::move(result); });
    }
    if (work->crashed) throw Crash{};
  }
  const std::int64_t commit = ++commits_;
  if (work->result) {
    oracle_.committed(work->log, commit);
  } else {
    world_.note("not committed", commit, 0, work->result.error().message);
  }
  last_done_at_ = std::max(last_done_at_, world_.now() + pause());
  world_.after_in_life(last_done_at_ - world_.now(), [this, work, commit, done = std::move(done)] {
    oracle_.reported(commit);
    done(work->result);
  });
}

Result<void> FaultyStore::read(function_ref<Result<void>(const ReadTx&)> fn) const {
  world_.port_call();
  const bool fails = world_.percent(faults_.read_percent);
  const int fail_at = fails ? static_cast<int>(world_.between(1, kLatestReadFailure)) : -1;
  bool crashed = false;
  bool failed = false;
  auto result = StoreWrapper::read([&](const ReadTx& tx) -> Result<void> {
    const SpyReadTx spy{tx, fail_at};
    try {
      auto inner = fn(spy);
      failed = spy.failed();
      return inner;
    } catch (const Crash&) {
      crashed = true;
      return {};
    }
  });
  if (crashed) throw Crash{};
  if (failed) return unavailable("the read failed");
  return result;
}

}  // namespace malote::sim
