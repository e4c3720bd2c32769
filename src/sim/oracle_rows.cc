// The oracle's end of a run: the store's rows against the model.
#include "base/json.h"
#include "sim/oracle.h"

namespace malote::sim {

namespace {

constexpr int kAll = 100'000;

std::string ref_in(const Event& event) {
  const auto data = json::Document::parse(event.data);
  if (!data) return {};
  const auto ref = data->root()["ref"].as_string();
  return std::string{ref ? *ref : data->root()["id"].as_string().value_or("")};
}

}  // namespace

int Oracle::waiting_on_active() const {
  int waiting = 0;
  for (const auto& [key, delivery] : deliveries_) {
    const TriggerFacts& trigger = triggers_.at(delivery.trigger);
    const bool active = !trigger.deleted && trigger.status == TriggerStatus::active;
    waiting += active && !is_finished(delivery.state) ? 1 : 0;
  }
  return waiting;
}

Timestamp Oracle::latest_due() const {
  Timestamp latest{};
  for (const auto& [key, delivery] : deliveries_) {
    if (delivery.state == DeliveryState::failed && delivery.due_ceiling != Timestamp::max()) {
      latest = std::max(latest, delivery.due_ceiling);
    }
  }
  return latest;
}

void Oracle::check_trigger_row(const ReadTx& tx, TriggerNo no, const TriggerFacts& facts) const {
  const auto row = tx.trigger(no);
  if (facts.deleted) {
    if (row) world_.broken("a deleted trigger is still there");
    return;
  }
  if (!row) return world_.broken("trigger " + facts.id + " vanished");
  if (row->status != facts.status || row->streak != facts.streak || row->total_runs != facts.runs) {
    return world_.broken("trigger " + facts.id + " is stored as " + std::string{word(row->status)} +
                         ", streak " + std::to_string(row->streak) + ", runs " +
                         std::to_string(row->total_runs) + "; right is " +
                         std::string{word(facts.status)} + ", " + std::to_string(facts.streak) +
                         ", " + std::to_string(facts.runs));
  }
  std::int64_t owed = 0;
  for (const auto& [key, delivery] : deliveries_) {
    owed += delivery.trigger == no && !is_finished(delivery.state) ? 1 : 0;
  }
  const auto queued = tx.pending_count(lane_of(no));
  if (queued != owed) {
    world_.broken("trigger " + facts.id + " owes " + std::to_string(owed) + " deliveries, but " +
                  std::to_string(queued) + " are queued");
  }
}

void Oracle::check_delivery_row(const ReadTx& tx, DeliveryKey key,
                                const DeliveryFacts& facts) const {
  if (triggers_.at(facts.trigger).deleted) return;
  const auto row = tx.delivery(key);
  if (!row) return world_.broken(text_of(key) + " vanished");
  if (row->state != facts.state || row->attempts != facts.recorded) {
    return world_.broken(text_of(key) + " is stored as " + std::string{word(row->state)} +
                         " after " + std::to_string(row->attempts) + " attempts; right is " +
                         std::string{word(facts.state)} + " after " +
                         std::to_string(facts.recorded));
  }
  check_due(*row, facts);
  const auto log = tx.attempts(key);
  std::size_t at = 0;
  for (const AttemptFacts& attempt : facts.attempts) {
    if (!attempt.recorded) continue;
    const bool equal = at < log.size() && log[at].number == attempt.number &&
                       log[at].response_status == attempt.status && log[at].error == attempt.error;
    if (!equal) return world_.broken(text_of(key) + ": the attempt log lacks or falsifies one");
    ++at;
  }
  if (at != log.size()) world_.broken(text_of(key) + ": the attempt log holds too much");
  if (facts.state == DeliveryState::delivered && facts.seen == 0) {
    world_.broken(text_of(key) + " is delivered, but no receiver saw it");
  }
}

void Oracle::check_event_rows(const ReadTx& tx, ProjectNo project) const {
  std::map<std::string, int> by_ref;
  std::size_t stored = 0;
  for (const Event& event : tx.events({.project = project}, {.limit = kAll})) {
    ++stored;
    const auto at = events_.find(event.key);
    if (at == events_.end()) return world_.broken(text_of(event.key) + " is stored out of nowhere");
    const std::string ref = ref_in(event);
    if (!ref.empty() && event.source != "test" && ++by_ref[ref] > 1) {
      return world_.broken("the event " + ref + " is stored twice");
    }
    if (forbidden_.contains(ref)) return world_.broken("the forged event " + ref + " was stored");
    for (const Delivery& row :
         tx.deliveries({.project = project, .event = event.key}, {.limit = kAll})) {
      if (deliveries_.contains(row.key)) continue;
      return world_.broken(text_of(row.key) + " is stored out of nowhere");
    }
  }
  if (stored != events_.size()) {
    world_.broken(std::to_string(events_.size()) + " events were committed, " +
                  std::to_string(stored) + " are stored");
  }
  for (const auto& ref : acknowledged_) {
    if (!by_ref.contains(ref)) return world_.broken("the acknowledged event " + ref + " is lost");
  }
}

void Oracle::check_rows(const Store& store, ProjectNo project) const {
  const auto result = store.read([&](const ReadTx& tx) -> Result<void> {
    for (const auto& [no, facts] : triggers_) check_trigger_row(tx, no, facts);
    for (const auto& [key, facts] : deliveries_) check_delivery_row(tx, key, facts);
    check_event_rows(tx, project);
    loops_.check_rows(tx);
    return {};
  });
  if (!result) world_.broken("the store cannot be read: " + result.error().message);
}

void Oracle::check_settled() const {
  for (const auto& [key, delivery] : deliveries_) {
    const TriggerFacts& trigger = triggers_.at(delivery.trigger);
    if (trigger.deleted) continue;
    if (delivery.in_flight) return world_.broken(text_of(key) + " is in flight for ever");
    for (const AttemptFacts& attempt : delivery.attempts) {
      if (attempt.life == world_.life() && attempt.ended_at >= 0 && !attempt.recorded) {
        return world_.broken(text_of(key) + ": an outcome was never recorded");
      }
    }
    if (!is_finished(delivery.state) && trigger.status == TriggerStatus::active) {
      return world_.broken(text_of(key) + " is " + std::string{word(delivery.state)} +
                           " and nothing will move it, though its trigger is active");
    }
  }
}

}  // namespace malote::sim
