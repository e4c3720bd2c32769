// When is the next attempt, and is there one? Pure; the caller draws the jitter.
#pragma once

#include <optional>
#include <string_view>

#include "base/time.h"
#include "model/trigger.h"

namespace malote::core {

/// Retry-After is obeyed up to this (a receiver must not park a delivery for ever).
inline constexpr Millis kRetryAfterCap = std::chrono::hours{24};

/// Seconds or an HTTP date (RFC 9110 10.2.3); empty when it is neither.
std::optional<Timestamp> parse_retry_after(std::string_view text, Timestamp now);

/// The time of the attempt after `attempts` finished ones, or empty when the ladder is used up.
/// `jitter_draw` is uniform in 0…1000; `not_before` is the receiver's Retry-After.
std::optional<Timestamp> next_attempt_at(const RetrySettings& settings, int attempts, Timestamp now,
                                         int jitter_draw, std::optional<Timestamp> not_before);

}  // namespace malote::core
