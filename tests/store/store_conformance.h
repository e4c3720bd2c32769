// What every store behind ports/store.h must do. Instantiate the suite with a StoreMaker for each
// implementation; tests marked "Reopen" are skipped for those that keep nothing.
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <string>

#include "fixtures.h"

namespace malote::testing {

struct StoreMaker {
  const char* name;
  bool durable;
  bool threaded;
  std::function<std::unique_ptr<Store>(const std::string& folder)> open;
};
inline void PrintTo(const StoreMaker& maker, std::ostream* out) { *out << maker.name; }

class StoreConformance : public ::testing::TestWithParam<StoreMaker> {
 protected:
  void SetUp() override { reopen(); }
  void reopen() {
    store_.reset();
    store_ = GetParam().open(folder_.path());
  }
  Result<void> try_write(Store::WriteFn fn) { return write_and_wait(*store_, std::move(fn)); }
  template <class F>
  void write(F fn) {
    const auto result = try_write([&](Tx& tx) -> Result<void> {
      fn(tx);
      return {};
    });
    ASSERT_TRUE(result) << result.error().message;
  }
  template <class F>
  auto read(F fn) {
    std::optional<decltype(fn(std::declval<const ReadTx&>()))> value;
    const auto result = store_->read([&](const ReadTx& tx) -> Result<void> {
      value.emplace(fn(tx));
      return {};
    });
    EXPECT_TRUE(result) << (result ? "" : result.error().message);
    return *value;
  }

  Event add_event(std::string type = "a.b", std::string dedupe = "", ConnectionNo connection = {}) {
    Event event{.project = kProject, .type = std::move(type), .source = "api",
                .connection = connection, .occurred_at = now_, .received_at = now_,
                .dedupe_key = std::move(dedupe), .data = "{}"};
    write([&](Tx& tx) { tx.append_event(event, now_); });
    return event;
  }
  Delivery add_delivery(EventKey event, TriggerNo trigger, Timestamp due_at,
                        DeliveryOrigin origin = DeliveryOrigin::fan_out) {
    Delivery delivery{.event = event, .trigger = trigger, .project = kProject, .origin = origin,
                      .due_at = due_at};
    write([&](Tx& tx) { tx.append_delivery(delivery, now_); });
    return delivery;
  }
  Trigger add_trigger(std::string id = "trg_1") {
    Trigger trigger{.id = std::move(id), .project = kProject, .name = "n", .events = {"a.b"},
                    .url = "https://x", .retry = {.gaps = {Millis{5}}}, .max_in_flight = 3,
                    .sealed_secret = std::string("\0\xFFs", 3), .created_at = now_};
    write([&](Tx& tx) { tx.insert_trigger(trigger); });
    return trigger;
  }
  void finish(Delivery delivery, DeliveryState state) {
    delivery.state = state;
    delivery.finished_at = now_;
    write([&](Tx& tx) { tx.update_delivery(delivery); });
  }
  std::vector<std::int64_t> due(TriggerNo no, Timestamp at, int limit = 100) {
    std::vector<std::int64_t> keys;
    for (const auto& item : read([&](const ReadTx& tx) { return tx.due(lane_of(no), at, limit); })) {
      keys.push_back(item.key);
    }
    return keys;
  }
  std::int64_t trim(Timestamp before, Timestamp answers_before = {}, int limit = 1000) {
    std::int64_t removed = 0;
    write([&](Tx& tx) { removed = tx.trim(before, answers_before, limit); });
    return removed;
  }

