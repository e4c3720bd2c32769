// Numbers over time of one project, read off what the store counts (ports/stats_store.h), and what
// waits and fails now. The cost follows the range and the number of triggers, never the number of
// events or deliveries.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "engine/context.h"

namespace malote::engine {

/// Counts a finished attempt. `delivery` is as it is after it.
void count_attempt(Tx& tx, const Delivery& delivery, Timestamp finished_at);

/// `bucket` 0: one that fits the range. `since` 0: a day before `until`; `until` 0: now.
struct StatsWish {
  ProjectNo project{};
  Timestamp since{}, until{};
  Millis bucket{};
};

struct Tally {
  std::int64_t events = 0, delivered = 0, failed_attempts = 0, dead = 0;
  std::map<int, std::int64_t> latency{};  // deliveries by core::latency_slot

  /// The time within which `share` (0 to 1) of what was delivered arrived, give or take an eighth;
  /// nothing where nothing did.
  std::optional<Millis> percentile(double share) const;
};

struct StatsBucket {
  Timestamp at{};  // its beginning
  Tally tally{};
};

struct TriggerBacklog {
  Trigger trigger{};
  Backlog backlog{};
};

struct Stats {
  Timestamp since{}, until{};  // widened to whole buckets
  Millis bucket{};
  std::vector<StatsBucket> buckets{};  // all of the range, empty ones too
  Tally total{};
  Backlog waiting{};                         // of all triggers
  std::vector<TriggerBacklog> in_trouble{};  // not active, failing in a row, or with a backlog
};

/// Buckets under an hour are kept for three days and shown over two; longer ones over 92 days.
inline constexpr int kMaxBuckets = 1000;
inline constexpr Millis kLongestByMinute{std::chrono::hours{24 * 2}};
inline constexpr Millis kLongestByHour{std::chrono::hours{24 * 92}};

/// At most so many entries of the queue are looked at: of one trigger, and in all.
inline constexpr int kBacklogSeen = 10'000;
inline constexpr int kBacklogsSeen = 100'000;
inline constexpr int kTroubleShown = 100;

/// Fails (Errc::invalid_query) where the wish has more buckets or a longer range than that.
Result<Stats> load_stats(const ReadTx& tx, StatsWish wish, Timestamp now);

}  // namespace malote::engine
