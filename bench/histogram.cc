#include "histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace malote::bench {

// Values below 64 have a bucket each. Above, the leading bit chooses a row of 64 buckets and the
// six bits behind it the bucket in that row.
std::size_t Histogram::bucket_of(std::uint64_t value) {
  if (value < kSteps) return static_cast<std::size_t>(value);
  const unsigned shift = static_cast<unsigned>(std::bit_width(value)) - kStepBits - 1;
  const std::uint64_t step = (value >> shift) - kSteps;
  return (shift + 1) * kSteps + static_cast<std::size_t>(step);
}

std::uint64_t Histogram::upper_edge(std::size_t bucket) {
  if (bucket < kSteps) return bucket;
  const std::size_t shift = bucket / kSteps - 1;
  const std::uint64_t step = bucket % kSteps + kSteps;
  return ((step + 1) << shift) - 1;
}

void Histogram::record(Nanos duration) {
  const Nanos value = std::max<Nanos>(duration, 0);
  ++buckets_[bucket_of(static_cast<std::uint64_t>(value))];
  ++count_;
  max_ = std::max(max_, value);
}

Nanos Histogram::quantile(double share) const {
  if (count_ == 0) return 0;
  const auto rank = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    seen += buckets_[bucket];
    if (seen >= rank && seen > 0) return std::min(max_, static_cast<Nanos>(upper_edge(bucket)));
  }
  return max_;
}

}  // namespace malote::bench
