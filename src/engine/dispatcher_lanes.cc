// The dispatcher's lanes: when each may claim, whose turn it is, and how much it may have.
#include "engine/dispatcher_state.h"

namespace malote::engine {

namespace {

bool did_not_answer(const core::AttemptOutcome& outcome) {
  return outcome.status == 0;  // timeout, refused, reset, blocked
}

}  // namespace

Dispatcher::LaneState& Dispatcher::lane_state(Lane lane) {
  auto& state = lanes_[lane];
  if (!state) {
    state = std::make_unique<LaneState>();
    state->lane = lane;
    state->limit =
        kind_of(lane) == LaneKind::connection ? kFetchesInFlight : limits_.max_in_flight_total;
  }
  return *state;
}

void Dispatcher::take_off_agenda(LaneState& lane) {
  if (lane.on_agenda != kNever) agenda_.erase({lane.on_agenda, lane.lane});
  if (lane.ready) lane.ready->erase({lane.served, lane.lane});
  lane.on_agenda = kNever;
  lane.ready = nullptr;
  count_work(lane);
}

Dispatcher::Pool& Dispatcher::pool_of(const LaneState& lane) {
  return is_loop(lane.lane) ? runs_ : sends_;
}
const Dispatcher::Pool& Dispatcher::pool_of(const LaneState& lane) const {
  return is_loop(lane.lane) ? runs_ : sends_;
}

/// Moves the lanes whose time has come to where they wait for their turn.
void Dispatcher::make_ready(Timestamp now) {
  while (!agenda_.empty() && agenda_.begin()->first <= now) {
    LaneState& lane = *lanes_.at(agenda_.begin()->second);
    agenda_.erase(agenda_.begin());
    lane.on_agenda = kNever;
    lane.ready = may_use_reserve(lane) ? &ready_quick_ : &pool_of(lane).ready;
    lane.ready->emplace(lane.served, lane.lane);
    count_work(lane);
  }
}

void Dispatcher::count_work(LaneState& lane) {
  const bool has_work = lane.ready || !lane.in_flight.empty();
  pool_of(lane).with_work += static_cast<int>(has_work) - static_cast<int>(lane.counted);
  lane.counted = has_work;
}

/// A lane above its share has something in flight, so it is looked at again when that ends.
int Dispatcher::share(const LaneState& lane) const {
  const Pool& pool = pool_of(lane);
  if (pool.in_flight < pool.slots / 2) return pool.slots;
  const int equal = pool.slots / std::max(1, pool.with_work);
  return std::max({1, equal, is_loop(lane.lane) ? 1 : lane.few});
}

/// A lane may have as much in flight as it leaves to the others: one whose endpoint is slow, or
/// whose listener keeps what it took, does not stop them.
bool Dispatcher::has_bytes_left(const LaneState& lane) const {
  return lane.bytes < limits_.max_bytes_in_flight - bytes_in_flight_;
}

int Dispatcher::free_slots(const LaneState& lane) const {
  if (lane.bytes > 0 && !has_bytes_left(lane)) return 0;
  return std::min({lane.limit, lane.max(), share(lane)}) - static_cast<int>(lane.in_flight.size());
}

bool Dispatcher::may_use_reserve(const LaneState& lane) const {
  return !is_loop(lane.lane) && static_cast<int>(lane.in_flight.size()) < lane.few;
}

/// Whose turn it is, if there is room for anything.
Dispatcher::LaneState* Dispatcher::next_ready() const {
  if (bytes_in_flight_ >= limits_.max_bytes_in_flight) return nullptr;
  const Waiting* first = nullptr;
  const auto consider = [&](const Waiting& waiting, bool has_room) {
    if (!has_room || waiting.empty()) return;
    if (!first || *waiting.begin() < *first->begin()) first = &waiting;
  };
  consider(ready_quick_, sends_.in_flight < sends_.slots + reserve());
  consider(sends_.ready, !sends_.is_full());
  consider(runs_.ready, !runs_.is_full());
  return first ? lanes_.at(first->begin()->second).get() : nullptr;
}

/// Once nothing of theirs is in flight.
void Dispatcher::forget_gone(const std::vector<LaneState*>& round) {
  for (const LaneState* lane : round) {
    if (lane->gate == LaneState::Gate::gone && lane->in_flight.empty()) lanes_.erase(lane->lane);
  }
}

std::optional<Dispatcher::Rate> Dispatcher::LaneState::rate() const {
  using std::chrono::seconds;
  const int per_s = target ? target->trigger.rate_limit_per_s : 0;
  if (per_s > 0) return Rate{per_s, seconds{1}, per_s / 10};
  const int per_minute = fetches.per_minute;
  if (per_minute > 0) return Rate{per_minute, seconds{60}, per_minute / 6};
  return {};
}

/// How far a lane's sends reach into the future; 0 when the clock went back behind them.
std::chrono::nanoseconds Dispatcher::paid_ahead(const LaneState& lane, const Rate& rate,
                                                Timestamp now) {
  const std::chrono::nanoseconds ahead = lane.paid_until - now.time_since_epoch();
  if (ahead > rate.slack + 2 * rate.spacing + std::chrono::seconds{1}) return {};
  return std::max(ahead, std::chrono::nanoseconds{0});
}

Timestamp Dispatcher::rate_limited_until(const LaneState& lane) const {
  const auto rate = lane.rate();
  if (!rate) return Timestamp{};
  const Timestamp now = context_.clock.now();
  return now + std::chrono::ceil<Millis>(paid_ahead(lane, *rate, now) - rate->slack);
}

/// How many may be sent now.
int Dispatcher::rate_allows(const LaneState& lane, Timestamp now) const {
  const auto rate = lane.rate();
  if (!rate) return limits_.max_in_flight_total;
  const auto ahead = paid_ahead(lane, *rate, now);
  return ahead > rate->slack ? 0 : static_cast<int>((rate->slack - ahead) / rate->spacing) + 1;
}

void Dispatcher::pay(LaneState& lane, Timestamp now) {
  const auto rate = lane.rate();
  if (rate) lane.paid_until = now.time_since_epoch() + paid_ahead(lane, *rate, now) + rate->spacing;
}

void Dispatcher::put_on_agenda(LaneState& lane) {
  take_off_agenda(lane);
  const bool open = !stopped_ && lane.gate == LaneState::Gate::open;
  if (!open || lane.head == kNever || free_slots(lane) <= 0) return;
  lane.on_agenda = std::max({lane.head, rate_limited_until(lane), lane.held_until});
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
  lane.gate = LaneState::Gate::open;
  lane.limit = limits_.max_in_flight_total;
  reschedule(lane, Timestamp{});  // look: it may have been resumed with a backlog
}

void Dispatcher::loop_changed(LoopNo no) { lane_state(lane_of(no)).max_runs = 0; }

Timestamp Dispatcher::next_wakeup() const {
  Timestamp at = kNever;
  for (const Timestamp again : {record_again_, pull_again_}) {
    if (again != Timestamp{}) at = std::min(at, again);
  }
  if (!agenda_.empty()) at = std::min(at, agenda_.begin()->first);
  if (next_ready()) at = std::min(at, claim_again_);
  return at;
}

void Dispatcher::stop() {
  stopped_ = true;
  for (auto& [no, lane] : lanes_) take_off_agenda(*lane);
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
