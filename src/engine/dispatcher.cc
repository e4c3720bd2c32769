#include "engine/dispatcher.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "base/log.h"

namespace malote::engine {

namespace {

constexpr Timestamp kNever = Timestamp::max();

std::uint64_t random_seed(Entropy& entropy) {
  const std::string bytes = random_bytes(entropy, sizeof(std::uint64_t));
  std::uint64_t seed = 0;
  std::memcpy(&seed, bytes.data(), sizeof seed);
  return seed;
}

/// Fetch-backs per connection at a time: providers limit callers by the minute.
constexpr int kFetchesInFlight = 4;

bool did_not_answer(const core::AttemptOutcome& outcome) {
  return outcome.status == 0;  // timeout, refused, reset, blocked
}

}  // namespace

struct Dispatcher::LaneState {
  Lane lane{};
  Timestamp head = kNever;                // the earliest time at which there may be work
  Timestamp on_agenda = kNever;           // its key there; kNever: not on it
  std::set<std::int64_t> in_flight{};     // keys: the lease
  int limit = 1;                          // adaptive, 1 … max
  std::shared_ptr<Target> target{};       // triggers only; loaded on demand
  bool closed = false;                    // paused, in error or gone: claims nothing
  std::chrono::nanoseconds paid_until{};  // rate limit: each send moves it on by 1 s / rate