  static constexpr ProjectNo kProject{1};
  static constexpr TriggerNo kTrigger{7};
  TempFolder folder_;
  std::unique_ptr<Store> store_;
  Timestamp now_ = from_ms(1'776'859'200'000);
};

// --- events ---------------------------------------------------------------------------------------

TEST_P(StoreConformance, AnEventComesBackAsItWas) {
  Event event{.project = kProject, .type = "payment.confirmed", .source = "asaas",
              .connection = {3}, .receipt = {4}, .occurred_at = now_ - 5s, .received_at = now_,
              .livemode = true, .integrity = Integrity::unsigned_body,
              .external_reference = "order-1 é", .dedupe_key = std::string("a\0b", 3),
              .data = R"({"n":1.50})"};
  write([&](Tx& tx) { tx.append_event(event, now_); });
  ASSERT_TRUE(event.key);
  const auto stored = read([&](const ReadTx& tx) { return tx.event(event.key); });
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->type, event.type);
  EXPECT_EQ(stored->source, "asaas");
  EXPECT_EQ(stored->connection, event.connection);
  EXPECT_EQ(stored->receipt, event.receipt);
  EXPECT_EQ(stored->occurred_at, event.occurred_at);
  EXPECT_EQ(stored->received_at, event.received_at);
  EXPECT_TRUE(stored->livemode);
  EXPECT_EQ(stored->integrity, Integrity::unsigned_body);
  EXPECT_EQ(stored->external_reference, event.external_reference);
  EXPECT_EQ(stored->dedupe_key, event.dedupe_key);
  EXPECT_EQ(stored->data, event.data);
  EXPECT_FALSE(read([&](const ReadTx& tx) { return tx.event({event.key.value + 1}); }));
}

TEST_P(StoreConformance, KeysGrowAndCarryTheTime) {
  const auto first = add_event();
  const auto second = add_event();
  EXPECT_LT(first.key, second.key);
  EXPECT_EQ(time_of_key(first.key.value), now_);
  now_ += 1h;
  EXPECT_EQ(time_of_key(add_event().key.value), now_);
}

TEST_P(StoreConformance, KeysGrowEvenWhenTheClockGoesBack) {
  const auto before = add_event();
  now_ -= 24h;
  const auto after = add_event();
  EXPECT_LT(before.key, after.key);
  now_ += 48h;
  EXPECT_LT(after.key, add_event().key);
}

TEST_P(StoreConformance, KeysGrowAcrossAReopen) {
  if (!GetParam().durable) GTEST_SKIP() << "keeps nothing";
  const auto before = add_event();
  reopen();
  now_ -= 24h;
  EXPECT_LT(before.key, add_event().key);
}

TEST_P(StoreConformance, DedupeKeysAreUniquePerConnectionOrProject) {
  const auto event = add_event("a.b", "k");
  const auto find = [&](ProjectNo project, ConnectionNo connection, std::string_view key) {
    return read([&](const ReadTx& tx) { return tx.event_by_dedupe(project, connection, key); });
  };
  EXPECT_EQ(find(kProject, {}, "k"), event.key);
  EXPECT_FALSE(find(kProject, {}, "other"));
  EXPECT_FALSE(find({2}, {}, "k"));
  EXPECT_FALSE(find(kProject, {1}, "k"));
  EXPECT_FALSE(find(kProject, {}, ""));
  const auto other = add_event("a.b", "k", ConnectionNo{1});  // another scope
  EXPECT_EQ(find(kProject, {1}, "k"), other.key);
  Event twice = event;
  EXPECT_FALSE(try_write([&](Tx& tx) -> Result<void> {
    tx.append_event(twice, now_);
    return {};
  }));
  add_event();
  add_event();  // no key: as many as there are
}

