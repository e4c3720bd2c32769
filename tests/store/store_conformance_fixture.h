// The fixture of the store conformance suite (store_conformance.h).
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
    Event event{.project = kProject,
                .type = std::move(type),
                .source = "api",
                .connection = connection,
                .occurred_at = now_,
                .received_at = now_,
                .dedupe_key = std::move(dedupe),
                .data = "{}"};
    write([&](Tx& tx) { tx.append_event(event, now_); });
    return event;
  }
  Delivery add_delivery(EventKey event, TriggerNo trigger, Timestamp due_at,
                        DeliveryOrigin origin = DeliveryOrigin::fan_out) {
    Delivery delivery{.event = event,
                      .trigger = trigger,
                      .project = kProject,
                      .origin = origin,
                      .due_at = due_at};
    write([&](Tx& tx) { tx.append_delivery(delivery, now_); });
    return delivery;
  }
  Trigger add_trigger(std::string id = "trg_1") {
    Trigger trigger{.id = std::move(id),
                    .project = kProject,
                    .name = "n",
                    .events = {"a.b"},
                    .url = "https://x",
                    .retry = {.gaps = {Millis{5}}},
                    .max_in_flight = 3,
                    .sealed_secret = std::string("\0\xFFs", 3),
                    .created_at = now_};
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
    for (const auto& item :
         read([&](const ReadTx& tx) { return tx.due(lane_of(no), at, limit); })) {
      keys.push_back(item.key);
    }
    return keys;
  }
  std::int64_t trim(Timestamp before, Timestamp answers_before = {}, int limit = 1000) {
    std::int64_t removed = 0;
    TrimCursor pass;
    write([&](Tx& tx) {
      pass = {};
      removed = tx.trim(before, answers_before, limit, pass);
    });
    return removed;
  }

  static constexpr ProjectNo kProject{1};
  static constexpr TriggerNo kTrigger{7};
  TempFolder folder_;
  std::unique_ptr<Store> store_;
  Timestamp now_ = from_ms(1'776'859'200'000);
};

// --- events
// ---------------------------------------------------------------------------------------

}  // namespace malote::testing
