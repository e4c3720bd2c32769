#include "sim/plants.h"

#include <algorithm>
#include <deque>
#include <map>

#include "sim/tx_wrapper.h"

namespace malote::sim {

namespace {

using namespace std::chrono_literals;

constexpr PlantInfo kPlants[] = {
    {"ack_before_commit", "a write is acknowledged a moment before it is durable"},
    {"forget_attempt", "an attempt is now and then missing in the log"},
    {"attempts_off_by_one", "a delivery is tried once more than its ladder allows"},
    {"retry_too_early", "a gap of the ladder is cut to half"},
    {"jitter_out_of_bounds", "a gap grows by more than the jitter"},
    {"retry_after_ignored", "the receiver's Retry-After is not obeyed"},
    {"retry_forgotten", "a failed delivery is not queued again"},
    {"double_fan_out", "an event is owed twice to a trigger"},
    {"missed_subscription", "a trigger is forgotten in fan-out"},
    {"dedupe_ignored", "a repeated event id is taken for a new event"},
    {"streak_not_persisted", "the failure streak starts over now and then"},
    {"streak_counts_attempts", "each attempt adds to the streak, not each delivery"},
    {"pause_ignored", "a paused trigger is still sent to"},
    {"backlog_lost_on_pause", "pausing a trigger drops what it is owed"},
    {"lease_forgotten", "a row in flight is claimed again"},
    {"limit_ignored", "more attempts in flight than max_in_flight"},
    {"rate_limit_ignored", "more attempts in a second than rate_limit_per_s"},
    {"wrong_secret", "a request is signed with something else"},
    {"rotation_ignored", "requests are signed with the first secret for ever"},
    {"body_changes_on_retry", "a re-sent body differs by a byte"},
    {"dead_letter_vanishes", "a dead letter is filed as delivered"},
    {"counter_lost", "a success is not counted"},
    {"shortage_counts", "an attempt that never began for want of a socket is recorded"},
    {"client_queues", "the HTTP client keeps all requests but two waiting"},
    {"clock_step_ignored", "work due far ahead stays there when the clock goes back"},
    {"run_forgotten", "an event starts no run of a loop that waits for it"},
    {"journal_entry_lost", "a step's end is now and then missing in the journal"},
    {"run_not_queued", "a run is not queued for its next step"},
    {"step_key_changes", "a step's call carries a new idempotency key"},
    {"unknown_taken_for_refused", "a cut connection is taken for one that never was"},
    {"step_failure_hidden", "a failed step is journaled as a success"},
    {"loop_end_untold", "a run ends, and its event is not raised"},
    {"wakeup_lost", "the dispatcher is not told of new work"},
};

/// What a plant remembers over transactions; it dies with the run, not with the node.
struct Memory {
  std::map<std::int64_t, std::string> first_secret;
};

class PlantedReadTx : public ReadTxWrapper {
 public:
  PlantedReadTx(std::string_view plant, World& world, Memory& memory, const ReadTx& target)
      : ReadTxWrapper(target), plant_(plant), world_(world), memory_(memory) {}

  std::optional<Trigger> trigger(TriggerNo no) const override {
    auto row = r_.trigger(no);
    if (!row) return row;
    if (plant_ == "attempts_off_by_one" && !row->retry.gaps.empty()) {
      row->retry.gaps.push_back(row->retry.gaps.back());
    }
    if (plant_ == "pause_ignored") row->status = TriggerStatus::active;
    if (plant_ == "limit_ignored") row->max_in_flight *= 4;
    if (plant_ == "rate_limit_ignored") row->rate_limit_per_s = 0;
    if (plant_ == "rotation_ignored") {
      row->sealed_secret =
          memory_.first_secret.try_emplace(no.value, row->sealed_secret).first->second;
    }
    return row;
  }

  const std::vector<Subscription>& subscriptions(ProjectNo project) const override {
    const auto& all = r_.subscriptions(project);
    if (plant_ != "missed_subscription" || all.empty() || !world_.percent(10)) return all;
    fewer_.assign(all.begin(), all.end() - 1);
    return fewer_;
  }

  const std::vector<LoopSubscription>& loop_subscriptions(ProjectNo project) const override {
    const auto& all = r_.loop_subscriptions(project);
    if (plant_ != "run_forgotten" || all.empty() || !world_.percent(10)) return all;
    fewer_loops_.assign(all.begin(), all.end() - 1);
    return fewer_loops_;
  }

  std::optional<EventKey> event_by_dedupe(ProjectNo project, ConnectionNo connection,
                                          std::string_view dedupe_key) const override {
    if (plant_ == "dedupe_ignored") return {};
    return r_.event_by_dedupe(project, connection, dedupe_key);
  }

