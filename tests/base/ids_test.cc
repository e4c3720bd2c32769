#include "base/ids.h"

#include <gtest/gtest.h>

namespace malote {
namespace {

TEST(Keys, WriteAsSixteenHexDigitsAndReadBack) {
  const EventKey key{first_key_at(from_ms(1'776'859'200'000)) + 5};
  const std::string text = text_of(key);
  EXPECT_EQ(text.size(), 20u);
  EXPECT_TRUE(text.starts_with("evt_"));
  EXPECT_EQ(parse_event_key(text), key);
  EXPECT_EQ(parse_delivery_key("dlv_" + text.substr(4)), DeliveryKey{key.value});
}

TEST(Keys, SortAsTextTheWayTheySortAsNumbers) {
  const std::int64_t early = first_key_at(from_ms(1'000));
  const std::int64_t late = first_key_at(from_ms(1'776'859'200'000));
  EXPECT_LT(key_text("evt_", early), key_text("evt_", early + 1));
  EXPECT_LT(key_text("evt_", early + 1), key_text("evt_", late));
}

TEST(Keys, CarryTheirTime) {
  const Timestamp at = from_ms(1'776'859'200'123);
  EXPECT_EQ(time_of_key(first_key_at(at)), at);
  EXPECT_EQ(time_of_key(first_key_at(at) + (1 << kKeySequenceBits) - 1), at);
  EXPECT_EQ(time_of_key(first_key_at(at) + (1 << kKeySequenceBits)), at + Millis{1});
}

TEST(Keys, RefuseEveryOtherForm) {
  for (const char* text :
       {"", "evt_", "evt_1", "evt_00000000000000000", "dlv_0000000000000001",
        "evt_000000000000000G", "evt_000000000000000A", "EVT_0000000000000001",
        "evt_-000000000000001", "0000000000000001", "evt_0000000000000000", "evt_8000000000000000",
        "evt_ffffffffffffffff", " evt_0000000000000001", "evt_0000000000000001 "}) {
    EXPECT_FALSE(parse_event_key(text)) << text;
  }
  EXPECT_EQ(parse_event_key("evt_7fffffffffffffff"), EventKey{INT64_MAX});
}

TEST(Keys, OfDifferentThingsDoNotMix) {
  static_assert(!std::is_convertible_v<EventKey, DeliveryKey>);
  static_assert(!std::is_convertible_v<std::int64_t, EventKey>);
  EXPECT_FALSE(parse_delivery_key("evt_0000000000000001"));
}

}  // namespace
}  // namespace malote