  int max() const { return target ? target->trigger.max_in_flight : kFetchesInFlight; }
};

struct Dispatcher::Claim {
  LaneState* lane = nullptr;
  std::shared_ptr<Target> target{};
  Delivery delivery{};
  std::shared_ptr<const Event> event{};
  std::optional<FetchJob> fetch{};
  std::int64_t key = 0;
  Timestamp started_at{};
};

struct Dispatcher::Finished {
  std::shared_ptr<Claim> claim;
  HttpOutcome http{};
  FinishedDelivery delivery{};  // after recording: the new state
  std::optional<Trigger> trigger_after{};
};

Dispatcher::Dispatcher(const Context& context, HttpClient& http, Executor& self,
                       DispatchLimits limits)
    : context_(context),
      http_(http),
      self_(self),
      limits_(limits),
      jitter_(random_seed(context.entropy)) {}

Dispatcher::~Dispatcher() = default;

Result<void> Dispatcher::start() {
  std::vector<LaneHead> heads;
  MALOTE_CHECK_OK(context_.store.read([&](const ReadTx& tx) -> Result<void> {
    heads = tx.lane_heads();
    return {};
  }));
  for (const auto& head : heads) work_due(head.lane, head.due_at);
  return {};
}

// --- the agenda: which lanes may claim, and when -------------------------------------------------

Dispatcher::LaneState& Dispatcher::lane_state(Lane lane) {
  auto& state = lanes_[lane];
  if (!state) {
    state = std::make_unique<LaneState>();
    state->lane = lane;
    state->limit = kind_of(lane) == LaneKind::trigger ? limits_.max_in_flight : kFetchesInFlight;
  }
  return *state;
}

void Dispatcher::take_off_agenda(LaneState& lane) {
  if (lane.on_agenda == kNever) return;
  agenda_.erase({lane.on_agenda, lane.lane});
  lane.on_agenda = kNever;
}

int Dispatcher::free_slots(const LaneState& lane) const {
  return std::min(lane.limit, lane.max()) - static_cast<int>(lane.in_flight.size());
}

/// The rate limit is a leaky bucket (GCRA): sends are spaced by 1 s / rate, and a tenth of a
/// second's worth may go at once. Since 1970, in nanoseconds.
struct Dispatcher::Rate {
  explicit Rate(int per_s)
      : spacing(1'000'000'000 / per_s), slack(spacing * std::max(0, per_s / 10 - 1)) {}
  std::chrono::nanoseconds spacing;
  std::chrono::nanoseconds slack;
};

/// How far a lane's sends reach into the future; 0 when the clock went back behind them.
std::chrono::nanoseconds Dispatcher::paid_ahead(const LaneState& lane, Timestamp now) {
  const std::chrono::nanoseconds ahead = lane.paid_until - now.time_since_epoch();
  if (ahead > std::chrono::seconds{2}) return std::chrono::nanoseconds{0};
  return std::max(ahead, std::chrono::nanoseconds{0});
}

Timestamp Dispatcher::rate_limited_until(const LaneState& lane) const {
  const int per_s = lane.target ? lane.target->trigger.rate_limit_per_s : 0;
  if (per_s == 0) return Timestamp{};
  const Timestamp now = context_.clock.now();
  return now + std::chrono::ceil<Millis>(paid_ahead(lane, now) - Rate{per_s}.slack);
}

/// How many may be sent now.
int Dispatcher::rate_allows(const LaneState& lane, Timestamp now) const {
  const int per_s = lane.target ? lane.target->trigger.rate_limit_per_s : 0;
  if (per_s == 0) return limits_.max_in_flight;
  const Rate rate{per_s};
  const auto ahead = paid_ahead(lane, now);
  return ahead > rate.slack ? 0 : static_cast<int>((rate.slack - ahead) / rate.spacing) + 1;
}

void Dispatcher::pay(LaneState& lane, Timestamp now) const {
  const int per_s = lane.target ? lane.target->trigger.rate_limit_per_s : 0;
  if (per_s == 0) return;
  lane.paid_until = now.time_since_epoch() + paid_ahead(lane, now) + Rate{per_s}.spacing;
}

void Dispatcher::put_on_agenda(LaneState& lane) {
  take_off_agenda(lane);
  if (stopped_ || lane.closed || lane.head == kNever || free_slots(lane) <= 0) return;
  lane.on_agenda = std::max(lane.head, rate_limited_until(lane));
  agenda_.emplace(lane.on_agenda, lane.lane);
}

void Dispatcher::reschedule(LaneState& lane, Timestamp head) {
  lane.head = head;
  put_on_agenda(lane);
}

void Dispatcher::work_due(Lane lane, Timestamp due_at) {
  LaneState& state = lane_state(lane);
  if (due_at < state.head) reschedule(state, due_at);
}

void Dispatcher::trigger_changed(TriggerNo no) {
  LaneState& lane = lane_state(lane_of(no));
  lane.target.reset();
  lane.closed = false;
  lane.limit = limits_.max_in_flight;
  reschedule(lane, Timestamp{});  // look: it may have been resumed with a backlog
}

Timestamp Dispatcher::next_wakeup() const {
  Timestamp at = record_again_ == Timestamp{} ? kNever : record_again_;
  if (!agenda_.empty() && in_flight_ < limits_.max_in_flight) {
    at = std::min(at, agenda_.begin()->first);
  }
  return at;
}

void Dispatcher::stop() {
  stopped_ = true;
  agenda_.clear();
  for (auto& [no, lane] : lanes_) lane->on_agenda = kNever;
}

// --- claiming ------------------------------------------------------------------------------------

void Dispatcher::pump() {
  const Timestamp now = context_.clock.now();
  const bool clock_went_back = record_again_ > now + limits_.store_retry;
  if (record_again_ != Timestamp{} && (record_again_ <= now || clock_went_back)) {
    record_again_ = {};
    record();
  }
  while (!agenda_.empty() && agenda_.begin()->first <= now && in_flight_ < limits_.max_in_flight) {
    auto claims = claim_due(now);
    if (claims.empty()) break;
    for (auto& claim : claims) begin(std::move(claim), now);
  }
}

/// One read transaction for a round over all lanes that are due.
std::vector<Dispatcher::Claim> Dispatcher::claim_due(Timestamp now) {
  std::vector<Claim> claims;
  std::vector<LaneState*> round;
  for (const auto& [at, lane] : agenda_) {
    if (at > now) break;
    round.push_back(lanes_.at(lane).get());
  }
  const auto result = context_.store.read([&](const ReadTx& tx) -> Result<void> {
    for (LaneState* lane : round) {
      if (in_flight_ >= limits_.max_in_flight) break;
      claim_lane(tx, *lane, now, claims);
    }
    return {};
  });
  if (!result) {
    // The claims made so far are sound: their rows were read. The other lanes wait a moment.
    // One that was closed may have been so only because its trigger could not be read.
    log::error("cannot read due work: " + result.error().message);
    for (LaneState* lane : round) {
      lane->closed = false;
      reschedule(*lane, now + limits_.store_retry);
    }
  }
  return claims;
}

bool Dispatcher::load_target(const ReadTx& tx, LaneState& lane) {
  if (kind_of(lane.lane) != LaneKind::trigger) return true;
  if (!lane.target) {
    auto trigger = tx.trigger(trigger_of(lane.lane));
    if (!trigger) {
      lane.closed = true;
      return false;
    }
    lane.target = make_target(context_, std::move(*trigger));
  }
  lane.closed = lane.target->trigger.status != TriggerStatus::active;
  return !lane.closed;
}

bool Dispatcher::load_claim(const ReadTx& tx, const LaneState& lane, std::int64_t key,
                            Claim& claim) {
  if (kind_of(lane.lane) == LaneKind::connection) {
    claim.fetch = load_fetch(context_, tx, ReceiptKey{key});
    return claim.fetch.has_value();
  }
  auto delivery = tx.delivery(DeliveryKey{key});
  auto event = delivery ? tx.event(delivery->event) : std::nullopt;
  if (!event) return false;
  claim.delivery = std::move(*delivery);
  claim.event = std::make_shared<const Event>(std::move(*event));
  return true;
}

void Dispatcher::claim_lane(const ReadTx& tx, LaneState& lane, Timestamp now,
                            std::vector<Claim>& claims) {
  if (!load_target(tx, lane)) return take_off_agenda(lane);
  const auto leased = static_cast<int>(lane.in_flight.size());
  int want =
      std::min({free_slots(lane), limits_.claim_quantum, limits_.max_in_flight - in_flight_});
  want = std::min(want, rate_allows(lane, now));
  // What is leased stands first in the lane; one more tells when the lane is due again.
  const auto items = tx.due(lane.lane, kNever, leased + std::max(want, 0) + 1);
  Timestamp head = kNever;
  for (const auto& [key, due_at] : items) {
    if (lane.in_flight.contains(key)) continue;
    if (due_at > now || want <= 0) {
      head = std::min(head, due_at);
      break;
    }
    Claim claim{.lane = &lane, .target = lane.target, .key = key, .started_at = now};
    if (!load_claim(tx, lane, key, claim)) continue;  // its trigger or connection is going away
    lane.in_flight.insert(key);
    ++in_flight_;
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
  HttpRequest request;
  if (shared->fetch) {
    auto begun = begin_fetch(*shared->fetch);
    if (!begun) return refuse(begun.error().message);
    request = std::move(*begun);
  } else {
    if (!shared->target->problem.empty()) return refuse(shared->target->problem);
    request = begin_delivery(*shared->target, shared->delivery, *shared->event, now);
  }
  http_.start(std::move(request), [this, shared](HttpOutcome outcome) {
    self_.post([this, shared, outcome = std::move(outcome)]() mutable {
      on_outcome(shared, std::move(outcome));
    });
  });
}

void Dispatcher::on_outcome(std::shared_ptr<Claim> claim, HttpOutcome outcome) {
  Finished finished{.claim = std::move(claim), .http = std::move(outcome)};
  const Claim& c = *finished.claim;
  if (!c.fetch) {
    finished.delivery = {.delivery = c.delivery,
                         .outcome = outcome_of(finished.http),
                         .finished_at = context_.clock.now(),
                         .jitter_draw = static_cast<int>(jitter_.below(1001))};
    finished.delivery.attempt = {.delivery = c.delivery.key,
                                 .number = c.delivery.attempts + 1,
                                 .started_at = c.started_at,
                                 .duration = finished.http.duration,
                                 .response_status = finished.http.status,
                                 .error = finished.delivery.outcome.error,
                                 .response_body = std::move(finished.http.body)};
  }
  finished_.push_back(std::move(finished));
  if (!recording_ && record_again_ == Timestamp{}) record();
}

// --- recording -----------------------------------------------------------------------------------

/// All outcomes that have gathered, in one write; the next ones gather meanwhile.
void Dispatcher::record() {
  if (finished_.empty() || recording_) return;
  recording_ = true;
  const auto batch = std::make_shared<std::vector<Finished>>(std::move(finished_));
  finished_.clear();
  commit(
      context_,
      [this, batch](Tx& tx, Effects& effects) -> Result<void> {
        std::map<TriggerNo, std::optional<Trigger>> triggers;
        for (Finished& finished : *batch) {
          const Claim& claim = *finished.claim;
          if (claim.fetch) {
            finish_fetch(context_, tx, effects, *claim.fetch, finished.http, context_.clock.now());
            continue;
          }
          const TriggerNo no = claim.delivery.trigger;
          const auto [at, fresh] = triggers.try_emplace(no);
          if (fresh) at->second = tx.trigger(no);
          if (!at->second) continue;  // deleted meanwhile; trim() clears its rows
          FinishedDelivery& f = finished.delivery;
          f.delivery = claim.delivery;  // from the start each time this runs
          core::apply(f.delivery, *at->second, f.outcome, f.finished_at, f.jitter_draw);
          tx.update_delivery(f.delivery);
          tx.insert_attempt(f.attempt);
        }
        for (const auto& [no, trigger] : triggers) {
          if (trigger) tx.update_trigger_progress(*trigger);
        }
        for (Finished& finished : *batch) {
          if (finished.claim->fetch) continue;
          finished.trigger_after = triggers.at(finished.claim->delivery.trigger);
        }
        return {};
      },
      [this, batch](Result<void> result) {
        self_.post([this, batch, result = std::move(result)]() mutable {
          on_recorded(std::move(*batch), std::move(result));
        });
      });
}

void Dispatcher::on_recorded(std::vector<Finished> batch, Result<void> result) {
  recording_ = false;
  const Timestamp now = context_.clock.now();
  if (!result) {
    // The outcomes are kept and recorded later; their rows stay leased, so nothing is sent twice.
    log::error("cannot record " + std::to_string(batch.size()) +
               " outcomes, trying again: " + result.error().message);
    batch.insert(batch.end(), std::make_move_iterator(finished_.begin()),
                 std::make_move_iterator(finished_.end()));
    finished_ = std::move(batch);
    record_again_ = now + limits_.store_retry;
    return;
  }
  for (Finished& finished : batch) release(finished, now);
  record();
}

void Dispatcher::release(Finished& finished, Timestamp now) {
  LaneState& lane = *finished.claim->lane;
  lane.in_flight.erase(finished.claim->key);
  --in_flight_;
  if (finished.claim->fetch) {
    return reschedule(lane, std::min(lane.head, now));
  }
  const FinishedDelivery& done = finished.delivery;
  ++counters_.attempts;
  counters_.delivered += done.delivery.state == DeliveryState::delivered;
  counters_.failed += !core::is_success(done.outcome);
  counters_.dead += done.delivery.state == DeliveryState::dead;
  if (!finished.trigger_after) {
    lane.closed = true;  // the trigger is gone
    return take_off_agenda(lane);
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
  if (observer_) observer_->on_attempt(after, done, *finished.claim->event);
}

/// Halves the limit of a lane whose endpoint does not answer, doubles it back when it does.
void Dispatcher::adapt(LaneState& lane, const Finished& finished) {
  const int max = lane.max();
  if (did_not_answer(finished.delivery.outcome)) {
    lane.limit = std::max(1, std::min(lane.limit, max) / 2);
  } else if (lane.limit < max) {
    lane.limit = std::min(max, lane.limit * 2);
  }
}

}  // namespace malote::engine
