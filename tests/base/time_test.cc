#include "base/time.h"

#include <gtest/gtest.h>

namespace malote {
namespace {

using std::chrono::minutes;

constexpr std::int64_t kNoon = 1'776'859'200'000;  // 2026-04-22T12:00:00Z

struct TimeCase {
  const char* text;
  std::optional<std::int64_t> ms;
};

TEST(ParseTime, ReadsRfc3339AndNothingElse) {
  const TimeCase cases[] = {
      {"2026-04-22T12:00:00Z", kNoon},
      {"2026-04-22t12:00:00z", kNoon},
      {"2026-04-22 12:00:00Z", kNoon},
      {"2026-04-22T12:00Z", kNoon},
      {"2026-04-22T09:00:00-03:00", kNoon},
      {"2026-04-22T09:00:00-0300", kNoon},
      {"2026-04-22T17:30:00+05:30", kNoon},
      {"2026-04-22T12:00:00.1Z", kNoon + 100},
      {"2026-04-22T12:00:00.123999Z", kNoon + 123},
      {"2026-04-22T11:59:60Z", kNoon},
      {"1970-01-01T00:00:00Z", 0},
      {"1969-12-31T23:59:59.999Z", -1},
      {"2024-02-29T00:00:00Z", 1'709'164'800'000},
      {"2023-02-29T00:00:00Z", {}},
      {"2026-13-01T00:00:00Z", {}},
      {"2026-00-01T00:00:00Z", {}},
      {"2026-04-31T00:00:00Z", {}},
      {"2026-04-22T24:00:00Z", {}},
      {"2026-04-22T12:60:00Z", {}},
      {"2026-04-22T12:00:61Z", {}},
      {"2026-04-22T12:00:00", {}},
      {"2026-04-22", {}},
      {"2026-04-22T12:00:00+24:00", {}},
      {"2026-04-22T12:00:00+03", {}},
      {"2026-04-22T12:00:00Zjunk", {}},
      {" 2026-04-22T12:00:00Z", {}},
      {"2026-4-22T12:00:00Z", {}},
      {"-026-04-22T12:00:00Z", {}},
      {"0001-01-01T00:00:00Z", -62'135'596'800'000},
      {"9999-12-31T23:59:59.999Z", 253'402'300'799'999},
      {"0000-12-31T23:59:59Z", {}},
      {"0000-01-01T00:00:00+10:00", {}},
      {"0001-01-01T00:00:00+00:01", {}},
      {"9999-12-31T23:59:59-10:00", {}},
      {"9999-12-31T23:59:60Z", {}},
      {"1776859200", {}},
      {"", {}},
  };
  for (const auto& [text, ms] : cases) {
    const auto at = parse_time(text);
    ASSERT_EQ(at.has_value(), ms.has_value()) << text;
    if (at) {
      EXPECT_EQ(to_ms(*at), *ms) << text;
    }
  }
}

TEST(ParseTime, TakesTheDefaultOffsetOnlyWhereNoneIsWritten) {
  EXPECT_EQ(to_ms(*parse_time("2026-04-22T09:00:00", minutes{-180})), kNoon);
  EXPECT_EQ(to_ms(*parse_time("2026-04-22T12:00:00Z", minutes{-180})), kNoon);
  EXPECT_EQ(to_ms(*parse_time("2026-04-22", minutes{-180})), kNoon - 9 * 3'600'000);
  EXPECT_EQ(parse_time("0001-01-01", minutes{180}), std::nullopt);
}

TEST(FormatTime, WritesUtcWithThreeFractionDigitsAndReadsBack) {
  EXPECT_EQ(format_rfc3339(from_ms(kNoon + 7)), "2026-04-22T12:00:00.007Z");
  EXPECT_EQ(format_rfc3339(from_ms(0)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(format_rfc3339(from_ms(-1)), "1969-12-31T23:59:59.999Z");
  for (std::int64_t ms = -5'000'000'000'000; ms < 5'000'000'000'000; ms += 123'456'789'123) {
    EXPECT_EQ(parse_time(format_rfc3339(from_ms(ms))), from_ms(ms)) << ms;
  }
  EXPECT_EQ(to_unix_s(from_ms(-1)), -1);
  EXPECT_EQ(to_unix_s(from_ms(1999)), 1);
}

TEST(Duration, ReadsItsFormsAndRefusesTheRest) {
  const TimeCase cases[] = {
      {"50ms", 50},
      {"10s", 10'000},
      {"2m", 120'000},
      {"1h", 3'600'000},
      {"3d", 259'200'000},
      {"1.5h", 5'400'000},
      {"0s", 0},
      {"0.5ms", 1},
      {"", {}},
      {"10", {}},
      {"s", {}},
      {"-1s", {}},
      {"+1s", {}},
      {"1 s", {}},
      {"1w", {}},
      {"1S", {}},
      {"1e3s", {}},
      {"infs", {}},
      {"nans", {}},
      {"99999999999d", {}},
      {"1ss", {}},
      {"0x10s", {}},
  };
  for (const auto& [text, ms] : cases) {
    const auto duration = parse_duration(text);
    ASSERT_EQ(duration.has_value(), ms.has_value()) << text;
    if (duration) {
      EXPECT_EQ(duration->count(), *ms) << text;
    }
  }
}

TEST(Duration, WritesTheShortestForm) {
  const std::pair<std::int64_t, const char*> cases[] = {
      {0, "0ms"},        {50, "50ms"},        {10'000, "10s"},    {90'000, "90s"}, {120'000, "2m"},
      {3'600'000, "1h"}, {36'000'000, "10h"}, {86'400'000, "1d"}, {1500, "1500ms"}};
  for (const auto& [ms, text] : cases) {
    EXPECT_EQ(format_duration(Millis{ms}), text);
    EXPECT_EQ(parse_duration(text), Millis{ms});
  }
}

}  // namespace
}  // namespace malote
