// Time for the load program: nanoseconds of the steady clock since the process started.
// Starting at zero keeps every stamp below 2^53, so that it survives any JSON implementation on
// its way through the gateway.
// Threads: any.

#pragma once

#include <cstdint>

namespace malote::bench {

using Nanos = std::int64_t;

inline constexpr Nanos kMillisecond = 1'000'000;
inline constexpr Nanos kSecond = 1'000'000'000;

Nanos now_ns();

inline double to_seconds(Nanos duration) { return static_cast<double>(duration) / 1e9; }
inline double to_millis(Nanos duration) { return static_cast<double>(duration) / 1e6; }

}  // namespace malote::bench
