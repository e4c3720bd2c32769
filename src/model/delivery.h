// A delivery: one event owed to one trigger. There is exactly one row per (event, trigger) pair,
// and one more for each redelivery; it says what became of it.
#pragma once

#include <string>

#include "base/ids.h"
#include "base/time.h"

namespace malote {

/// pending → delivered | failed → … → delivered | dead. `failed` waits for its next attempt.
enum class DeliveryState : std::uint8_t { pending, failed, delivered, dead };
std::string_view word(DeliveryState state);
inline bool is_finished(DeliveryState s) {
  return s == DeliveryState::delivered || s == DeliveryState::dead;
}

enum class DeliveryOrigin : std::uint8_t { fan_out, test_fire, redeliver, replay };
std::string_view word(DeliveryOrigin origin);

/// The version of core/payload.h's body function that new deliveries are bound to.
inline constexpr int kBodyVersion = 1;

struct Delivery {
  DeliveryKey key{};
  EventKey event{};
  TriggerNo trigger{};
  ProjectNo project{};
  DeliveryState state = DeliveryState::pending;
  DeliveryOrigin origin = DeliveryOrigin::fan_out;
  std::uint8_t body_format = 0;  // PayloadFormat when it was made; a re-sent body never changes
  std::uint8_t body_version = kBodyVersion;
  int attempts = 0;         // attempts finished
  int response_status = 0;  // of the last attempt; 0: no answer
  std::string error{};      // of the last attempt; empty on success
  Timestamp due_at{};       // of the next attempt
  Timestamp finished_at{};  // when it became delivered or dead
  bool receipt_acknowledged = false;
  std::int64_t streak_epoch = -1;  // the trigger's epoch in which a failure of this one was counted
};

/// What one attempt did; kept for good (until retention).
struct Attempt {
  DeliveryKey delivery{};
  int number = 0;  // 1, 2, …
  Timestamp started_at{};
  Millis duration{};
  int response_status = 0;
  std::string error{};          // "http_500", "timeout", "ssrf_blocked:private", "connect: …"
  std::string response_body{};  // at most kResponseBodyKept bytes
};

/// Attempt responses: bytes kept and bytes read (the contract's 16,384 and 65,536).
inline constexpr std::size_t kResponseBodyKept = 16 * 1024;
inline constexpr std::size_t kResponseBodyRead = 64 * 1024;

/// Where work waits its turn: one lane per trigger (deliveries), per connection (fetch-backs) and
/// per loop (runs), so that nothing slow delays its neighbours.
struct Lane {
  std::int64_t value = 0;
  auto operator<=>(const Lane&) const = default;
};
enum class LaneKind : std::uint8_t { trigger = 0, connection = 1, loop = 2 };
inline Lane lane_of(TriggerNo no) { return {no.value * 4 + 0}; }
inline Lane lane_of(ConnectionNo no) { return {no.value * 4 + 1}; }
inline Lane lane_of(LoopNo no) { return {no.value * 4 + 2}; }
inline LaneKind kind_of(Lane lane) { return static_cast<LaneKind>(lane.value & 3); }
inline TriggerNo trigger_of(Lane lane) { return {lane.value >> 2}; }
inline ConnectionNo connection_of(Lane lane) { return {lane.value >> 2}; }
inline LoopNo loop_of(Lane lane) { return {lane.value >> 2}; }

}  // namespace malote
