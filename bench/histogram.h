// A latency histogram of fixed size: 64 linear steps per power of two, so that any quantile is
// read with an error below 1.6 % whatever the range, and recording is one increment.
// Threads: one.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "clock.h"

namespace malote::bench {

class Histogram {
 public:
  // Negative durations count as zero.
  void record(Nanos duration);

  std::uint64_t count() const { return count_; }
  Nanos max() const { return max_; }

  // The duration that `share` (0 to 1) of the records do not exceed; 0 when nothing is recorded.
  Nanos quantile(double share) const;

 private:
  static constexpr unsigned kStepBits = 6;
  static constexpr std::size_t kSteps = std::size_t{1} << kStepBits;
  static constexpr std::size_t kBuckets = (64 - kStepBits) * kSteps;

  static std::size_t bucket_of(std::uint64_t value);
  static std::uint64_t upper_edge(std::size_t bucket);

  std::array<std::uint64_t, kBuckets> buckets_{};
  std::uint64_t count_ = 0;
  Nanos max_ = 0;
};

}  // namespace malote::bench
