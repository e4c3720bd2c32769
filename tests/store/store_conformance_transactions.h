// Store conformance: transactions, readers, reopening, retention.
#pragma once

#include "store/store_conformance_fixture.h"

namespace malote::testing {

TEST_P(StoreConformance, AFunctionThatFailsKeepsNothing) {
  const auto result = try_write([&](Tx& tx) -> Result<void> {
    tx.set_setting("a", "1");
    Event event{.project = kProject, .type = "a.b", .data = "{}"};
    tx.append_event(event, now_);
    return fail(Errc::not_found, "no such thing");
  });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().errc, Errc::not_found);
  EXPECT_EQ(read([](const ReadTx& tx) { return tx.setting("a"); }), "");
  EXPECT_TRUE(read([](const ReadTx& tx) { return tx.events({.project = kProject}, {}); }).empty());
}

TEST_P(StoreConformance, AnErrorSticksWhateverTheFunctionReturns) {
  add_event("a.b", "k");
  const auto result = try_write([&](Tx& tx) -> Result<void> {
    Event twice{.project = kProject, .type = "a.b", .dedupe_key = "k", .data = "{}"};
    tx.append_event(twice, now_);
    tx.set_setting("after", "1");
    EXPECT_EQ(tx.setting("after"), "");
    return {};
  });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().errc, Errc::store_unavailable);
  EXPECT_EQ(read([](const ReadTx& tx) { return tx.setting("after"); }), "");
  write([](Tx& tx) { tx.set_setting("later", "1"); });  // and it is over
  EXPECT_EQ(read([](const ReadTx& tx) { return tx.setting("later"); }), "1");
}

TEST_P(StoreConformance, NeighboursOfAFailedFunctionSurvive) {
  constexpr int kCount = 40;
  std::vector<std::promise<Result<void>>> done(kCount);
  for (int i = 0; i < kCount; ++i) {
    const auto at = static_cast<std::size_t>(i);
    store_->submit(
        [i](Tx& tx) -> Result<void> {
          tx.set_setting("n" + std::to_string(i), "1");
          if (i % 7 == 3) return fail(Errc::not_found, std::to_string(i));
          return {};
        },
        [&done, at](Result<void> result) { done[at].set_value(std::move(result)); });
  }
  for (int i = 0; i < kCount; ++i) {
    const auto result = done[static_cast<std::size_t>(i)].get_future().get();
    EXPECT_EQ(result.has_value(), i % 7 != 3) << i;
    if (!result) {
      EXPECT_EQ(result.error().message, std::to_string(i));
    }
    const auto kept = read([&](const ReadTx& tx) { return tx.setting("n" + std::to_string(i)); });
    EXPECT_EQ(kept, i % 7 != 3 ? "1" : "") << i;
  }
}

TEST_P(StoreConformance, AReadersErrorIsHandedOut) {
  const auto result =
      store_->read([](const ReadTx&) -> Result<void> { return fail(Errc::not_found, "mine"); });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "mine");
}

TEST_P(StoreConformance, AReadSeesOneMomentThroughout) {
  if (!GetParam().threaded) GTEST_SKIP() << "one thread: nothing can happen beside a read";
  write([](Tx& tx) { tx.set_setting("a", "1"); });
  const auto result = store_->read([&](const ReadTx& tx) -> Result<void> {
    EXPECT_EQ(tx.setting("a"), "1");
    write([](Tx& other) { other.set_setting("a", "2"); });
    EXPECT_EQ(tx.setting("a"), "1");
    return {};
  });
  EXPECT_TRUE(result);
  EXPECT_EQ(read([](const ReadTx& tx) { return tx.setting("a"); }), "2");
}

TEST_P(StoreConformance, ReopenKeepsEverythingThatWasAcknowledged) {
  if (!GetParam().durable) GTEST_SKIP() << "keeps nothing";
  const auto trigger = add_trigger();
  const auto event = add_event("a.b", "k");
  const auto delivery = add_delivery(event.key, trigger.no, now_);
  reopen();
  EXPECT_TRUE(read([&](const ReadTx& tx) { return tx.event(event.key); }));
  EXPECT_EQ(due(trigger.no, now_), std::vector{delivery.key.value});
  EXPECT_EQ(read([&](const ReadTx& tx) { return tx.trigger(trigger.no); })->id, trigger.id);
  write([&](Tx& tx) { EXPECT_EQ(tx.subscriptions(kProject).size(), 1u); });
}

// --- retention
// ------------------------------------------------------------------------------------------

TEST_P(StoreConformance, TrimNeverRemovesWhatOwes) {
  const auto event = add_event();
  const auto pending = add_delivery(event.key, kTrigger, now_);
  Receipt receipt{.project = kProject, .connection = {1}, .received_at = now_, .head = "{}"};
  write([&](Tx& tx) {
    tx.append_receipt(receipt, now_);
    tx.put_fetch({.receipt = receipt.key, .connection = {1}, .due_at = now_});
  });
  EXPECT_EQ(trim(now_ + 1000h), 0);
  EXPECT_TRUE(read([&](const ReadTx& tx) { return tx.event(event.key); }));
  EXPECT_TRUE(read([&](const ReadTx& tx) { return tx.delivery(pending.key); }));
  EXPECT_TRUE(read([&](const ReadTx& tx) { return tx.receipt(receipt.key); }));
}

