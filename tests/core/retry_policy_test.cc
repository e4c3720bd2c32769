#include "core/retry_policy.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "files.h"

namespace malote::core {
namespace {

using namespace std::chrono_literals;

const Timestamp kNow = from_ms(1'776'859'200'000);  // Wed, 22 Apr 2026 12:00:00 GMT

RetrySettings built_in_ladder() {
  const auto document = json::Document::parse(testing::read_file("data/schedules.json"));
  const json::View schedule = document->root()["default"];
  RetrySettings settings;
  for (const auto gap : schedule["gaps"]) {
    settings.gaps.push_back(*parse_duration(*gap.as_string()));
  }
  settings.jitter_permille = static_cast<int>(*schedule["jitter"].as_double() * 1000);
  EXPECT_EQ(schedule["attempts"].as_int(), static_cast<std::int64_t>(settings.gaps.size()) + 1);
  return settings;
}

TEST(RetryPolicy, TheLadderIsElevenGapsAndTwelveAttempts) {
  const RetrySettings settings = built_in_ladder();
  const Millis gaps[] = {10s, 30s, 2min, 10min, 30min, 1h, 2h, 4h, 6h, 8h, 10h};
  for (int attempts = 1; attempts <= 11; ++attempts) {
    EXPECT_EQ(next_attempt_at(settings, attempts, kNow, 0, {}), kNow + gaps[attempts - 1])
        << "after attempt " << attempts;
  }
  EXPECT_FALSE(next_attempt_at(settings, 12, kNow, 0, {}));
  EXPECT_FALSE(next_attempt_at(settings, 13, kNow, 0, {}));
  EXPECT_FALSE(next_attempt_at(settings, 0, kNow, 0, {}));
  EXPECT_FALSE(next_attempt_at({}, 1, kNow, 0, {}));
}

TEST(RetryPolicy, JitterOnlyEverAdds) {
  const RetrySettings settings = built_in_ladder();
  EXPECT_EQ(settings.jitter_permille, 100);
  for (int attempts = 1; attempts <= 11; ++attempts) {
    const Timestamp plain = *next_attempt_at(settings, attempts, kNow, 0, {});
    Timestamp before = plain;
    for (int draw = 0; draw <= 1000; draw += 50) {
      const Timestamp at = *next_attempt_at(settings, attempts, kNow, draw, {});
      EXPECT_GE(at, before);
      EXPECT_LE(at - kNow, (plain - kNow) * 110 / 100);
      before = at;
    }
    EXPECT_EQ(before - kNow, (plain - kNow) * 110 / 100);
  }
}

TEST(RetryPolicy, NeverComesBeforeTheReceiverAskedNorLaterThanTheCap) {
  const RetrySettings settings{.gaps = {10s}};
  EXPECT_EQ(next_attempt_at(settings, 1, kNow, 0, kNow + 5s), kNow + 10s);
  EXPECT_EQ(next_attempt_at(settings, 1, kNow, 0, kNow - 1h), kNow + 10s);
  EXPECT_EQ(next_attempt_at(settings, 1, kNow, 0, kNow + 1h), kNow + 1h);
  EXPECT_EQ(next_attempt_at(settings, 1, kNow, 0, kNow + 25h), kNow + 24h);
  const RetrySettings long_gap{.gaps = {48h}};
  EXPECT_EQ(next_attempt_at(long_gap, 1, kNow, 0, kNow + 25h), kNow + 48h);
}

TEST(RetryAfter, ReadsSecondsAndHttpDates) {
  const struct {
    const char* text;
    std::optional<Timestamp> at;
  } cases[] = {
      {"0", kNow},
      {"120", kNow + 120s},
      {"86400", kNow + 24h},
      {"86401", kNow + 24h},
      {"999999999999", kNow + 24h},
      {"99999999999999999999999999", kNow + 24h},  // a number all the same
      {"Wed, 22 Apr 2026 12:01:00 GMT", kNow + 60s},
      {"Sun, 06 Nov 1994 08:49:37 GMT", from_ms(784'111'777'000)},
      {"Fri, 01 Jan 2100 00:00:00 GMT", from_ms(4'102'444'800'000)},
      {"", {}},
      {"-1", {}},
      {"+5", {}},
      {"1.5", {}},
      {"10s", {}},
      {"soon", {}},
      {"Wed, 22 Apr 2026 12:01:00 UTC", {}},
      {"Wed, 22 Xxx 2026 12:01:00 GMT", {}},
      {"Wed, 32 Apr 2026 12:01:00 GMT", {}},
      {"Wed, 22 Apr 2026 25:01:00 GMT", {}},
      {"Wednesday, 22-Apr-26 12:01:00 GMT", {}},
      {"2026-04-22T12:01:00Z", {}},
  };
  for (const auto& [text, at] : cases) EXPECT_EQ(parse_retry_after(text, kNow), at) << text;
}

}  // namespace
}  // namespace malote::core