  std::optional<Event> event(EventKey key) const override {
    auto row = r_.event(key);
    if (plant_ == "body_changes_on_retry" && row && world_.percent(20)) row->data += ' ';
    return row;
  }

  std::vector<QueueItem> due(Lane lane, Timestamp now, int limit) const override {
    auto items = r_.due(lane, now, limit);
    if (plant_ == "lease_forgotten" && !items.empty() && kind_of(lane) == LaneKind::trigger) {
      items.push_back({items.front().key | kAgain, items.front().due_at});
    }
    return items;
  }

  std::optional<Delivery> delivery(DeliveryKey key) const override {
    return r_.delivery({key.value & ~kAgain});
  }

 protected:
  static constexpr std::int64_t kAgain = std::int64_t{1} << 62;  // a key that nobody leased

  std::string_view plant_;
  World& world_;
  Memory& memory_;
  mutable std::vector<Subscription> fewer_;
  mutable std::vector<LoopSubscription> fewer_loops_;
};

class PlantedTx final : public PlantedReadTx, public TxWrapper {
 public:
  PlantedTx(std::string_view plant, World& world, Memory& memory, Tx& target)
      : PlantedReadTx(plant, world, memory, target), TxWrapper(target) {}

  void append_event(Event& event, Timestamp now) override {
    if (plant_ == "loop_end_untold" && event.type.starts_with("loop.")) return;
    const std::string key = event.dedupe_key;
    if (plant_ == "dedupe_ignored") event.dedupe_key.clear();  // or the unique index would object
    w_.append_event(event, now);
    event.dedupe_key = key;
  }

  void append_delivery(Delivery& delivery, Timestamp now) override {
    w_.append_delivery(delivery, now);
    if (plant_ != "double_fan_out" || !world_.percent(5)) return;
    Delivery twin = delivery;
    w_.append_delivery(twin, now);
  }

  void update_delivery(const Delivery& delivery) override {
    Delivery row = delivery;
    if (row.state == DeliveryState::failed) {
      if (plant_ == "retry_forgotten" && world_.percent(10)) return;
      const Millis gap = row.due_at - now_of(row);
      if (plant_ == "retry_too_early") row.due_at -= gap / 2;
      if (plant_ == "jitter_out_of_bounds") row.due_at += gap / 2;
    }
    if (plant_ == "streak_counts_attempts") row.streak_epoch = -1;
    if (plant_ == "dead_letter_vanishes" && row.state == DeliveryState::dead) {
      row.state = DeliveryState::delivered;
    }
    w_.update_delivery(row);
  }

  void pull_due_back(Lane lane, Timestamp now, Timestamp latest) override {
    if (plant_ != "clock_step_ignored") w_.pull_due_back(lane, now, latest);
  }

  void insert_attempt(const Attempt& attempt) override {
    if (plant_ == "forget_attempt" && world_.percent(5)) return;
    w_.insert_attempt(attempt);
  }

  void put_step(const StepRecord& step) override {
    StepRecord row = step;
    if (plant_ == "journal_entry_lost" && world_.percent(5)) return;
    if (plant_ == "step_failure_hidden" && row.state == StepState::failed)
      row.state = StepState::succeeded;
    w_.put_step(row);
  }

  void update_run(const Run& run) override {
    if (plant_ == "run_not_queued" && !is_finished(run.state) && world_.percent(10)) {
      Run ended = run;
      ended.state = RunState::cancelled;  // takes it off the queue …
      w_.update_run(ended);
    } else {
      w_.update_run(run);
    }
  }

  void update_trigger_progress(const Trigger& trigger) override {
    Trigger row = trigger;
    if (plant_ == "streak_not_persisted" && world_.percent(30)) row.streak = 0;
    if (plant_ == "counter_lost" && row.total_runs > 0 && world_.percent(10)) --row.total_runs;
    w_.update_trigger_progress(row);
  }

  void update_trigger(const Trigger& trigger) override {
    w_.update_trigger(trigger);
    if (plant_ != "backlog_lost_on_pause" || trigger.status != TriggerStatus::paused) return;
    for (Delivery row :
         r_.deliveries({.project = trigger.project, .trigger = trigger.no}, {.limit = 1000})) {
      if (is_finished(row.state)) continue;
      row.state = DeliveryState::dead;
      w_.update_delivery(row);
    }
  }

 private:
  /// About when the attempt ended: the row before says when it was due.
  Timestamp now_of(const Delivery& row) const {
    const auto before = r_.delivery(row.key);
    return before ? std::min(before->due_at, row.due_at) : row.due_at;
  }
};

class PlantedStore final : public StoreWrapper {
 public:
  PlantedStore(std::string_view plant, World& world, Store& target)
      : StoreWrapper(target), plant_(plant), world_(world) {}