TEST_P(StoreConformance, EventListsAreNewestFirstWithCursorsAndFilters) {
  std::vector<Event> events;
  for (int i = 0; i < 5; ++i) {
    events.push_back(add_event(i % 2 == 0 ? "a.even" : "a.odd"));
    now_ += 1s;
  }
  const auto list = [&](EventFilter filter, Page page = {}) {
    filter.project = filter.project ? filter.project : kProject;
    std::vector<std::int64_t> keys;
    for (const auto& e : read([&](const ReadTx& tx) { return tx.events(filter, page); })) {
      keys.push_back(e.key.value);
    }
    return keys;
  };
  const auto key = [&](int i) { return events.at(static_cast<std::size_t>(i)).key.value; };
  using Keys = std::vector<std::int64_t>;
  EXPECT_EQ(list({}), (Keys{key(4), key(3), key(2), key(1), key(0)}));
  EXPECT_EQ(list({}, {.limit = 2}), (Keys{key(4), key(3)}));
  EXPECT_EQ(list({}, {.limit = 2, .before = key(3)}), (Keys{key(2), key(1)}));
  EXPECT_EQ(list({}, {.limit = 2, .before = key(0)}), Keys{});
  EXPECT_EQ(list({.type = "a.odd"}), (Keys{key(3), key(1)}));
  EXPECT_EQ(list({.source = "asaas"}), Keys{});
  EXPECT_EQ(list({.project = {2}}), Keys{});
  EXPECT_EQ(list({.since = from_ms(to_ms(events[3].received_at))}), (Keys{key(4), key(3)}));
  EXPECT_EQ(list({.until = events[1].received_at}), Keys{key(0)});
}

TEST_P(StoreConformance, EventsAreFoundByTheirExternalReference) {
  Event event{.project = kProject, .type = "a.b", .source = "api", .received_at = now_,
              .external_reference = "order-1", .data = "{}"};
  write([&](Tx& tx) { tx.append_event(event, now_); });
  add_event();
  const auto found = [&](EventFilter filter) {
    filter.project = kProject;
    return read([&](const ReadTx& tx) { return tx.events(filter, {}); }).size();
  };
  EXPECT_EQ(found({.external_reference = "order-1"}), 1u);
  EXPECT_EQ(found({.type = "x.y", .external_reference = "order-1"}), 0u);
  EXPECT_EQ(found({.external_reference = "order"}), 0u);
}

TEST_P(StoreConformance, AReceiptKeepsTheRawBytes) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  Receipt receipt{.project = kProject, .connection = {2}, .received_at = now_, .head = "{}",
                  .body = bytes, .note = "n"};
  write([&](Tx& tx) {
    tx.append_receipt(receipt, now_);
    tx.set_receipt_note(receipt.key, "other");
  });
  const auto stored = read([&](const ReadTx& tx) { return tx.receipt(receipt.key); });
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->body, bytes);
  EXPECT_EQ(stored->note, "other");
  EXPECT_EQ(stored->connection, receipt.connection);
}

// --- deliveries and the queue -----------------------------------------------------------------------

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
  EXPECT_EQ(read([&](const ReadTx& tx) { return tx.delivery(delivery.key); })->finished_at, now_ + 11s);
  EXPECT_TRUE(read([](const ReadTx& tx) { return tx.lane_heads(); }).empty());
}

TEST_P(StoreConformance, UpdatingADeliveryThatIsGoneQueuesNothing) {
  Delivery gone{.key = {12345}, .event = {1}, .trigger = kTrigger, .state = DeliveryState::failed,
                .due_at = now_};
  write([&](Tx& tx) { tx.update_delivery(gone); });
  EXPECT_TRUE(due(kTrigger, now_).empty());
}

TEST_P(StoreConformance, AttemptsComeBackInOrderAndCountOnce) {
  const auto delivery = add_delivery(add_event().key, kTrigger, now_);
  write([&](Tx& tx) {
    tx.insert_attempt({.delivery = delivery.key, .number = 2, .started_at = now_, .error = "timeout"});
    tx.insert_attempt({.delivery = delivery.key, .number = 1, .started_at = now_, .duration = 5ms,
                       .response_status = 500, .error = "http_500", .response_body = "\xFF oops"});
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
      return tx.deliveries({.project = kProject, .trigger = kTrigger, .state = DeliveryState::dead}, page);
    });
    if (rows.empty()) break;
    seen.push_back(rows[0].key.value);
    page = {.limit = 1, .before = rows[0].key.value, .before_at = rows[0].finished_at};
  }
  EXPECT_EQ(seen, (std::vector{made[1].key.value, made[3].key.value, made[0].key.value, made[2].key.value}));
}

