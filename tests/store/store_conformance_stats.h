// Store conformance: counts and backlogs.
#pragma once

#include "store/store_conformance_fixture.h"

namespace malote::testing {

inline std::vector<std::int64_t> numbers_of(const std::vector<Count>& counts) {
  std::vector<std::int64_t> numbers;
  for (const auto& count : counts) numbers.push_back(count.n);
  return numbers;
}

TEST_P(StoreConformance, CountsAddUpByMinuteAndByHour) {
  for (const Millis after : {0ms, 59'999ms, 60'000ms}) {
    write([&](Tx& tx) {
      tx.count(kProject, now_ + after, Counted::events);
      tx.count(kProject, now_ + after, Counted::events);
      tx.count({2}, now_ + after, Counted::events);
    });
  }
  const CountRange minutes{.project = kProject, .since = now_, .until = now_ + 1h};
  CountRange hours = minutes;
  hours.span = CountSpan::hour;
  using Numbers = std::vector<std::int64_t>;
  const auto by_minute = read([&](const ReadTx& tx) { return tx.counts(minutes); });
  EXPECT_EQ(numbers_of(by_minute), (Numbers{4, 2}));
  EXPECT_EQ(by_minute.at(1).at, now_ + 1min);
  EXPECT_EQ(numbers_of(read([&](const ReadTx& tx) { return tx.counts(hours); })), Numbers{6});
}

TEST_P(StoreConformance, ATransactionThatFailsCountsNothing) {
  const auto result = try_write([&](Tx& tx) -> Result<void> {
    tx.count(kProject, now_, Counted::dead);
    return fail(Errc::internal_error, "no");
  });
  EXPECT_FALSE(result);
  write([&](Tx& tx) { tx.count(kProject, now_, Counted::events); });
  const CountRange range{.project = kProject, .since = now_, .until = now_ + 1min};
  const auto counts = read([&](const ReadTx& tx) { return tx.counts(range); });
  ASSERT_EQ(counts.size(), 1u);
  EXPECT_EQ(counts[0].what, Counted::events);
}

TEST_P(StoreConformance, OldCountsAreTrimmedAndThoseOfADeletedProjectGo) {
  Project project{.id = "prj_1", .name = "p", .slug = "p", .created_at = now_};
  write([&](Tx& tx) {
    tx.insert_project(project);
    tx.count(project.no, now_, Counted::events);
  });
  const auto left = [&](CountSpan span) {
    const CountRange all{.project = project.no, .span = span, .since = {}, .until = now_ + 24h};
    return read([&](const ReadTx& tx) { return tx.counts(all).size(); });
  };
  write([&](Tx& tx) { tx.trim_counts(now_ + kKeepMinutes, 100); });
  EXPECT_EQ(left(CountSpan::minute), 1u);
  write([&](Tx& tx) { tx.trim_counts(now_ + kKeepMinutes + 1min, 100); });
  EXPECT_EQ(left(CountSpan::minute), 0u);
  EXPECT_EQ(left(CountSpan::hour), 1u);
  write([&](Tx& tx) { tx.delete_project(project.no); });
  EXPECT_EQ(left(CountSpan::hour), 0u);
}

TEST_P(StoreConformance, ABacklogIsCountedAsFarAsItIsLookedAt) {
  const auto event = add_event();
  const auto first = add_delivery(event.key, kTrigger, now_ + 5s);
  add_delivery(event.key, kTrigger, now_);
  add_delivery(event.key, kTrigger, now_ + 1s);
  const auto look = [&](int limit) {
    return read([&](const ReadTx& tx) { return tx.backlog(lane_of(kTrigger), limit); });
  };
  EXPECT_EQ(look(3).waiting, 3);
  EXPECT_TRUE(look(3).is_whole);
  EXPECT_EQ(look(3).oldest_key, first.key.value);
  EXPECT_EQ(look(2).waiting, 2);
  EXPECT_FALSE(look(2).is_whole);
  EXPECT_EQ(read([](const ReadTx& tx) { return tx.backlog({4}, 10); }).oldest_key, 0);
}

}  // namespace malote::testing
