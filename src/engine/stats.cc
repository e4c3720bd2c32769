#include "engine/stats.h"

#include <algorithm>

#include "core/latency.h"

namespace malote::engine {

namespace {

using std::chrono::floor;
using std::chrono::hours;
using std::chrono::minutes;

constexpr Millis kBuckets[] = {minutes{1}, minutes{5}, minutes{15}, minutes{30},
                               hours{1},   hours{6},   hours{24}};
constexpr int kBucketsByItself = 100;  // at most, where nobody named a bucket
constexpr int kTriggersRead = 1000;
constexpr Millis kMostAhead = hours{24};  // clocks of clients differ

Unexpected bad(std::string_view name, std::string message) {
  return fail(make_issue(Errc::invalid_query, std::string{name}, std::move(message)));
}

Millis fitting_bucket(Millis range) {
  for (const Millis bucket : kBuckets) {
    if (bucket < hours{1} && range > kLongestByMinute) continue;
    if (range <= bucket * kBucketsByItself) return bucket;
  }
  return hours{24};
}

Timestamp round_down(Timestamp at, Millis bucket) { return at - at.time_since_epoch() % bucket; }

/// Fills in what was left open, and widens the range to whole buckets.
Result<StatsWish> completed(StatsWish wish, Timestamp now) {
  if (wish.until == Timestamp{}) wish.until = now;
  if (wish.since == Timestamp{}) wish.since = wish.until - hours{24};
  if (wish.until > now + kMostAhead) return bad("until", "lies more than a day ahead");
  if (wish.since >= wish.until) return bad("since", "is not before until");
  const Millis range = wish.until - wish.since;
  if (wish.bucket == Millis{}) wish.bucket = fitting_bucket(range);
  if (wish.bucket < minutes{1} || wish.bucket % minutes{1} != Millis{} || wish.bucket > hours{24})
    return bad("bucket", "takes whole minutes, from 1m to 1d");
  const bool by_hour = wish.bucket % hours{1} == Millis{};
  if (range > (by_hour ? kLongestByHour : kLongestByMinute)) {
    return bad("since", by_hour ? "is more than 92 days before until"
                                : "is more than 2 days before until: use a bucket of whole hours");
  }
  if (range / wish.bucket >= kMaxBuckets) return bad("bucket", "makes more than 1000 buckets");
  wish.since = round_down(wish.since, wish.bucket);
  wish.until = round_down(wish.until + wish.bucket - Millis{1}, wish.bucket);
  return wish;
}

void add(Tally& tally, const Count& count) {
  switch (count.what) {
    case Counted::events: tally.events += count.n; return;
    case Counted::delivered: tally.delivered += count.n; return;
    case Counted::failed_attempts: tally.failed_attempts += count.n; return;
    case Counted::dead: tally.dead += count.n; return;
    default:
      tally.latency[static_cast<int>(count.what) - static_cast<int>(Counted::first_latency)] +=
          count.n;
  }
}

void load_counts(const ReadTx& tx, const StatsWish& wish, Stats& stats) {
  for (Timestamp at = wish.since; at < wish.until; at += wish.bucket) {
    stats.buckets.push_back({.at = at});
  }
  const bool by_hour = wish.bucket % hours{1} == Millis{};
  const auto counts = tx.counts({.project = wish.project,
                                 .span = by_hour ? CountSpan::hour : CountSpan::minute,
                                 .since = wish.since,
                                 .until = wish.until});
  for (const Count& count : counts) {
    const auto position = static_cast<std::size_t>((count.at - wish.since) / wish.bucket);
    add(stats.buckets.at(position).tally, count);
    add(stats.total, count);
  }
}

void load_waiting(const ReadTx& tx, ProjectNo project, Stats& stats) {
  int left = kBacklogsSeen;
  for (auto& trigger : tx.triggers({.project = project}, {.limit = kTriggersRead})) {
    const Backlog backlog = tx.backlog(lane_of(trigger.no), std::min(left, kBacklogSeen));
    left -= static_cast<int>(backlog.waiting);
    Backlog& sum = stats.waiting;
    sum.waiting += backlog.waiting;
    sum.is_whole = sum.is_whole && backlog.is_whole;
    if (backlog.oldest_key > 0 && (sum.oldest_key == 0 || backlog.oldest_key < sum.oldest_key))
      sum.oldest_key = backlog.oldest_key;
    const bool quiet =
        trigger.status == TriggerStatus::active && trigger.streak == 0 && backlog.waiting == 0;
    if (!quiet && stats.in_trouble.size() < kTroubleShown)
      stats.in_trouble.push_back({std::move(trigger), backlog});
  }
}

}  // namespace

std::optional<Millis> Tally::percentile(double share) const {
  return core::latency_percentile(latency, share);
}

void count_attempt(Tx& tx, const Delivery& delivery, Timestamp finished_at) {
  if (delivery.state != DeliveryState::delivered) {
    tx.count(delivery.project, finished_at, Counted::failed_attempts);
    if (delivery.state == DeliveryState::dead)
      tx.count(delivery.project, finished_at, Counted::dead);
    return;
  }
  tx.count(delivery.project, finished_at, Counted::delivered);
  const int slot = core::latency_slot(finished_at - time_of_key(delivery.key.value));
  tx.count(delivery.project, finished_at,
           static_cast<Counted>(static_cast<int>(Counted::first_latency) + slot));
}

Result<Stats> load_stats(const ReadTx& tx, StatsWish wish, Timestamp now) {
  MALOTE_TRY(wish, completed(wish, now));
  Stats stats{.since = wish.since, .until = wish.until, .bucket = wish.bucket};
  load_counts(tx, wish, stats);
  load_waiting(tx, wish.project, stats);
  return stats;
}

}  // namespace malote::engine
