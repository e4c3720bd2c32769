#include "engine/due_times.h"

#include <algorithm>

namespace malote::engine {

namespace {

/// Nothing but a trigger's own schedule makes work wait for longer (Retry-After is capped at it).
constexpr Millis kLongestWait = std::chrono::hours{24};

Millis longest_wait(const std::optional<Trigger>& trigger) {
  if (!trigger || trigger->retry.gaps.empty()) return kLongestWait;
  const Millis gap = *std::ranges::max_element(trigger->retry.gaps);
  return std::max(kLongestWait, gap + gap * trigger->retry.jitter_permille / 1000);
}

}  // namespace

void pull_all_due_back(Tx& tx, Timestamp now) {
  for (const LaneHead& head : tx.lane_heads()) {
    const bool sends = kind_of(head.lane) == LaneKind::trigger;
    const auto trigger = sends ? tx.trigger(trigger_of(head.lane)) : std::nullopt;
    tx.pull_due_back(head.lane, now, now + longest_wait(trigger));
  }
}

}  // namespace malote::engine