TEST_P(StoreConformance, TrimKeepsTheEventOfALaterRedelivery) {
  const auto event = add_event();
  const auto first = add_delivery(event.key, kTrigger, now_);
  const auto between = add_event();
  const auto again = add_delivery(event.key, kTrigger, now_, DeliveryOrigin::replay);
  finish(first, DeliveryState::delivered);
  EXPECT_EQ(trim(now_ + 1h), 2);  // the finished delivery, and the event nobody wanted
  EXPECT_FALSE(read([&](const ReadTx& tx) { return tx.event(between.key); }));
  EXPECT_TRUE(read([&](const ReadTx& tx) { return tx.event(event.key); }));
  finish(again, DeliveryState::dead);
  EXPECT_EQ(trim(now_ + 1h), 2);
  EXPECT_FALSE(read([&](const ReadTx& tx) { return tx.event(event.key); }));
}

TEST_P(StoreConformance, TrimRemovesFinishedThingsOldestFirstInSmallSteps) {
  std::vector<Event> events;
  for (int i = 0; i < 5; ++i) {
    events.push_back(add_event());
    const auto delivery = add_delivery(events.back().key, kTrigger, now_);
    write([&](Tx& tx) { tx.insert_attempt({.delivery = delivery.key, .number = 1}); });
    finish(delivery, i % 2 == 0 ? DeliveryState::delivered : DeliveryState::dead);
    now_ += 1h;
  }
  const Timestamp before = events[3].received_at;  // the last two are young
  std::int64_t removed = 0;
  for (std::int64_t step = 1; step > 0; removed += step) {
    step = trim(before, {}, 2);
    ASSERT_LE(step, 2);
  }
  EXPECT_EQ(removed, 6);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(read([&](const ReadTx& tx) { return tx.event(events[i].key); }).has_value(), i >= 3)
        << i;
  }
  const auto left = read([](const ReadTx& tx) { return tx.deliveries({.project = kProject}, {}); });
  ASSERT_EQ(left.size(), 2u);
  EXPECT_EQ(read([&](const ReadTx& tx) { return tx.attempts(left[0].key); }).size(), 1u);
}

TEST_P(StoreConformance, TrimKeepsTheReceiptOfAnEventThatStillOwes) {
  Receipt receipt{.project = kProject, .connection = {1}, .received_at = now_, .head = "{}"};
  write([&](Tx& tx) { tx.append_receipt(receipt, now_); });
  Event event{.project = kProject, .type = "a.b", .connection = {1}, .receipt = receipt.key};
  write([&](Tx& tx) { tx.append_event(event, now_); });
  const auto pending = add_delivery(event.key, kTrigger, now_);
  EXPECT_EQ(trim(now_ + 1000h), 0);
  EXPECT_TRUE(read([&](const ReadTx& tx) { return tx.receipt(receipt.key); }));
  finish(pending, DeliveryState::delivered);
  EXPECT_EQ(trim(now_ + 1000h), 3);
  EXPECT_FALSE(read([&](const ReadTx& tx) { return tx.receipt(receipt.key); }));
}

TEST_P(StoreConformance, TrimPassesOverManyOwedRowsInSmallSteps) {
  std::vector<Delivery> deliveries;
  for (int i = 0; i < 10; ++i) {
    deliveries.push_back(add_delivery(add_event().key, kTrigger, now_));
  }
  finish(deliveries.back(), DeliveryState::delivered);
  TrimCursor pass;
  std::vector<std::int64_t> steps;
  while (!pass.is_finished()) {
    TrimCursor next;
    std::int64_t removed = 0;
    write([&](Tx& tx) {
      next = pass;
      removed = tx.trim(now_ + 1h, {}, 4, next);
    });
    pass = next;
    steps.push_back(removed);
  }
  // Ten deliveries four at a time; what is left of the third budget goes to the ten events.
  EXPECT_EQ(steps, (std::vector<std::int64_t>{0, 0, 1, 0, 1, 0}));
}

TEST_P(StoreConformance, TrimClearsTheRowsOfDeletedTriggersWhateverTheirAge) {
  const auto trigger = add_trigger();
  const auto event = add_event();
  for (int i = 0; i < 3; ++i) add_delivery(event.key, trigger.no, now_);
  const auto other = add_delivery(event.key, kTrigger, now_);
  write([&](Tx& tx) { tx.delete_trigger(trigger.no); });
  while (trim({}, {}, 2) > 0) {
  }
  EXPECT_TRUE(due(trigger.no, now_).empty());
  const auto left = read([](const ReadTx& tx) { return tx.deliveries({.project = kProject}, {}); });
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left[0].key, other.key);
  EXPECT_TRUE(read([&](const ReadTx& tx) { return tx.event(event.key); }));
}

TEST_P(StoreConformance, TrimForgetsOldAnswers) {
  write([&](Tx& tx) {
    tx.put_answer(kProject, "old", {.status = 200, .created_at = now_ - 25h});
    tx.put_answer(kProject, "young", {.status = 200, .created_at = now_ - 23h});
  });
  EXPECT_EQ(trim({}, now_ - 24h), 1);
  EXPECT_FALSE(read([](const ReadTx& tx) { return tx.answer(kProject, "old"); }));
  EXPECT_TRUE(read([](const ReadTx& tx) { return tx.answer(kProject, "young"); }));
}

TEST_P(StoreConformance, TotalsCountWhatWaits) {
  const auto event = add_event();
  add_delivery(event.key, kTrigger, now_);
  finish(add_delivery(event.key, kTrigger, now_), DeliveryState::dead);
  const auto totals = read([](const ReadTx& tx) { return tx.totals(); });
  EXPECT_EQ(totals.deliveries_pending, 1);
  EXPECT_EQ(totals.deliveries_dead, 1);
  EXPECT_GT(totals.bytes, 0);
}

}  // namespace malote::testing
