// Times to deliver as slots of a histogram, and percentiles read off it. Four slots for each power
// of two: the middle of a slot is off by an eighth at most. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "base/time.h"

namespace malote::core {

/// 0 … kLatencySlots - 1. What took no time is in the first, what took months in the last.
int latency_slot(Millis took);
inline constexpr int kLatencySlots = 128;

/// The shortest time that falls into a slot.
Millis latency_begin(int slot);

/// The time within which `share` (0 to 1) of all arrived: in the middle of its slot. Nothing where
/// nothing was counted.
std::optional<Millis> latency_percentile(const std::map<int, std::int64_t>& slots, double share);

}  // namespace malote::core
