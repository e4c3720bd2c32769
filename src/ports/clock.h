// The wall clock, as a seam. One notion of time: deadlines, leases and rows all use it, so that a
// clock jump is a simulated fault and not a surprise.
#pragma once

#include "base/time.h"

namespace malote {

struct Clock {
  virtual ~Clock() = default;
  /// May go backwards. Thread-safe.
  virtual Timestamp now() const = 0;
};

}  // namespace malote
