#include "clock.h"

#include <chrono>

namespace malote::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

const SteadyClock::time_point kProcessStart = SteadyClock::now();

}  // namespace

Nanos now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(SteadyClock::now() - kProcessStart)
      .count();
}

}  // namespace malote::bench
