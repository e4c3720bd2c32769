#include "engine/dispatcher.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "base/log.h"
#include "engine/dispatcher_state.h"
#include "engine/due_times.h"
#include "engine/stats.h"

namespace malote::engine {

namespace {

std::uint64_t random_seed(Entropy& entropy) {
  const std::string bytes = random_bytes(entropy, sizeof(std::uint64_t));
  std::uint64_t seed = 0;
  std::memcpy(&seed, bytes.data(), sizeof seed);
  return seed;
}

/// What a lane may have in flight however many others there are, if its endpoint is quick.
constexpr int kFewInFlight = 8;
constexpr Millis kSlow{1000};

/// Smaller steps back of the clock are corrected by waiting.
constexpr Millis kClockStep{60'000};

}  // namespace

Dispatcher::Dispatcher(const Context& context, HttpClient& http, Executor& self, ToolCaller& tools,
                       DispatchLimits limits)
    : context_(context),
      http_(http),
      self_(self),
      tools_(tools),
      fetches_(context, http, self, tools.tokens()),
      limits_(limits),
      jitter_(random_seed(context.entropy)),
      sends_{.slots = limits.max_in_flight_total},
      runs_{.slots = limits.max_runs_in_flight} {}

Dispatcher::~Dispatcher() = default;

Result<void> Dispatcher::start() {
  pull_again_ = clock_seen_ = context_.clock.now();  // it may have gone back while we were down
  return look_at_lanes();
}

Result<void> Dispatcher::look_at_lanes() {
  std::vector<LaneHead> heads;
  MALOTE_CHECK_OK(context_.store.read([&](const ReadTx& tx) -> Result<void> {
    heads = tx.lane_heads();
    return {};
  }));
  for (const auto& head : heads) work_due(head.lane, head.due_at);
  return {};
}

// --- claiming ------------------------------------------------------------------------------------

void Dispatcher::pump() {
  const Timestamp now = context_.clock.now();
  watch_clock(now);
  const auto has_come = [&](Timestamp at) {
    const bool clock_went_back = at > now + limits_.store_retry;
    return at != Timestamp{} && (at <= now || clock_went_back);
  };
  if (has_come(record_again_)) {
    record_again_ = {};
    record();
  }
  if (has_come(pull_again_)) pull_due_back();
  make_ready(now);
  if (claim_again_ != Timestamp{} && !has_come(claim_again_)) return;
  claim_again_ = {};
  while (true) {
    auto claims = claim_due(now);
    if (claims.empty()) break;
    for (auto& claim : claims) begin(std::move(claim), now);
  }
}

/// One read transaction for a round over lanes that are due.
std::vector<Dispatcher::Claim> Dispatcher::claim_due(Timestamp now) {
  make_ready(now);
  std::vector<Claim> claims;
  std::vector<LaneState*> round;
  if (!next_ready()) return claims;
  const auto result = context_.store.read([&](const ReadTx& tx) -> Result<void> {
    while (static_cast<int>(claims.size()) < limits_.claim_quantum) {
      LaneState* const lane = next_ready();
      if (!lane) break;
      round.push_back(lane);
      claim_lane(tx, *lane, now, claims);
    }
    return {};
  });
  events_of_round_.clear();
  if (!result) {
    // Deliveries that were claimed are sound: their rows were read. A run is not, for a journal
    // that could not be read looks like one that is empty. The other lanes wait a moment; one that
    // was closed may have been so only because its trigger could not be read.
    std::erase_if(claims, [this](const Claim& claim) {
      if (claim.step) give_back(claim);
      return claim.step.has_value();
    });
    log::error("cannot read due work: " + result.error().message);
    for (LaneState* lane : round) {
      lane->gate = LaneState::Gate::open;
      reschedule(*lane, now + limits_.store_retry);
    }
    claim_again_ = now + limits_.store_retry;
  }
  forget_gone(round);
  return claims;
}

bool Dispatcher::load_target(const ReadTx& tx, LaneState& lane) {
  if (kind_of(lane.lane) == LaneKind::loop && lane.max_runs == 0) {
    const auto loop = tx.loop(loop_of(lane.lane));
    lane.max_runs = loop ? loop->max_in_flight : 1;
  }
  if (kind_of(lane.lane) == LaneKind::connection)
    lane.fetches = fetch_limits(context_, tx, lane.lane);
  if (kind_of(lane.lane) != LaneKind::trigger) return true;
  if (!lane.target) {
    auto trigger = tx.trigger(trigger_of(lane.lane));
    if (!trigger) {
      lane.gate = LaneState::Gate::gone;
      return false;
    }
    lane.target = make_target(context_, std::move(*trigger));
  }
  const Trigger& trigger = lane.target->trigger;
  const bool active = trigger.status == TriggerStatus::active && http_.is_there(trigger.url);
  lane.gate = active ? LaneState::Gate::open : LaneState::Gate::closed;
  return active;
}

bool Dispatcher::load_claim(const ReadTx& tx, const LaneState& lane, std::int64_t key,
                            Claim& claim) {
  if (kind_of(lane.lane) == LaneKind::connection) {
    claim.fetch = load_fetch(context_, tx, ReceiptKey{key});
    return claim.fetch.has_value();
  }
  if (kind_of(lane.lane) == LaneKind::loop) {
    claim.step = load_step(context_, definitions_, tx, RunKey{key});
    return claim.step.has_value();
  }
  auto delivery = tx.delivery(DeliveryKey{key});
  if (!delivery) return false;
  auto& shared = events_of_round_[delivery->event];
  if (!shared) {
    auto event = tx.event(delivery->event);
    if (!event) return false;
    shared = std::make_shared<const Event>(std::move(*event));
  }
  claim.delivery = std::move(*delivery);
  claim.event = shared;
  return true;
}

void Dispatcher::take(LaneState& lane, const Claim& claim) {
  lane.in_flight.insert(claim.key);
  ++pool_of(lane).in_flight;
  lane.bytes += claim.bytes();
  bytes_in_flight_ += claim.bytes();
}

void Dispatcher::give_back(const Claim& claim) {
  claim.lane->in_flight.erase(claim.key);
  --pool_of(*claim.lane).in_flight;
  claim.lane->bytes -= claim.bytes();
  bytes_in_flight_ -= claim.bytes();
  count_work(*claim.lane);
}

void Dispatcher::claim_lane(const ReadTx& tx, LaneState& lane, Timestamp now,
                            std::vector<Claim>& claims) {
  take_off_agenda(lane);
  lane.served = ++turn_;
  if (!load_target(tx, lane)) return;
  const auto leased = static_cast<int>(lane.in_flight.size());
  const int room = pool_of(lane).slots - pool_of(lane).in_flight;
  const int reserved = may_use_reserve(lane) ? std::min(room + reserve(), lane.few - leased) : 0;
  int want = std::min({free_slots(lane), limits_.claim_quantum, std::max(room, reserved)});
  want = std::min(want, rate_allows(lane, now));
  // What is leased stands first in the lane; one more tells when the lane is due again.
  const auto items = tx.due(lane.lane, kNever, leased + std::max(want, 0) + 1);
  Timestamp head = kNever;
  for (const auto& [key, due_at] : items) {
    if (lane.in_flight.contains(key)) continue;
    if (due_at > now || want <= 0 || !has_bytes_left(lane)) {
      head = std::min(head, due_at);
      break;
    }
    Claim claim{.lane = &lane, .target = lane.target, .key = key, .started_at = now};
    if (!load_claim(tx, lane, key, claim)) continue;  // its trigger or connection is going away
    take(lane, claim);
    pay(lane, now);
    --want;
    claims.push_back(std::move(claim));
  }
  reschedule(lane, head);
}

// --- an attempt ----------------------------------------------------------------------------------

void Dispatcher::begin(Claim claim, Timestamp now) {
  const auto shared = std::make_shared<Claim>(std::move(claim));
  const auto refuse = [&](std::string why) {
    self_.post([this, shared, why, now] { on_outcome(shared, {.error = why, .started_at = now}); });
  };
  if (shared->step) return begin_run(shared);
  if (shared->fetch) {
    auto begun = begin_fetch(*shared->fetch);
    if (!begun) return refuse(begun.error().message);
    return fetches_.call(std::move(*begun), [this, shared](HttpOutcome outcome) {
      on_outcome(shared, std::move(outcome));
    });
  }
  if (!shared->target->problem.empty()) return refuse(shared->target->problem);
  HttpRequest request = begin_delivery(*shared->target, shared->delivery, *shared->event, now);
  shared->sent_bytes = request.body.size();
  http_.start(std::move(request), [this, shared](HttpOutcome outcome) {
    self_.post([this, shared, outcome = std::move(outcome)]() mutable {
      on_outcome(shared, std::move(outcome));
    });
  });
}

void Dispatcher::begin_run(const std::shared_ptr<Claim>& claim) {
  if (claim->step->next.kind != core::PlannedStep::Kind::call)
    return self_.post([this, claim] { take_in({.claim = claim}); });
  tools_.call(begin_step(*claim->step), [this, claim](ToolResult result) {
    const Millis duration = result.duration;
    take_in({.claim = claim, .http = {.duration = duration}, .tool = std::move(result)});
  });
}

/// Nothing was tried, so nothing counts: no attempt, no rung of the ladder, no streak.
void Dispatcher::try_again_soon(const Claim& claim) {
  const Timestamp now = context_.clock.now();
  LaneState& lane = *claim.lane;
  give_back(claim);
  lane.held_until = now + limits_.store_retry;
  reschedule(lane, std::min(lane.head, now));
}

void Dispatcher::on_outcome(std::shared_ptr<Claim> claim, HttpOutcome outcome) {
  if (outcome.local) return try_again_soon(*claim);
  Finished finished{.claim = std::move(claim), .http = std::move(outcome)};
  const Claim& c = *finished.claim;
  if (c.is_delivery()) {
    finished.delivery = {.delivery = c.delivery,
                         .outcome = outcome_of(finished.http),
                         .finished_at = context_.clock.now(),
                         .jitter_draw = static_cast<int>(jitter_.below(1001)),
                         .sent_bytes = c.sent_bytes};
    finished.delivery.attempt = {.delivery = c.delivery.key,
                                 .number = c.delivery.attempts + 1,
                                 .started_at = c.started_at,
                                 .duration = finished.http.duration,
                                 .response_status = finished.http.status,
                                 .error = finished.delivery.outcome.error,
                                 .response_body = std::move(finished.http.body)};
  }
  take_in(std::move(finished));
}

void Dispatcher::take_in(Finished finished) {
  if (joins_open_batch(finished)) return;
  finished_.push_back(std::move(finished));
  if (record_again_ == Timestamp{}) record();
}

// --- recording -----------------------------------------------------------------------------------

/// While the writer is busy with others, what comes is added to the batch that waits for it.
bool Dispatcher::joins_open_batch(Finished& finished) {
  if (!open_) return false;
  const std::lock_guard guard{open_->mutex};
  if (!open_->begun) open_->items.push_back(std::move(finished));
  return !open_->begun;
}

void Dispatcher::record() {
  if (finished_.empty()) return;
  ++recording_;
  open_ = std::make_shared<Batch>();
  open_->items.swap(finished_);
  commit(
      context_,
      [this, batch = open_](Tx& tx, Effects& effects) -> Result<void> {
        {
          const std::lock_guard guard{batch->mutex};
          batch->begun = true;
        }
        write(tx, effects, batch->items);
        return {};
      },
      [this, batch = open_](Result<void> result) {
        self_.post([this, batch, result = std::move(result)] { on_recorded(batch, result); });
      });
}

/// On the writer's thread; maybe more than once, so it starts from the claims each time.
void Dispatcher::write(Tx& tx, Effects& effects, std::vector<Finished>& batch) const {
  std::map<TriggerNo, std::optional<Trigger>> triggers;
  std::vector<LoggedAttempt> attempts;
  for (Finished& finished : batch) {
    const Claim& claim = *finished.claim;
    if (claim.fetch) {
      finish_fetch(context_, tx, effects, *claim.fetch, finished.http, context_.clock.now());
      continue;
    }
    if (claim.step) {
      finish_step(context_, tx, effects, *claim.step, finished.tool ? &*finished.tool : nullptr,
                  claim.started_at);
      continue;
    }
    const TriggerNo no = claim.delivery.trigger;
    const auto [at, fresh] = triggers.try_emplace(no);
    if (fresh) at->second = tx.trigger(no);
    if (!at->second) continue;  // deleted meanwhile; trim() clears its rows
    FinishedDelivery& f = finished.delivery;
    f.delivery = claim.delivery;
    // The clock may have gone back since: no retry may follow from a time that never was.
    f.finished_at = std::min(f.finished_at, context_.clock.now());
    core::apply(f.delivery, *at->second, f.outcome, f.finished_at, f.jitter_draw);
    tx.update_delivery(f.delivery);
    tx.insert_attempt(f.attempt);
    attempts.push_back({.delivery = f.attempt.delivery, .number = f.attempt.number});
    count_attempt(tx, f.delivery, f.finished_at);
  }
  tx.log_attempts(attempts, context_.clock.now());
  for (const auto& [no, trigger] : triggers) {
    if (trigger) tx.update_trigger_progress(*trigger);
  }
  for (Finished& finished : batch) {
    if (!finished.claim->is_delivery()) continue;
    finished.trigger_after = triggers.at(finished.claim->delivery.trigger);
  }
}

void Dispatcher::on_recorded(const std::shared_ptr<Batch>& batch, const Result<void>& result) {
  --recording_;
  if (open_ == batch) open_.reset();
  const Timestamp now = context_.clock.now();
  if (!result) {
    log::error("cannot record " + std::to_string(batch->items.size()) +
               " outcomes, trying again: " + result.error().message);
    return keep_for_later(std::move(batch->items), now);
  }
  failed_records_ = 0;
  for (Finished& finished : batch->items) release(finished, now);
}

/// Their rows stay leased, so nothing is sent twice.
void Dispatcher::keep_for_later(std::vector<Finished> batch, Timestamp now) {
  batch.insert(batch.end(), std::make_move_iterator(finished_.begin()),
               std::make_move_iterator(finished_.end()));
  finished_ = std::move(batch);
  ++failed_records_;
  if (stopped_ && failed_records_ >= limits_.last_tries) return leave_unrecorded();
  record_again_ = now + limits_.store_retry;
}

/// A stop must end though the disk is full. The rows say that these are still owed.
void Dispatcher::leave_unrecorded() {
  log::error("stopping without recording " + std::to_string(finished_.size()) +
             " outcomes: these deliveries are sent again after the next start");
  for (const Finished& finished : finished_) give_back(*finished.claim);
  finished_.clear();
}

void Dispatcher::release(Finished& finished, Timestamp now) {
  LaneState& lane = *finished.claim->lane;
  give_back(*finished.claim);
  lane.few = finished.http.duration >= kSlow ? 0 : kFewInFlight;
  counters_.steps += finished.tool.has_value();
  if (!finished.claim->is_delivery()) {
    return reschedule(lane, std::min(lane.head, now));
  }
  const FinishedDelivery& done = finished.delivery;
  ++counters_.attempts;
  counters_.delivered += done.delivery.state == DeliveryState::delivered;
  counters_.failed += !core::is_success(done.outcome);
  counters_.dead += done.delivery.state == DeliveryState::dead;
  if (!finished.trigger_after) {
    lane.gate = LaneState::Gate::gone;
    take_off_agenda(lane);
    return forget_gone({&lane});
  }
  const Trigger& after = *finished.trigger_after;
  adapt(lane, finished);
  if (lane.target && lane.target->trigger.status != after.status) {
    if (after.status != TriggerStatus::active) {
      ++counters_.auto_paused;
      log::warn("trigger " + after.id + " is " + std::string{word(after.status)} + ": " +
                after.paused_reason);
    }
    // The row may have changed again since that commit (a resume, whose hint can overtake this),
    // so the next claim reads it instead of believing what is known here.
    lane.target.reset();
  }
  if (done.delivery.state == DeliveryState::failed) {
    lane.head = std::min(lane.head, done.delivery.due_at);
  }
  put_on_agenda(lane);
  for (auto* observer : observers_) observer->on_attempt(after, done, *finished.claim->event);
}

// --- a clock that goes back ----------------------------------------------------------------------

void Dispatcher::watch_clock(Timestamp now) {
  if (clock_seen_ > now + kClockStep) {
    log::warn("the clock went back by " + format_duration(clock_seen_ - now));
    pull_again_ = now;
    for (auto& [no, lane] : lanes_) {
      lane->held_until = {};
      if (lane->on_agenda != kNever) put_on_agenda(*lane);  // it may stand where the clock was
    }
  }
  clock_seen_ = now;
}

void Dispatcher::pull_due_back() {
  pull_again_ = {};
  context_.store.submit(
      [this](Tx& tx) -> Result<void> {
        pull_all_due_back(tx, context_.clock.now());
        return {};
      },
      [this](Result<void> result) {
        self_.post([this, result = std::move(result)] { on_pulled_back(result); });
      });
}

void Dispatcher::on_pulled_back(const Result<void>& result) {
  const auto looked = result ? look_at_lanes() : result;
  if (!looked && !stopped_) pull_again_ = context_.clock.now() + limits_.store_retry;
}

}  // namespace malote::engine
