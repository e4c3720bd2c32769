#include "sim/oracle.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/json.h"
#include "crypto/hmac.h"

namespace malote::sim {

namespace {

constexpr int kPauseAfter = 50;
constexpr Millis kLongestRetryAfter = std::chrono::hours{24};
/// One timeout of endpoints that nobody knows to be slow yet, and tries of a store that fails.
constexpr std::int64_t kPromptMs = 15'000;

std::string header(const HttpRequest& request, std::string_view name) {
  const auto* value = find_header(request.headers, name);
  return value ? *value : std::string{};
}

/// The catalogue of scenario.cc has one alias; patterns are written out here on purpose.
bool covers(const std::string& pattern, const std::string& type) {
  if (pattern == "*" || pattern == type) return true;
  if (pattern == "payment.success") return type == "payment.confirmed";
  if (!pattern.ends_with(".*")) return false;
  return type.starts_with(pattern.substr(0, pattern.size() - 1));
}

bool wants(const TriggerFacts& trigger, const std::string& type, const std::string& source) {
  if (trigger.deleted) return false;
  if (!trigger.server_id.empty() && trigger.server_id != source) return false;
  return std::ranges::any_of(trigger.events, [&](const auto& e) { return covers(e, type); });
}

std::string ref_of(const Event& event) {
  const auto data = json::Document::parse(event.data);
  if (!data) return {};
  const auto ref = data->root()["ref"].as_string();
  return std::string{ref ? *ref : data->root()["id"].as_string().value_or("")};
}

std::string name(DeliveryKey key) { return text_of(key); }

}  // namespace

// --- commits -------------------------------------------------------------------------------------

void Oracle::committed(const CommitLog& log, std::int64_t commit) {
  commit_ = commit;
  for (const auto& note : log.notes) note();
  for (const Change& change : log.changes) {
    if (!std::holds_alternative<Progress>(change) && !std::holds_alternative<NewRun>(change) &&
        !std::holds_alternative<ChangedDelivery>(change)) {
      std::visit([this](const auto& c) { apply(c); }, change);
    }
  }
  // Only then is what the engine wrote compared: the log's order inside a commit is its own affair.
  for (const Change& change : log.changes) {
    if (const auto* row = std::get_if<ChangedDelivery>(&change)) apply(*row);
    if (const auto* row = std::get_if<Progress>(&change)) apply(*row);
    const auto* event = std::get_if<Event>(&change);
    if (event && !events_[event->key].owed.empty()) {
      world_.broken("event " + text_of(event->key) + " was committed without a delivery to " +
                    triggers_.at(*events_[event->key].owed.begin()).id);
    }
    if (event) loops_.event_stored(*event);
  }
  for (const Change& change : log.changes) {
    if (const auto* row = std::get_if<NewRun>(&change)) apply(*row);
  }
  loops_.commit_ended();
}

void Oracle::apply(const Event& event) {
  EventFacts facts{event.type, event.source, ref_of(event), {}};
  if (event.source != "test") {
    for (const auto& [no, trigger] : triggers_) {
      if (wants(trigger, event.type, event.source)) facts.owed.insert(no);
    }
  }
  world_.note("event", event.key.value, static_cast<std::int64_t>(facts.owed.size()), event.type);
  events_[event.key] = std::move(facts);
}

void Oracle::apply(const NewDelivery& change) {
  const Delivery& row = change.row;
  world_.note("owe", row.key.value, row.trigger.value, word(row.origin));
  if (row.origin == DeliveryOrigin::fan_out && events_[row.event].owed.erase(row.trigger) == 0) {
    return world_.broken(name(row.key) + " is owed twice, or to a trigger that did not ask");
  }
  deliveries_[row.key] = {
      .trigger = row.trigger, .event = row.event, .origin = row.origin, .owed_at = world_.now()};
}

void Oracle::apply(const Attempt& attempt) {
  const auto at = deliveries_.find(attempt.delivery);
  if (at == deliveries_.end())
    return world_.broken("an attempt of an unknown delivery was recorded");
  DeliveryFacts& delivery = at->second;
  for (AttemptFacts& facts : delivery.attempts) {
    const bool fits = facts.life == world_.life() && facts.ended_at >= 0 && !facts.recorded &&
                      facts.number == attempt.number;
    if (!fits) continue;
    if (facts.status != attempt.response_status || facts.error != attempt.error) {
      return world_.broken(name(attempt.delivery) + ": the log says " + attempt.error +
                           ", the endpoint said " + facts.error);
    }
    facts.recorded = true;
    world_.note("recorded", attempt.delivery.value, attempt.number, attempt.error);
    TriggerFacts& trigger = triggers_.at(delivery.trigger);
    const TriggerStatus before = trigger.status;
    apply_outcome(delivery, trigger, facts);
    if (trigger.status != before && on_auto_pause_) on_auto_pause_(delivery.trigger);
    return;
  }
  world_.broken(name(attempt.delivery) + ": attempt " + std::to_string(attempt.number) +
                " was recorded but did not happen");
}

void Oracle::apply_outcome(DeliveryFacts& delivery, TriggerFacts& trigger,
                           const AttemptFacts& attempt) {
  ++delivery.recorded;
  if (attempt.error.empty()) {
    delivery.state = DeliveryState::delivered;
    ++trigger.runs;
    if (trigger.streak > 0) ++trigger.streak_epoch;
    trigger.streak = 0;
    return;
  }
  if (delivery.streak_epoch != trigger.streak_epoch) {
    delivery.streak_epoch = trigger.streak_epoch;
    if (++trigger.streak >= kPauseAfter)
      close(trigger, TriggerStatus::paused, "consecutive_failures");
  }
  if (attempt.status == 410) close(trigger, TriggerStatus::paused, "gone");
  if (attempt.error.starts_with("ssrf_blocked:")) {
    close(trigger, TriggerStatus::error, attempt.error);
  }
  const auto done = static_cast<std::size_t>(delivery.recorded);
  if (done > trigger.retry.gaps.size()) {
    delivery.state = DeliveryState::dead;
    return;
  }
  delivery.state = DeliveryState::failed;
  const Millis gap = trigger.retry.gaps[done - 1];
  const Timestamp asked = std::min(attempt.retry_after, attempt.ended_clock + kLongestRetryAfter);
  delivery.due_floor = std::max(attempt.ended_clock + gap, asked);
  delivery.due_ceiling =
      std::max(attempt.ended_clock + gap + gap * trigger.retry.jitter_permille / 1000, asked) +
      Millis{grace()};
  if (jumped_since(attempt.ended_at)) {
    delivery.due_floor = {};
    delivery.due_ceiling = Timestamp::max();
  }
}

void Oracle::apply(const ChangedDelivery& change) {
  const auto at = deliveries_.find(change.row.key);
  if (at == deliveries_.end()) return world_.broken("an unknown delivery was changed");
  const DeliveryFacts& facts = at->second;
  const Delivery& row = change.row;
  if (row.state != facts.state || row.attempts != facts.recorded) {
    return world_.broken(name(row.key) + " became " + std::string{word(row.state)} + " after " +
                         std::to_string(row.attempts) + " attempts; right is " +
                         std::string{word(facts.state)} + " after " +
                         std::to_string(facts.recorded));
  }
  check_due(row, facts);
}

void Oracle::check_due(const Delivery& row, const DeliveryFacts& facts) const {
  if (row.state != DeliveryState::failed) return;
  const std::string head = name(row.key) + " is due ";
  if (row.due_at < facts.due_floor) {
    const auto early = (facts.due_floor - row.due_at).count();
    world_.broken(head + std::to_string(early) + " ms before the ladder or the receiver allows it");
  } else if (row.due_at > facts.due_ceiling) {
    const auto late = (row.due_at - facts.due_ceiling).count();
    world_.broken(head + std::to_string(late) + " ms after the jitter ends");
  }
}

void Oracle::apply(const Progress& change) {
  const auto at = triggers_.find(change.row.no);
  if (at == triggers_.end() || at->second.deleted) return;
  const TriggerFacts& facts = at->second;
  if (change.row.status != facts.status || change.row.streak != facts.streak ||
      change.row.total_runs != facts.runs || change.row.paused_reason != facts.paused_reason) {
    world_.broken("trigger " + facts.id + " is written as " + std::string{word(change.row.status)} +
                  " with streak " + std::to_string(change.row.streak) + " and " +
                  std::to_string(change.row.total_runs) + " runs; right is " +
                  std::string{word(facts.status)} + ", " + std::to_string(facts.streak) + " and " +
                  std::to_string(facts.runs));
  }
}

void Oracle::close(TriggerFacts& trigger, TriggerStatus status, std::string_view reason) {
  if (trigger.status != TriggerStatus::active) return;
  trigger.status = status;
  trigger.paused_reason = reason;
  world_.note(word(status), trigger.streak, 0, reason);
  note_closed(trigger);
}

void Oracle::note_closed(TriggerFacts& trigger) {
  trigger.closed_known_at = -1;
  for (const auto& [no, facts] : triggers_) {
    if (&facts == &trigger) untold_closed_.emplace_back(commit_, no);
  }
}

void Oracle::reported(std::int64_t commit) {
  const auto tell = [&](auto& untold, auto member) {
    std::erase_if(untold, [&](const auto& entry) {
      if (entry.first > commit) return false;
      triggers_.at(entry.second).*member = world_.now();
      return true;
    });
  };
  tell(untold_closed_, &TriggerFacts::closed_known_at);
  tell(untold_rotated_, &TriggerFacts::rotated_known_at);
}

void Oracle::node_started() {
  reported(commit_);
  node_started_at_ = world_.now();
  for (auto& [no, trigger] : triggers_) {
    trigger.in_flight = 0;
    trigger.starts.clear();  // the limit is kept in the node's memory
  }
  for (auto& [key, delivery] : deliveries_) delivery.in_flight = false;
}

// --- the workload --------------------------------------------------------------------------------

void Oracle::trigger_created(const Trigger& trigger, const Secret& secret) {
  world_.note("trigger", trigger.no.value, trigger.max_in_flight);
  TriggerFacts facts{.id = trigger.id,
                     .events = trigger.events,
                     .server_id = trigger.server_id,
                     .retry = trigger.retry,
                     .max_in_flight = trigger.max_in_flight,
                     .rate_limit_per_s = trigger.rate_limit_per_s,
                     .is_prompt = trigger.url.starts_with("https://prompt"),
                     .claimable_at = world_.now()};
  facts.secret = secret.reveal();
  triggers_[trigger.no] = std::move(facts);
}

void Oracle::trigger_patched(const Trigger& trigger) {
  TriggerFacts& facts = triggers_.at(trigger.no);
  facts.events = trigger.events;
  world_.note("patched", trigger.no.value, 0, word(trigger.status));
  if (trigger.status == TriggerStatus::active && facts.status != TriggerStatus::active) {
    facts.status = TriggerStatus::active;
    facts.paused_reason.clear();
    facts.claimable_at = world_.now();
    facts.streak = 0;
    ++facts.streak_epoch;
    std::erase_if(untold_closed_, [&](const auto& entry) { return entry.second == trigger.no; });
  } else if (trigger.status == TriggerStatus::paused) {
    close(facts, TriggerStatus::paused, "manual");
  }
}

void Oracle::trigger_deleted(TriggerNo no) {
  world_.note("deleted", no.value);
  TriggerFacts& facts = triggers_.at(no);
  facts.deleted = true;
  note_closed(facts);
}

void Oracle::secret_rotated(TriggerNo no, const Secret& secret) {
  world_.note("rotated", no.value);
  TriggerFacts& facts = triggers_.at(no);
  if (facts.rotated_known_at >= 0 || facts.previous_secret.empty())
    facts.previous_secret = facts.secret;
  facts.secret = secret.reveal();
  facts.rotated_known_at = -1;
  untold_rotated_.emplace_back(commit_, no);
}

void Oracle::redelivered(TriggerNo no) {
  TriggerFacts& facts = triggers_.at(no);
  if (facts.streak > 0) ++facts.streak_epoch;
  facts.streak = 0;
}

void Oracle::retried_pending() {
  for (auto& [key, delivery] : deliveries_) {
    if (delivery.state != DeliveryState::failed) continue;
    if (triggers_.at(delivery.trigger).status == TriggerStatus::active) delivery.due_floor = {};
  }
}

void Oracle::clock_corrected(Timestamp clock) {
  loops_.clock_corrected(clock);
  constexpr Millis kUntilNoticed = std::chrono::minutes{10};  // the node may be down
  for (auto& [key, delivery] : deliveries_) {
    if (delivery.due_floor <= clock + kLongestRetryAfter) continue;
    delivery.due_floor = clock;
    delivery.due_ceiling = clock + kLongestRetryAfter + kUntilNoticed;
  }
}

/// From a commit's report to the dispatcher's knowledge: hops of its mailbox, and slack.
std::int64_t Oracle::grace() const { return 20 + 3 * world_.longest_hop(); }

bool Oracle::jumped_since(std::int64_t at) const {
  return std::ranges::any_of(jumps_, [&](std::int64_t jump) { return jump >= at; });
}

// --- the endpoints -------------------------------------------------------------------------------

DeliveryKey Oracle::attempt_begins(const HttpRequest& request, Timestamp clock) {
  const auto key = parse_delivery_key(header(request, "X-CodeSpar-Delivery-Id"));
  const auto at = key ? deliveries_.find(*key) : deliveries_.end();
  if (at == deliveries_.end()) {
    world_.broken("a request came that is of no stored delivery");
    return {};
  }
  check_begin(request, *key, clock);
  DeliveryFacts& delivery = at->second;
  TriggerFacts& trigger = triggers_.at(delivery.trigger);
  check_prompt(delivery, trigger);
  check_signatures(request, trigger);
  if (delivery.body.empty()) delivery.body = request.body;
  if (delivery.body != request.body) world_.broken(name(*key) + ": the re-sent body differs");
  delivery.in_flight = true;
  delivery.attempts.push_back({.number = delivery.recorded + 1, .life = world_.life()});
  ++trigger.in_flight;
  check_limits(trigger);
  ++attempts_;
  return *key;
}

void Oracle::check_begin(const HttpRequest& request, DeliveryKey key, Timestamp clock) {
  const DeliveryFacts& delivery = deliveries_.at(key);
  const TriggerFacts& trigger = triggers_.at(delivery.trigger);
  world_.note("attempt", key.value, delivery.recorded + 1);
  if (delivery.in_flight) world_.broken(name(key) + ": two attempts at the same time");
  if (is_finished(delivery.state)) world_.broken(name(key) + ": sent again after it was finished");
  if (header(request, "X-CodeSpar-Attempt") != std::to_string(delivery.recorded + 1)) {
    world_.broken(name(key) + ": attempt " + header(request, "X-CodeSpar-Attempt") + " follows " +
                  std::to_string(delivery.recorded) + " recorded ones");
  }
  if (delivery.recorded > static_cast<int>(trigger.retry.gaps.size())) {
    world_.broken(name(key) + ": more attempts than the ladder has");
  }
  if (clock < delivery.due_floor) {
    world_.broken(name(key) + ": attempt " + std::to_string(delivery.recorded + 1) + " began " +
                  std::to_string((delivery.due_floor - clock).count()) + " ms too early");
  }
  const bool closed = trigger.deleted || trigger.status != TriggerStatus::active;
  if (closed && trigger.closed_known_at >= 0 && world_.now() > trigger.closed_known_at + grace()) {
    world_.broken(name(key) + ": an attempt began though trigger " + trigger.id + " is " +
                  (trigger.deleted ? "deleted" : "paused: " + trigger.paused_reason));
  }
}

/// Slow endpoints, however many, must not hold up one that is quick and has nothing in flight.
void Oracle::check_prompt(const DeliveryFacts& delivery, const TriggerFacts& trigger) {
  if (!trigger.is_prompt || trigger.in_flight > 0 || delivery.recorded > 0) return;
  const auto since = std::max({delivery.owed_at, trigger.claimable_at, node_started_at_});
  // A delivery owed before a jump is due by the clock of that time: one that went back by less than
  // the engine's kClockStep is waited for.
  if (jumped_since(delivery.owed_at) || world_.now() <= since + kPromptMs) return;
  world_.broken("trigger " + trigger.id + " has nothing in flight, and its delivery waited for " +
                std::to_string(world_.now() - since) + " ms");
}

void Oracle::check_limits(TriggerFacts& trigger) {
  if (trigger.in_flight > trigger.max_in_flight) {
    world_.broken("trigger " + trigger.id + " has " + std::to_string(trigger.in_flight) +
                  " attempts in flight");
  }
  if (trigger.rate_limit_per_s == 0) return;
  const std::int64_t now = world_.now();
  std::erase_if(trigger.starts, [&](std::int64_t at) { return at <= now - 1000; });
  trigger.starts.push_back(now);
  // One more than the rate for milliseconds; a jump of the clock may let a second pass unseen.
  const bool excused = std::ranges::any_of(jumps_, [&](auto at) { return at > now - 2000; });
  if (!excused && static_cast<int>(trigger.starts.size()) > trigger.rate_limit_per_s + 1) {
    world_.broken("trigger " + trigger.id + " got " + std::to_string(trigger.starts.size()) +
                  " attempts in a second");
  }
}

void Oracle::check_signatures(const HttpRequest& request, const TriggerFacts& trigger) {
  const std::string seconds = header(request, "webhook-timestamp");
  const auto verifies = [&](const std::string& secret) {
    using crypto::Hash;
    const std::string timed =
        hex_encode(crypto::hmac(Hash::sha256, secret, seconds + "." + request.body));
    const std::string key = base64_decode(secret.substr(6)).value_or("");
    const std::string standard = base64_encode(crypto::hmac(
        Hash::sha256, key, header(request, "webhook-id") + "." + seconds + "." + request.body));
    return header(request, "X-CodeSpar-Signature") ==
               hex_encode(crypto::hmac(Hash::sha256, secret, request.body)) &&
           header(request, "X-CodeSpar-Signature-V1") == "t=" + seconds + ",v1=" + timed &&
           header(request, "webhook-signature") == "v1," + standard;
  };
  if (verifies(trigger.secret)) return;
  const bool told =
      trigger.rotated_known_at >= 0 && world_.now() > trigger.rotated_known_at + grace();
  if (!told && !trigger.previous_secret.empty() && verifies(trigger.previous_secret)) return;
  world_.broken("a request to trigger " + trigger.id + " is not signed with its secret");
}

void Oracle::attempt_seen(DeliveryKey key) { ++deliveries_.at(key).seen; }

void Oracle::attempt_ends(DeliveryKey key, const HttpOutcome& outcome, Timestamp clock,
                          Timestamp retry_after) {
  DeliveryFacts& delivery = deliveries_.at(key);
  AttemptFacts& attempt = delivery.attempts.back();
  attempt.ended_at = world_.now();
  attempt.ended_clock = clock;
  attempt.status = outcome.status;
  attempt.error = outcome.error;
  if (outcome.error.empty() && outcome.status / 100 != 2) {
    attempt.error = "http_" + std::to_string(outcome.status);
  }
  attempt.retry_after = retry_after;
  delivery.in_flight = false;
  TriggerFacts& trigger = triggers_.at(delivery.trigger);
  if (--trigger.in_flight == 0) trigger.claimable_at = world_.now();
  world_.note("outcome", key.value, outcome.status, outcome.error);
}

}  // namespace malote::sim
