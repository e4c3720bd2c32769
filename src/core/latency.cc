#include "core/latency.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace malote::core {

namespace {

constexpr int kPerOctave = 4;  // below it, each millisecond has a slot

}  // namespace

int latency_slot(Millis took) {
  const auto ms = static_cast<std::uint64_t>(std::max<std::int64_t>(0, took.count()));
  if (ms < kPerOctave) return static_cast<int>(ms);
  const int shift = static_cast<int>(std::bit_width(ms)) - 3;  // leaves three bits: 4 … 7
  const int slot = shift * kPerOctave + static_cast<int>(ms >> shift);
  return std::min(slot, kLatencySlots - 1);
}

Millis latency_begin(int slot) {
  if (slot < 2 * kPerOctave) return Millis{slot};
  const int shift = slot / kPerOctave - 1;
  return Millis{std::int64_t{slot - shift * kPerOctave} << shift};
}

std::optional<Millis> latency_percentile(const std::map<int, std::int64_t>& slots, double share) {
  std::int64_t all = 0;
  for (const auto& [slot, n] : slots) all += n;
  if (all <= 0) return {};
  const auto wanted = std::max<std::int64_t>(
      1, static_cast<std::int64_t>(std::ceil(share * static_cast<double>(all))));
  std::int64_t below = 0;
  for (const auto& [slot, n] : slots) {
    below += n;
    if (below < wanted) continue;
    const Millis begin = latency_begin(slot);
    return begin + (latency_begin(slot + 1) - begin - Millis{1}) / 2;
  }
  return {};
}

}  // namespace malote::core