  void submit(WriteFn fn, WriteDone done) override {
    WriteFn planted = [this, fn = std::move(fn)](Tx& tx) {
      PlantedTx wrapped{plant_, world_, memory_, tx};
      return fn(wrapped);
    };
    if (plant_ == "ack_before_commit" && world_.percent(5)) return acknowledge_early(planted, done);
    StoreWrapper::submit(std::move(planted), std::move(done));
  }

  Result<void> read(function_ref<Result<void>(const ReadTx&)> fn) const override {
    return StoreWrapper::read([&](const ReadTx& tx) {
      const PlantedReadTx wrapped{plant_, world_, memory_, tx};
      return fn(wrapped);
    });
  }

 private:
  /// Runs it without keeping anything, says that it is durable, and makes it so later.
  void acknowledge_early(const WriteFn& fn, const WriteDone& done) {
    Result<void> outcome;
    StoreWrapper::submit(
        [&](Tx& tx) -> Result<void> {
          outcome = fn(tx);
          return fail(Errc::store_unavailable, "rolled back by the plant");
        },
        [](auto) {});
    if (outcome) {
      world_.after_in_life(world_.between(1, 200),
                           [this, fn] { StoreWrapper::submit(fn, [](auto) {}); });
    }
    done(outcome);
  }

  std::string_view plant_;
  World& world_;
  mutable Memory memory_;
};

class PlantedHttp final : public HttpClient {
 public:
  PlantedHttp(std::string_view plant, World& world, HttpClient& target)
      : plant_(plant), world_(world), target_(target) {}

  void start(HttpRequest request, Done done) override {
    if (plant_ == "wrong_secret" && world_.percent(5)) {
      for (auto& [name, value] : request.headers) {
        if (name == "X-CodeSpar-Signature") value.back() = value.back() == '0' ? '1' : '0';
      }
    }
    if (plant_ == "step_key_changes" && world_.percent(20)) {
      for (auto& [name, value] : request.headers) {
        if (name == "Idempotency-Key") value += ".9";
      }
    }
    if (plant_ == "unknown_taken_for_refused" && find_header(request.headers, "Idempotency-Key")) {
      return target_.start(std::move(request), [done = std::move(done)](HttpOutcome outcome) {
        if (outcome.error == "reset by peer") outcome.error = "connect: refused";
        done(std::move(outcome));
      });
    }
    if (plant_ == "client_queues") return queue(std::move(request), std::move(done));
    if (plant_ == "shortage_counts") {
      return target_.start(std::move(request), [done = std::move(done)](HttpOutcome outcome) {
        outcome.local = false;
        done(std::move(outcome));
      });
    }
    if (plant_ != "retry_after_ignored") return target_.start(std::move(request), std::move(done));
    target_.start(std::move(request), [done = std::move(done)](HttpOutcome outcome) {
      outcome.retry_after.clear();
      done(std::move(outcome));
    });
  }

 private:
  void queue(HttpRequest request, Done done) {
    waiting_.emplace_back(std::move(request), std::move(done));
    begin_next();
  }

  void begin_next() {
    if (waiting_.empty() || running_ >= 2) return;
    auto [request, done] = std::move(waiting_.front());
    waiting_.pop_front();
    ++running_;
    target_.start(std::move(request), [this, done = std::move(done)](HttpOutcome outcome) {
      --running_;
      done(std::move(outcome));
      begin_next();
    });
  }

  std::string_view plant_;
  World& world_;
  HttpClient& target_;
  std::deque<std::pair<HttpRequest, Done>> waiting_;
  int running_ = 0;
};

class PlantedListener final : public engine::Listener {
 public:
  PlantedListener(std::string_view plant, World& world, engine::Listener& target)
      : plant_(plant), world_(world), target_(target) {}

  void on_commit(const engine::Effects& effects) override {
    engine::Effects told = effects;
    if (plant_ == "wakeup_lost" && world_.percent(20)) told.due.clear();
    target_.on_commit(told);
  }

 private:
  std::string_view plant_;
  World& world_;
  engine::Listener& target_;
};

}  // namespace

std::span<const PlantInfo> plants() { return kPlants; }

bool is_plant(std::string_view name) {
  return std::ranges::any_of(kPlants, [&](const PlantInfo& plant) { return plant.name == name; });
}

std::unique_ptr<Store> plant_store(std::string_view plant, World& world, Store& target) {
  return std::make_unique<PlantedStore>(plant, world, target);
}

std::unique_ptr<HttpClient> plant_http(std::string_view plant, World& world, HttpClient& target) {
  return std::make_unique<PlantedHttp>(plant, world, target);
}

std::unique_ptr<engine::Listener> plant_listener(std::string_view plant, World& world,
                                                 engine::Listener& target) {
  return std::make_unique<PlantedListener>(plant, world, target);
}

}  // namespace malote::sim