TEST_P(StoreConformance, AFetchWaitsInItsConnectionsLane) {
  write([&](Tx& tx) { tx.put_fetch({.receipt = {5}, .connection = {2}, .due_at = now_}); });
  write([&](Tx& tx) {
    tx.put_fetch({.receipt = {5}, .connection = {2}, .attempts = 1, .due_at = now_ + 5s, .error = "e"});
  });
  const auto items = read([&](const ReadTx& tx) { return tx.due(lane_of(ConnectionNo{2}), now_ + 5s, 9); });
  ASSERT_EQ(items.size(), 1u);
  EXPECT_EQ(items[0].due_at, now_ + 5s);
  EXPECT_EQ(read([](const ReadTx& tx) { return tx.fetch({5}); })->attempts, 1);
  write([&](Tx& tx) { tx.delete_fetch({5}); });
  EXPECT_FALSE(read([](const ReadTx& tx) { return tx.fetch({5}); }));
  EXPECT_TRUE(read([](const ReadTx& tx) { return tx.lane_heads(); }).empty());
}

// --- triggers, connections, projects, keys, answers ---------------------------------------------------

TEST_P(StoreConformance, ATriggerComesBackAsItWas) {
  Trigger made{.id = "trg_x", .project = kProject, .name = "n é", .events = {"a.b", "c.*", "*"},
               .server_id = "asaas", .url = "https://x/?a=b", .sealed_headers = std::string{"\x01sealed\0bytes", 13},
               .timeout = 3s, .retry = {.gaps = {50ms, 10h}, .jitter_permille = 7}, .max_in_flight = 5,
               .rate_limit_per_s = 9, .format = PayloadFormat::envelope,
               .signature = SignatureScheme::timestamped, .sealed_secret = std::string("\0\x01", 2),
               .created_at = now_};
  write([&](Tx& tx) { tx.insert_trigger(made); });
  made.streak = 3;
  made.streak_epoch = 2;
  made.total_runs = 8;
  made.last_run_at = now_ + 1s;
  made.status = TriggerStatus::paused;
  made.paused_reason = "gone";
  write([&](Tx& tx) { tx.update_trigger_progress(made); });
  for (const auto& stored : {read([&](const ReadTx& tx) { return tx.trigger(made.no); }),
                             read([&](const ReadTx& tx) { return tx.trigger(kProject, "trg_x"); })}) {
    ASSERT_TRUE(stored);
    EXPECT_EQ(stored->name, made.name);
    EXPECT_EQ(stored->events, made.events);
    EXPECT_EQ(stored->sealed_headers, made.sealed_headers);
    EXPECT_EQ(stored->timeout, made.timeout);
    EXPECT_EQ(stored->retry.gaps, made.retry.gaps);
    EXPECT_EQ(stored->retry.jitter_permille, 7);
    EXPECT_EQ(stored->max_in_flight, 5);
    EXPECT_EQ(stored->rate_limit_per_s, 9);
    EXPECT_EQ(stored->format, PayloadFormat::envelope);
    EXPECT_EQ(stored->signature, SignatureScheme::timestamped);
    EXPECT_EQ(stored->sealed_secret, made.sealed_secret);
    EXPECT_EQ(stored->streak, 3);
    EXPECT_EQ(stored->streak_epoch, 2);
    EXPECT_EQ(stored->total_runs, 8);
    EXPECT_EQ(stored->status, TriggerStatus::paused);
    EXPECT_EQ(stored->paused_reason, "gone");
  }
  EXPECT_FALSE(read([&](const ReadTx& tx) { return tx.trigger(ProjectNo{2}, "trg_x"); }));
}

