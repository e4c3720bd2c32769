#include "engine/upkeep.h"

#include <algorithm>

#include "base/log.h"

namespace malote::engine {

namespace {

constexpr Millis kBusyPause{20};  // leaves the writer to the traffic nearly all the time
constexpr Millis kIdlePause{60'000};
constexpr Millis kMeasureEvery{10'000};

}  // namespace

/// By age; and while the store is larger than it may be, whatever is oldest, but for the last hour.
Timestamp Upkeep::cutoff(Timestamp now) {
  if (retention_.max_bytes > 0 && now >= measure_again_) {
    Totals totals;
    (void)context_.store.read([&](const ReadTx& tx) -> Result<void> {
      totals = tx.totals();
      return {};
    });
    too_large_ = totals.bytes > retention_.max_bytes;
    measure_again_ = now + kMeasureEvery;
  }
  const Timestamp before = now - retention_.keep;
  return too_large_ ? std::max(before, now - std::chrono::hours{1}) : before;
}

Millis Upkeep::step() {
  const Timestamp now = context_.clock.now();
  const Timestamp before = cutoff(now);
  std::int64_t removed = 0;
  TrimCursor pass;
  const auto result = commit_and_wait(context_, [&](Tx& tx, Effects& effects) -> Result<void> {
    connections_.expire(tx, effects, now, retention_.rows_per_step, is_renewed_);
    pass = pass_;
    removed = tx.trim_counts(now, retention_.rows_per_step);
    removed += tx.trim(before, now - retention_.keep_answers, retention_.rows_per_step, pass);
    return {};
  });
  if (!result) {
    log::warn("retention: " + result.error().message);
    return kIdlePause;
  }
  pass_ = pass.is_finished() ? TrimCursor{} : pass;
  return removed > 0 || !pass.is_finished() ? kBusyPause : kIdlePause;
}

}  // namespace malote::engine
