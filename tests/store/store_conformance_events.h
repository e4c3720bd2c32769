// Store conformance: events and receipts.
#pragma once

#include "store/store_conformance_fixture.h"

namespace malote::testing {

TEST_P(StoreConformance, AnEventComesBackAsItWas) {
  Event event{.project = kProject,
              .type = "payment.confirmed",
              .source = "asaas",
              .connection = {3},
              .receipt = {4},
              .occurred_at = now_ - 5s,
              .received_at = now_,
              .livemode = true,
              .integrity = Integrity::unsigned_body,
              .external_reference = "order-1 é",
              .dedupe_key = std::string("a\0b", 3),
              .data = R"({"n":1.50})",
              .trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 a=1"};
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
  EXPECT_EQ(stored->trace, event.trace);
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

TEST_P(StoreConformance, AClockThatWasAheadDoesNotHideEventsFromTimesOrRetention) {
  const Event old = add_event();
  now_ += 24h * 400;
  const Event ahead = add_event();
  now_ -= 24h * 400;
  now_ += 1h;
  const Event after = add_event();
  EXPECT_GT(after.key, ahead.key);
  const auto count = [&](EventFilter filter) {
    filter.project = kProject;
    return read([&](const ReadTx& tx) { return tx.events(filter, {}); }).size();
  };
  EXPECT_EQ(count({.until = now_ + 1ms}), 2u);
  EXPECT_EQ(count({.until = now_}), 1u);
  EXPECT_EQ(count({.since = now_, .until = now_ + 1ms}), 1u);
  TrimCursor pass;
  write([&](Tx& tx) {
    while (!pass.is_finished()) tx.trim(now_ + 1ms, {}, 100, pass);
  });
  EXPECT_FALSE(read([&](const ReadTx& tx) { return tx.event(old.key); }));
  EXPECT_TRUE(read([&](const ReadTx& tx) { return tx.event(ahead.key); }));
  EXPECT_FALSE(read([&](const ReadTx& tx) { return tx.event(after.key); }));
}

TEST_P(StoreConformance, EventsAreFoundByTheirExternalReference) {
  Event event{.project = kProject,
              .type = "a.b",
              .source = "api",
              .received_at = now_,
              .external_reference = "order-1",
              .data = "{}"};
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
  Receipt receipt{.project = kProject,
                  .connection = {2},
                  .received_at = now_,
                  .head = "{}",
                  .body = bytes,
                  .note = "n"};
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

TEST_P(StoreConformance, AScanGoesThroughEventsInPiecesAndPassesOverOthers) {
  EXPECT_EQ(read([](const ReadTx& tx) { return tx.last_event(); }), EventKey{});
  std::vector<EventKey> wanted;
  for (int i = 0; i < 7; ++i) {
    const auto event = add_event(i % 2 == 0 ? "pay.in" : "other.thing");
    if (i % 2 == 0) wanted.push_back(event.key);
  }
  const EventFilter filter{.project = kProject, .type = "pay.*"};
  const auto scan = [&](EventKey after, int rows, std::int64_t bytes = 1 << 20) {
    return read([&](const ReadTx& tx) { return tx.scan_events(filter, after, rows, bytes); });
  };
  std::vector<EventKey> seen;
  EventKey at;
  for (int pieces = 0; pieces < 10; ++pieces) {
    const auto piece = scan(at, 3);
    for (const auto& event : piece.events) seen.push_back(event.key);
    at = piece.end;
  }
  EXPECT_EQ(seen, wanted);
  EXPECT_EQ(at, read([](const ReadTx& tx) { return tx.last_event(); }));
  EXPECT_EQ(scan(at, 3).end, at);
  const auto small = scan({}, 100, 1);  // bytes
  ASSERT_EQ(small.events.size(), 1u);
  EXPECT_EQ(small.end, wanted[0]);
  EXPECT_TRUE(read([&](const ReadTx& tx) {
                return tx.scan_events({.project = {99}}, {}, 100, 100);
              }).events.empty());
}

// --- deliveries and the queue
// -----------------------------------------------------------------------

}  // namespace malote::testing