TEST_P(StoreConformance, TriggerListsFilter) {
  const auto one = add_trigger("trg_1");
  auto two = add_trigger("trg_2");
  two.status = TriggerStatus::paused;
  two.server_id = "stripe";
  two.events = {"c.d"};
  write([&](Tx& tx) { tx.update_trigger(two); });
  const auto list = [&](TriggerFilter filter, Page page = {}) {
    filter.project = kProject;
    std::string ids;
    for (const auto& t : read([&](const ReadTx& tx) { return tx.triggers(filter, page); })) ids += t.id + " ";
    return ids;
  };
  EXPECT_EQ(list({}), "trg_2 trg_1 ");
  EXPECT_EQ(list({}, {.limit = 1}), "trg_2 ");
  EXPECT_EQ(list({}, {.before = two.no.value}), "trg_1 ");
  EXPECT_EQ(list({.status = "active"}), "trg_1 ");
  EXPECT_EQ(list({.status = "nonsense"}), "");
  EXPECT_EQ(list({.event = "c.d"}), "trg_2 ");
  EXPECT_EQ(list({.event = "c"}), "");
  EXPECT_EQ(list({.server_id = "stripe"}), "trg_2 ");
}

TEST_P(StoreConformance, SubscriptionsFollowEveryChangeOfTriggers) {
  const auto events = [&] {
    std::string all;
    write([&](Tx& tx) {  // the writer's view, which may be cached
      for (const auto& s : tx.subscriptions(kProject)) all += s.events.at(0) + " ";
    });
    return all;
  };
  EXPECT_EQ(events(), "");
  auto trigger = add_trigger();
  EXPECT_EQ(events(), "a.b ");
  trigger.events = {"c.d"};
  write([&](Tx& tx) { tx.update_trigger(trigger); });
  EXPECT_EQ(events(), "c.d ");
  trigger.status = TriggerStatus::paused;
  write([&](Tx& tx) { tx.update_trigger_progress(trigger); });
  EXPECT_EQ(events(), "c.d ");  // a paused trigger goes on receiving
  write([&](Tx& tx) { tx.delete_trigger(trigger.no); });
  EXPECT_EQ(events(), "");
  EXPECT_TRUE(read([](const ReadTx& tx) { return tx.subscriptions(kProject).empty(); }));
}

TEST_P(StoreConformance, SubscriptionsForgetWhatWasRolledBack) {
  const auto trigger = add_trigger();
  EXPECT_FALSE(try_write([&](Tx& tx) -> Result<void> {
    Trigger other = trigger;
    other.id = "trg_other";
    tx.insert_trigger(other);
    EXPECT_EQ(tx.subscriptions(kProject).size(), 2u);
    return fail(Errc::invalid_body, "no");
  }));
  write([&](Tx& tx) { EXPECT_EQ(tx.subscriptions(kProject).size(), 1u); });
}

TEST_P(StoreConformance, TriggerNumbersAreNeverReused) {
  const auto first = add_trigger("trg_1");
  write([&](Tx& tx) { tx.delete_trigger(first.no); });
  EXPECT_GT(add_trigger("trg_2").no, first.no);
}

TEST_P(StoreConformance, AConnectionComesBackAsItWas) {
  Connection made{.id = "ca_1", .project = kProject, .server_id = "stripe", .user_id = "u",
                  .display_name = "d", .status = ConnectionStatus::connected, .metadata = R"({"a":1})",
                  .sealed_credentials = "c\0c", .sealed_webhook_secret = "w", .created_at = now_};
  write([&](Tx& tx) { tx.insert_connection(made); });
  made.sealed_previous_secret = "w";
  made.sealed_webhook_secret = "new";
  made.previous_until = now_ + 24h;
  write([&](Tx& tx) { tx.update_connection(made); });
  const auto stored = read([&](const ReadTx& tx) { return tx.connection("ca_1"); });
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->sealed_webhook_secret, "new");
  EXPECT_EQ(stored->sealed_previous_secret, "w");
  EXPECT_EQ(stored->previous_until, now_ + 24h);
  EXPECT_EQ(stored->metadata, R"({"a":1})");
  EXPECT_EQ(read([&](const ReadTx& tx) { return tx.connection(made.no); })->id, "ca_1");
  const auto list = [&](ConnectionFilter filter) {
    filter.project = filter.project ? filter.project : kProject;
    return read([&](const ReadTx& tx) { return tx.connections(filter, {}); }).size();
  };
  EXPECT_EQ(list({}), 1u);
  EXPECT_EQ(list({.status = "connected", .server_id = "stripe", .user_id = "u"}), 1u);
  EXPECT_EQ(list({.status = "revoked"}), 0u);
  EXPECT_EQ(list({.server_id = "asaas"}), 0u);
  EXPECT_EQ(list({.project = {2}}), 0u);
}

