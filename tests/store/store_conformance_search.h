// Store conformance: searches that are bounded and go on.
#pragma once

#include "store/store_conformance_fixture.h"

namespace malote::testing {

inline std::vector<std::int64_t> keys_of(const Scan<Event>& scan) {
  std::vector<std::int64_t> keys;
  for (const auto& event : scan.rows) keys.push_back(event.key.value);
  return keys;
}

TEST_P(StoreConformance, EventsAreFoundByTextInAnyOfTheirWords) {
  Event event{.project = kProject,
              .type = "order.created",
              .source = "api",
              .occurred_at = now_,
              .received_at = now_,
              .external_reference = "Ref-77",
              .data = R"({"name":"Maria da Silva"})"};
  write([&](Tx& tx) { tx.append_event(event, now_); });
  const auto other = add_event();
  const auto search = [&](const std::string& text) {
    const EventFilter filter{.project = kProject, .text = text};
    return keys_of(read([&](const ReadTx& tx) { return tx.search_events(filter, {}, 100); }));
  };
  const std::vector<std::int64_t> found{event.key.value};
  for (const auto& text : {std::string{"maria DA"}, std::string{"REF-77"}, std::string{"der.crea"},
                           text_of(event.key)}) {
    EXPECT_EQ(search(text), found) << text;
  }
  EXPECT_TRUE(search("%").empty());
  EXPECT_EQ(search("evt_").size(), 2u);
  EXPECT_EQ(search(text_of(other.key)), std::vector{other.key.value});
}

TEST_P(StoreConformance, EventsAreFoundHoweverTheirSenderWroteTheText) {
  const char* texts[] = {
      "{\"at\":\"Praça São João/1 \U0001F600\"}",
      R"({"at":"Pra\u00e7a S\u00e3o Jo\u00E3o/1 \ud83d\ude00"})",
      R"({"at":"Pra\u00E7a S\u00e3o Jo\u00e3o\/1 \uD83D\uDE00"})",
  };
  std::vector<std::int64_t> all;
  for (const char* text : texts) {
    Event event{.project = kProject, .type = "a.b", .received_at = now_, .data = text};
    write([&](Tx& tx) { tx.append_event(event, now_); });
    all.insert(all.begin(), event.key.value);
  }
  for (const char* text : {"praça São", "João/1", "\U0001F600", "ã"}) {
    const EventFilter filter{.project = kProject, .text = text};
    const auto found = read([&](const ReadTx& tx) { return tx.search_events(filter, {}, 100); });
    EXPECT_EQ(keys_of(found), all) << text;
  }
}

TEST_P(StoreConformance, EventsAreFoundByWhatBecameOfThem) {
  const auto without = add_event();
  const auto waiting = add_event();
  add_delivery(waiting.key, kTrigger, now_);
  const auto dead = add_event();
  finish(add_delivery(dead.key, kTrigger, now_), DeliveryState::dead);
  const auto arrived = add_event();
  finish(add_delivery(arrived.key, {8}, now_), DeliveryState::delivered);
  const auto last = add_event();
  // Sent again much later: its row stands behind another event's.
  finish(add_delivery(dead.key, kTrigger, now_, DeliveryOrigin::redeliver),
         DeliveryState::delivered);
  const auto search = [&](std::optional<EventState> state, TriggerNo trigger = {}) {
    const EventFilter filter{.project = kProject, .trigger = trigger, .state = state};
    return keys_of(read([&](const ReadTx& tx) { return tx.search_events(filter, {}, 100); }));
  };
  using Keys = std::vector<std::int64_t>;
  EXPECT_EQ(search(EventState::none), (Keys{last.key.value, without.key.value}));
  EXPECT_EQ(search(EventState::waiting), Keys{waiting.key.value});
  EXPECT_EQ(search(EventState::dead), Keys{dead.key.value});
  EXPECT_EQ(search(EventState::delivered), (Keys{arrived.key.value, dead.key.value}));
  EXPECT_EQ(search(EventState::delivered, kTrigger), Keys{dead.key.value});
  EXPECT_EQ(search({}, {8}), Keys{arrived.key.value});
  EXPECT_EQ(search(EventState::none, {8}).size(), 4u);
  EXPECT_TRUE(search(EventState::failing).empty());
}

TEST_P(StoreConformance, ASearchLooksAtSoManyRowsAndGoesOnWhereItStopped) {
  std::vector<std::int64_t> all;
  for (int i = 0; i < 10; ++i) all.insert(all.begin(), add_event(i % 3 ? "a.b" : "c.d").key.value);
  const EventFilter filter{.project = kProject, .text = "c.d"};
  std::vector<std::int64_t> found;
  Page page{.limit = 3};
  int rounds = 0;
  for (bool is_end = false; !is_end; ++rounds) {
    const auto scan = read([&](const ReadTx& tx) { return tx.search_events(filter, page, 3); });
    EXPECT_LE(scan.looked_at, 3);
    for (const auto key : keys_of(scan)) found.push_back(key);
    page.before = scan.key;
    is_end = scan.is_end;
    ASSERT_LT(rounds, 10);
  }
  EXPECT_EQ(rounds, 4);
  EXPECT_EQ(found, (std::vector<std::int64_t>{all[0], all[3], all[6], all[9]}));
  EXPECT_TRUE(read([&](const ReadTx& tx) {
                return tx.search_events({.project = {2}, .text = "c.d"}, {}, 100);
              }).rows.empty());
}

TEST_P(StoreConformance, DeadLettersAreFoundByTypeErrorStatusAndTime) {
  const auto bury = [&](const std::string& type, const std::string& error, int status) {
    auto letter = add_delivery(add_event(type).key, kTrigger, now_);
    letter.state = DeliveryState::dead;
    letter.error = error;
    letter.response_status = status;
    letter.finished_at = now_;
    write([&](Tx& tx) { tx.update_delivery(letter); });
    now_ += 1s;
    return letter.key;
  };
  const auto first = bury("order.created", "http_500", 500);
  const auto second = bury("payment.confirmed", "Timeout", 0);
  const auto third = bury("payment.failed", "http_503", 503);
  const auto search = [&](DeadLetterFilter filter, Page page = {}, int most = 100) {
    filter.project = kProject;
    filter.trigger = kTrigger;
    return read([&](const ReadTx& tx) { return tx.search_dead_letters(filter, page, most); });
  };
  const auto keys = [](const Scan<Delivery>& scan) {
    std::vector<DeliveryKey> found;
    for (const auto& letter : scan.rows) found.push_back(letter.key);
    return found;
  };
  using Keys = std::vector<DeliveryKey>;
  EXPECT_EQ(keys(search({})), (Keys{third, second, first}));
  EXPECT_EQ(keys(search({.event = "payment.*"})), (Keys{third, second}));
  EXPECT_EQ(keys(search({.error = "TIME"})), Keys{second});
  EXPECT_EQ(keys(search({.status = 500})), Keys{first});
  EXPECT_EQ(keys(search({.since = now_ - 2s})), (Keys{third, second}));
  EXPECT_EQ(keys(search({.until = now_ - 2s})), Keys{first});
  const auto part = search({}, {}, 1);
  EXPECT_FALSE(part.is_end);
  const Page rest{.before = part.key, .before_at = part.at};
  EXPECT_EQ(keys(search({}, rest)), (Keys{second, first}));
  EXPECT_EQ(keys(search({.until = now_ - 2s}, rest)), Keys{first});
}

TEST_P(StoreConformance, ADeliveryIsSentAgainByALaterOneOfItsEventToItsTrigger) {
  const auto event = add_event();
  const auto first = add_delivery(event.key, kTrigger, now_);
  const auto elsewhere = add_delivery(event.key, {8}, now_);
  const auto again = add_delivery(event.key, kTrigger, now_, DeliveryOrigin::redeliver);
  const auto is_sent_again = [&](const Delivery& delivery) {
    return read([&](const ReadTx& tx) { return tx.is_sent_again(delivery); });
  };
  EXPECT_TRUE(is_sent_again(first));
  EXPECT_FALSE(is_sent_again(elsewhere));
  EXPECT_FALSE(is_sent_again(again));
}

}  // namespace malote::testing
