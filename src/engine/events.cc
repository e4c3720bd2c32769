#include "engine/events.h"

#include "core/fan_out.h"

namespace malote::engine {

Result<std::vector<Published>> Events::publish(Tx& tx, Effects& effects, ProjectNo project,
                                               bool livemode,
                                               const std::vector<NewEvent>& events) const {
  std::vector<Published> published;
  published.reserve(events.size());
  const Timestamp now = context_.clock.now();
  for (const NewEvent& wish : events) {
    if (!wish.dedupe_key.empty()) {
      if (const auto known = tx.event_by_dedupe(project, {}, wish.dedupe_key)) {
        const auto first = tx.event(*known);
        published.push_back({*known, first ? first->type : wish.type, true, 0});
        continue;
      }
    }
    Event event{.project = project,
                .type = context_.catalogue.canonical(wish.type),
                .source = "api",
                .occurred_at = wish.occurred_at.value_or(now),
                .received_at = now,
                .livemode = livemode,
                .external_reference = wish.external_reference,
                .dedupe_key = wish.dedupe_key,
                .data = wish.data,
                .trace = wish.trace};
    const int deliveries = append_and_fan_out(context_, tx, effects, event, now);
    published.push_back({event.key, event.type, false, deliveries});
  }
  return published;
}

Result<Replayed> Events::replay(Tx& tx, Effects& effects, ProjectNo project, EventKey key,
                                const std::optional<std::string>& trigger_id) const {
  const auto event = tx.event(key);
  if (!event || event->project != project) return fail(Errc::not_found, "no such event");
  const Timestamp now = context_.clock.now();
  const auto wants = [&](const std::vector<std::string>& events, const std::string& server_id) {
    return core::wakes(context_.catalogue, {events, server_id}, event->type, event->source);
  };
  if (trigger_id) {
    const auto trigger = tx.trigger(project, *trigger_id);
    if (!trigger) return fail(Errc::trigger_not_found, "no such trigger");
    if (!wants(trigger->events, trigger->server_id)) {
      return fail(Errc::trigger_event_mismatch, "the trigger does not subscribe to " + event->type);
    }
    if (trigger->status != TriggerStatus::active) {
      return fail(Errc::trigger_not_active, "the trigger is " + std::string{word(trigger->status)});
    }
    queue_delivery(tx, effects, *event, *trigger, DeliveryOrigin::replay, now);
    return Replayed{1};
  }
  Replayed replayed;
  for (const Subscription& subscription : tx.subscriptions(project)) {
    if (!wants(subscription.events, subscription.server_id)) continue;
    const auto trigger = tx.trigger(subscription.no);
    if (!trigger || trigger->status != TriggerStatus::active) continue;
    queue_delivery(tx, effects, *event, *trigger, DeliveryOrigin::replay, now);
    ++replayed.dispatched;
  }
  return replayed;
}

}  // namespace malote::engine
