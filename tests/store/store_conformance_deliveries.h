// Store conformance: deliveries, attempts, the queue and fetches.
#pragma once

#include "store/store_conformance_fixture.h"

namespace malote::testing {

TEST_P(StoreConformance, ADeliveryIsQueuedWhenItIsMade) {
  const auto event = add_event();
  const auto delivery = add_delivery(event.key, kTrigger, now_);
  EXPECT_LT(event.key.value, delivery.key.value);
  EXPECT_EQ(due(kTrigger, now_), std::vector{delivery.key.value});
  EXPECT_TRUE(due(kTrigger, now_ - 1ms).empty());
  EXPECT_TRUE(due({8}, now_).empty());
  EXPECT_EQ(read([](const ReadTx& tx) { return tx.pending_count(lane_of(kTrigger)); }), 1);
}

TEST_P(StoreConformance, WorkIsClaimedInTheOrderOfDueTimeThenKey) {
  const auto event = add_event();
  const auto late = add_delivery(event.key, kTrigger, now_ + 10s);
  const auto first = add_delivery(event.key, kTrigger, now_);
  const auto second = add_delivery(event.key, kTrigger, now_);
  using Keys = std::vector<std::int64_t>;
  EXPECT_EQ(due(kTrigger, now_), (Keys{first.key.value, second.key.value}));
  EXPECT_EQ(due(kTrigger, now_ + 10s), (Keys{first.key.value, second.key.value, late.key.value}));
  EXPECT_EQ(due(kTrigger, now_ + 10s, 1), Keys{first.key.value});
}

TEST_P(StoreConformance, LaneHeadsTellWhereWorkWaitsAndSinceWhen) {
  const auto event = add_event();
  add_delivery(event.key, {2}, now_ + 5s);
  add_delivery(event.key, {1}, now_ + 9s);
  add_delivery(event.key, {2}, now_ + 3s);
  write([&](Tx& tx) { tx.put_fetch({.receipt = {99}, .connection = {1}, .due_at = now_}); });
  const auto heads = read([](const ReadTx& tx) { return tx.lane_heads(); });
  ASSERT_EQ(heads.size(), 3u);
  EXPECT_EQ(heads[0].lane, lane_of(TriggerNo{1}));
  EXPECT_EQ(heads[0].due_at, now_ + 9s);
  EXPECT_EQ(heads[1].lane, lane_of(ConnectionNo{1}));
  EXPECT_EQ(heads[1].due_at, now_);
  EXPECT_EQ(heads[2].lane, lane_of(TriggerNo{2}));
  EXPECT_EQ(heads[2].due_at, now_ + 3s);
  const auto head = read([](const ReadTx& tx) { return tx.lane_head(lane_of(TriggerNo{2})); });
  ASSERT_TRUE(head);
  EXPECT_EQ(head->due_at, now_ + 3s);
  EXPECT_FALSE(read([](const ReadTx& tx) { return tx.lane_head(lane_of(TriggerNo{3})); }));
}

TEST_P(StoreConformance, UpdatingADeliveryMovesOrRemovesItsQueueEntry) {
  auto delivery = add_delivery(add_event().key, kTrigger, now_);
  delivery.state = DeliveryState::failed;
  delivery.attempts = 1;
  delivery.response_status = 500;
  delivery.error = "http_500";
  delivery.due_at = now_ + 10s;
  delivery.streak_epoch = 4;
  write([&](Tx& tx) { tx.update_delivery(delivery); });
  EXPECT_TRUE(due(kTrigger, now_).empty());
  EXPECT_EQ(due(kTrigger, now_ + 10s), std::vector{delivery.key.value});
  const auto stored = read([&](const ReadTx& tx) { return tx.delivery(delivery.key); });
  EXPECT_EQ(stored->state, DeliveryState::failed);
  EXPECT_EQ(stored->attempts, 1);
  EXPECT_EQ(stored->response_status, 500);
  EXPECT_EQ(stored->error, "http_500");
  EXPECT_EQ(stored->streak_epoch, 4);
  delivery.state = DeliveryState::delivered;
  delivery.finished_at = now_ + 11s;
  delivery.receipt_acknowledged = true;
  write([&](Tx& tx) { tx.update_delivery(delivery); });
  EXPECT_TRUE(due(kTrigger, now_ + 1h).empty());
  EXPECT_EQ(read([&](const ReadTx& tx) { return tx.delivery(delivery.key); })->finished_at,
            now_ + 11s);
  EXPECT_TRUE(read([](const ReadTx& tx) { return tx.lane_heads(); }).empty());
}

TEST_P(StoreConformance, UpdatingADeliveryThatIsGoneQueuesNothing) {
  Delivery gone{.key = {12345},
                .event = {1},
                .trigger = kTrigger,
                .state = DeliveryState::failed,
                .due_at = now_};
  write([&](Tx& tx) { tx.update_delivery(gone); });
  EXPECT_TRUE(due(kTrigger, now_).empty());
}

TEST_P(StoreConformance, AttemptsComeBackInOrderAndCountOnce) {
  const auto delivery = add_delivery(add_event().key, kTrigger, now_);
  write([&](Tx& tx) {
    tx.insert_attempt(
        {.delivery = delivery.key, .number = 2, .started_at = now_, .error = "timeout"});
    tx.insert_attempt({.delivery = delivery.key,
                       .number = 1,
                       .started_at = now_,
                       .duration = 5ms,
                       .response_status = 500,
                       .error = "http_500",
                       .response_body = "\xFF oops"});
    tx.insert_attempt({.delivery = delivery.key, .number = 1, .error = "again"});
  });
  const auto attempts = read([&](const ReadTx& tx) { return tx.attempts(delivery.key); });
  ASSERT_EQ(attempts.size(), 2u);
  EXPECT_EQ(attempts[0].number, 1);
  EXPECT_EQ(attempts[0].error, "http_500");
  EXPECT_EQ(attempts[0].response_body, "\xFF oops");
  EXPECT_EQ(attempts[0].duration, 5ms);
  EXPECT_EQ(attempts[1].error, "timeout");
}

TEST_P(StoreConformance, DeliveryListsFilterByTriggerStateAndEvent) {
  const auto one = add_event();
  const auto a = add_delivery(one.key, {1}, now_);
  const auto b = add_delivery(one.key, {2}, now_);
  const auto two = add_event();
  const auto c = add_delivery(two.key, {1}, now_);
  const auto again = add_delivery(one.key, {1}, now_, DeliveryOrigin::redeliver);
  finish(b, DeliveryState::delivered);
  finish(c, DeliveryState::dead);
  const auto list = [&](DeliveryFilter filter, Page page = {}) {
    filter.project = filter.project ? filter.project : kProject;
    std::vector<std::int64_t> keys;
    for (const auto& d : read([&](const ReadTx& tx) { return tx.deliveries(filter, page); })) {
      keys.push_back(d.key.value);
    }
    return keys;
  };
  using Keys = std::vector<std::int64_t>;
  const auto ka = a.key.value, kb = b.key.value, kc = c.key.value, kg = again.key.value;
  EXPECT_EQ(list({}), (Keys{kg, kc, kb, ka}));
  EXPECT_EQ(list({}, {.limit = 2}), (Keys{kg, kc}));
  EXPECT_EQ(list({}, {.limit = 2, .before = kc}), (Keys{kb, ka}));
  EXPECT_EQ(list({.trigger = {1}}), (Keys{kg, kc, ka}));
  EXPECT_EQ(list({.trigger = {1}}, {.limit = 1, .before = kg}), Keys{kc});
  EXPECT_EQ(list({.event = one.key}), (Keys{kg, kb, ka}));
  EXPECT_EQ(list({.event = one.key}, {.limit = 5, .before = kg}), (Keys{kb, ka}));
  EXPECT_EQ(list({.event = two.key}), Keys{kc});
  EXPECT_EQ(list({.trigger = {1}, .event = one.key}), (Keys{kg, ka}));
  EXPECT_EQ(list({.state = DeliveryState::pending}), (Keys{kg, ka}));
  EXPECT_EQ(list({.state = DeliveryState::delivered}), Keys{kb});
  EXPECT_EQ(list({.state = DeliveryState::dead}), Keys{kc});
  EXPECT_EQ(list({.trigger = {1}, .state = DeliveryState::pending}), (Keys{kg, ka}));
  EXPECT_EQ(list({.trigger = {1}, .state = DeliveryState::dead}), Keys{kc});
  EXPECT_EQ(list({.state = DeliveryState::failed}), Keys{});
  EXPECT_EQ(list({.project = {2}}), Keys{});
}

TEST_P(StoreConformance, DeadLettersOfATriggerPageByTheTimeOfDeath) {
  const auto event = add_event();
  std::vector<Delivery> made;
  for (int i = 0; i < 4; ++i) made.push_back(add_delivery(event.key, kTrigger, now_));
  for (const auto i : {2, 0, 3, 1}) {  // dies in this order
    now_ += 1s;
    finish(made[static_cast<std::size_t>(i)], DeliveryState::dead);
  }
  std::vector<std::int64_t> seen;
  Page page{.limit = 1};
  while (seen.size() < 10) {
    const auto rows = read([&](const ReadTx& tx) {
      return tx.deliveries({.project = kProject, .trigger = kTrigger, .state = DeliveryState::dead},
                           page);
    });
    if (rows.empty()) break;
    seen.push_back(rows[0].key.value);
    page = {.limit = 1, .before = rows[0].key.value, .before_at = rows[0].finished_at};
  }
  EXPECT_EQ(seen, (std::vector{made[1].key.value, made[3].key.value, made[0].key.value,
                               made[2].key.value}));
}

TEST_P(StoreConformance, AFetchWaitsInItsConnectionsLane) {
  write([&](Tx& tx) { tx.put_fetch({.receipt = {5}, .connection = {2}, .due_at = now_}); });
  write([&](Tx& tx) {
    tx.put_fetch(
        {.receipt = {5}, .connection = {2}, .attempts = 1, .due_at = now_ + 5s, .error = "e"});
  });
  const auto items =
      read([&](const ReadTx& tx) { return tx.due(lane_of(ConnectionNo{2}), now_ + 5s, 9); });
  ASSERT_EQ(items.size(), 1u);
  EXPECT_EQ(items[0].due_at, now_ + 5s);
  EXPECT_EQ(read([](const ReadTx& tx) { return tx.fetch({5}); })->attempts, 1);
  write([&](Tx& tx) { tx.delete_fetch({5}); });
  EXPECT_FALSE(read([](const ReadTx& tx) { return tx.fetch({5}); }));
  EXPECT_TRUE(read([](const ReadTx& tx) { return tx.lane_heads(); }).empty());
}

TEST_P(StoreConformance, TheLogOfAttemptsGoesOnBehindAnyPlaceInIt) {
  const auto logged = [&](AttemptPlace after, int limit) {
    std::vector<std::pair<std::int64_t, int>> found;
    for (const auto& one : read([&](const ReadTx& tx) { return tx.attempts_after(after, limit); }))
      found.emplace_back(one.delivery.value, one.number);
    return found;
  };
  using Found = std::vector<std::pair<std::int64_t, int>>;
  EXPECT_TRUE(logged({}, 10).empty());
  EXPECT_EQ(read([](const ReadTx& tx) { return tx.last_logged_attempt(); }), AttemptPlace{});
  constexpr std::int64_t kLarge = INT64_MAX - 3;
  write([&](Tx& tx) {
    tx.log_attempts({{.delivery = {7}, .number = 1}, {.delivery = {kLarge}, .number = 300}}, now_);
  });
  write([&](Tx& tx) { tx.log_attempts({}, now_); });
  write([&](Tx& tx) { tx.log_attempts({{.delivery = {8}, .number = 2}}, now_ + 1h); });
  EXPECT_EQ(logged({}, 10), (Found{{7, 1}, {kLarge, 300}, {8, 2}}));
  const auto first = read([](const ReadTx& tx) { return tx.attempts_after({}, 1); }).at(0).place;
  EXPECT_EQ(logged(first, 10), (Found{{kLarge, 300}, {8, 2}}));
  const auto last = read([](const ReadTx& tx) { return tx.last_logged_attempt(); });
  EXPECT_TRUE(logged(last, 10).empty());
  EXPECT_EQ(trim(now_ + 1min), 1);
  EXPECT_EQ(logged(first, 10), (Found{{8, 2}}));
  EXPECT_EQ(trim(now_ + 2h), 1);
  EXPECT_EQ(read([](const ReadTx& tx) { return tx.last_logged_attempt(); }), last);
  write([&](Tx& tx) { tx.log_attempts({{.delivery = {9}, .number = 1}}, now_); });
  EXPECT_EQ(logged(last, 10), (Found{{9, 1}}));
}

// --- triggers, connections, projects, keys, answers
// ---------------------------------------------------

}  // namespace malote::testing
