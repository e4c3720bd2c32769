#include "core/latency.h"

#include <gtest/gtest.h>

namespace malote::core {
namespace {

TEST(Latency, EverySlotBeginsWhereTheOneBeforeEnds) {
  for (int slot = 1; slot < kLatencySlots; ++slot) {
    const Millis begin = latency_begin(slot);
    EXPECT_EQ(latency_slot(begin), slot) << begin.count();
    EXPECT_EQ(latency_slot(begin - Millis{1}), slot - 1) << begin.count();
  }
}

TEST(Latency, WhatIsNegativeOrEndlessHasASlotToo) {
  EXPECT_EQ(latency_slot(Millis{-5}), 0);
  EXPECT_EQ(latency_slot(Millis::max()), kLatencySlots - 1);
  EXPECT_EQ(latency_slot(Millis{std::chrono::hours{24 * 365}}), kLatencySlots - 1);
}

TEST(Latency, PercentilesAreOffByAnEighthAtMost) {
  std::map<int, std::int64_t> slots;
  for (int ms = 1; ms <= 10'000; ++ms) ++slots[latency_slot(Millis{ms})];
  for (const double share : {0.01, 0.5, 0.95, 0.99}) {
    const double exact = share * 10'000;
    const auto read = static_cast<double>(latency_percentile(slots, share)->count());
    EXPECT_NEAR(read, exact, exact / 8 + 1) << share;
  }
}

TEST(Latency, APercentileOfOneIsItsSlotAndOfNoneIsNothing) {
  EXPECT_EQ(latency_percentile({{latency_slot(Millis{3}), 1}}, 0.5), Millis{3});
  EXPECT_EQ(latency_percentile({}, 0.5), std::nullopt);
  EXPECT_EQ(latency_percentile({{5, 0}}, 0.5), std::nullopt);
}

}  // namespace
}  // namespace malote::core
