#include "engine/context.h"

#include <future>
#include <memory>

#include "core/fan_out.h"
#include "engine/loops.h"

namespace malote::engine {

void commit(const Context& context, Operation operation, Store::WriteDone done) {
  const auto effects = std::make_shared<Effects>();
  context.store.submit(
      [operation = std::move(operation), effects](Tx& tx) {
        *effects = {};
        return operation(tx, *effects);
      },
      [listener = context.listener, effects, done = std::move(done)](Result<void> result) {
        if (result && listener) listener->on_commit(*effects);
        done(std::move(result));
      });
}

Result<void> commit_and_wait(const Context& context, Operation operation) {
  std::promise<Result<void>> promise;
  commit(context, std::move(operation),
         [&](Result<void> result) { promise.set_value(std::move(result)); });
  return promise.get_future().get();
}

Delivery queue_delivery(Tx& tx, Effects& effects, const Event& event, const Trigger& trigger,
                        DeliveryOrigin origin, Timestamp now) {
  Delivery delivery{.event = event.key,
                    .trigger = trigger.no,
                    .project = event.project,
                    .origin = origin,
                    .body_format = static_cast<std::uint8_t>(trigger.format),
                    .due_at = now};
  tx.append_delivery(delivery, now);
  effects.due.push_back({lane_of(trigger.no), now});
  return delivery;
}

int append_and_fan_out(const Context& context, Tx& tx, Effects& effects, Event& event,
                       Timestamp now) {
  tx.append_event(event, now);
  tx.count(event.project, now, Counted::events);
  int owed = 0;
  for (const Subscription& subscription : tx.subscriptions(event.project)) {
    const core::Wish wish{subscription.events, subscription.server_id};
    if (!core::wakes(context.catalogue, wish, event.type, event.source)) continue;
    Delivery delivery{.event = event.key,
                      .trigger = subscription.no,
                      .project = event.project,
                      .body_format = static_cast<std::uint8_t>(subscription.format),
                      .due_at = now};
    tx.append_delivery(delivery, now);
    effects.due.push_back({lane_of(subscription.no), now});
    ++owed;
  }
  start_runs(context, tx, effects, event, now);
  return owed;
}

}  // namespace malote::engine
