// What the store counts of each project, so that numbers over time cost the same however many rows
// there are: part of ReadTx and Tx (ports/store.h).
#pragma once

#include <cstdint>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "model/delivery.h"

namespace malote {

/// What is counted. From `first_latency` on: deliveries that arrived within one slot of time to
/// deliver (core/latency.h says which).
enum class Counted : std::int32_t { events, delivered, failed_attempts, dead, first_latency = 16 };

enum class CountSpan : std::uint8_t { minute, hour };
constexpr Millis length_of(CountSpan span) {
  return span == CountSpan::minute ? Millis{60'000} : Millis{3'600'000};
}

struct Count {
  Timestamp at{};  // when the minute or hour began
  Counted what{};
  std::int64_t n = 0;
};

struct CountRange {
  ProjectNo project{};
  CountSpan span = CountSpan::minute;
  Timestamp since{}, until{};  // both by the beginning of a minute or hour; until is exclusive
};

/// What waits on a lane, as far as it was looked at.
struct Backlog {
  std::int64_t waiting = 0;
  std::int64_t oldest_key = 0;  // the smallest key; 0 where nothing waits
  bool is_whole = true;         // false: more wait, and one of those may be older
};

class StatsReads {
 public:
  virtual ~StatsReads() = default;
  virtual std::vector<Count> counts(const CountRange& range) const = 0;  // by (at, what)
  /// Looks at no more than `limit` entries, those due first.
  virtual Backlog backlog(Lane lane, int limit) const = 0;
};

class StatsWrites {
 public:
  virtual ~StatsWrites() = default;
  /// One more of `what` in the minute and the hour of `at`; kept with this transaction.
  virtual void count(ProjectNo project, Timestamp at, Counted what) = 0;
  /// Removes at most about `limit` counts that are too old. Returns how many went.
  virtual std::int64_t trim_counts(Timestamp now, int limit) = 0;
};

/// How long counts are kept, whatever the retention of events is.
inline constexpr Millis kKeepMinutes{std::chrono::hours{24 * 3}};
inline constexpr Millis kKeepHours{std::chrono::hours{24 * 100}};

}  // namespace malote