TEST_P(StoreConformance, DeletingAConnectionTakesItsFetchesAlong) {
  Connection connection{.id = "ca_1", .project = kProject, .server_id = "s", .metadata = "{}"};
  write([&](Tx& tx) {
    tx.insert_connection(connection);
    tx.put_fetch({.receipt = {5}, .connection = connection.no, .due_at = now_});
  });
  write([&](Tx& tx) { tx.delete_connection(connection.no); });
  EXPECT_FALSE(read([](const ReadTx& tx) { return tx.connection("ca_1"); }));
  EXPECT_FALSE(read([](const ReadTx& tx) { return tx.fetch({5}); }));
  EXPECT_TRUE(read([](const ReadTx& tx) { return tx.lane_heads(); }).empty());
}

TEST_P(StoreConformance, ProjectsKeysSettingsAndAnswersAreKept) {
  Project project{.id = "prj_1", .name = "n", .slug = "s", .is_default = true, .livemode = true,
                  .created_at = now_};
  ApiKey key{.id = "key_1", .name = "k", .prefix = "csk_live_abcd", .hash = std::string(32, '\xFE'),
             .scopes = "*", .created_at = now_};
  write([&](Tx& tx) {
    tx.insert_project(project);
    key.project = project.no;
    tx.insert_api_key(key);
    tx.set_setting("org_id", "one");
    tx.set_setting("org_id", "two");
    tx.put_answer(project.no, "k", {.fingerprint = "\xFF", .status = 201, .sealed_body = "b", .created_at = now_});
  });
  key.revoked_at = now_ + 1s;
  write([&](Tx& tx) { tx.update_api_key(key); });
  EXPECT_EQ(read([](const ReadTx& tx) { return tx.setting("org_id"); }), "two");
  EXPECT_EQ(read([](const ReadTx& tx) { return tx.setting("none"); }), "");
  EXPECT_EQ(read([](const ReadTx& tx) { return tx.project("prj_1"); })->slug, "s");
  const auto keys = read([](const ReadTx& tx) { return tx.api_keys(); });
  ASSERT_EQ(keys.size(), 1u);
  EXPECT_EQ(keys[0].hash, key.hash);
  EXPECT_EQ(keys[0].revoked_at, key.revoked_at);
  const auto answer = read([&](const ReadTx& tx) { return tx.answer(project.no, "k"); });
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 201);
  EXPECT_FALSE(read([&](const ReadTx& tx) { return tx.answer({9}, "k"); }));
  write([&](Tx& tx) { tx.delete_project(project.no); });
  EXPECT_TRUE(read([](const ReadTx& tx) { return tx.projects(); }).empty());
}

// --- failures -----------------------------------------------------------------------------------------

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
  const auto result = store_->read(
      [](const ReadTx&) -> Result<void> { return fail(Errc::not_found, "mine"); });
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

// --- retention ------------------------------------------------------------------------------------------

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
    EXPECT_EQ(read([&](const ReadTx& tx) { return tx.event(events[i].key); }).has_value(), i >= 3) << i;
  }
  const auto left = read([](const ReadTx& tx) { return tx.deliveries({.project = kProject}, {}); });
  ASSERT_EQ(left.size(), 2u);
  EXPECT_EQ(read([&](const ReadTx& tx) { return tx.attempts(left[0].key); }).size(), 1u);
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
