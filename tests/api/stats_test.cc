#include <gtest/gtest.h>

#include "api/api_fixture.h"

namespace malote::testing {
namespace {

struct StatsApi : ApiTest {
  std::int64_t total(const Answer& answer, std::string_view name) {
    return answer["total"][name].as_int().value_or(-1);
  }
};

TEST_F(StatsApi, CountsWhatCameInArrivedFailedAndDied) {
  make_trigger(R"("retry_schedule":["10s"])");
  world.publish();
  world.settle();
  world.http.answer(500);
  world.publish();
  world.settle();
  world.advance(10s);
  const auto answer = get("/v1/stats?bucket=5m");
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(total(answer, "events"), 2);
  EXPECT_EQ(total(answer, "delivered"), 1);
  EXPECT_EQ(total(answer, "failed_attempts"), 2);
  EXPECT_EQ(total(answer, "dead"), 1);
  EXPECT_EQ(answer["total"]["latency_ms"]["p99"].as_int(), 0);
  EXPECT_EQ(answer.text("bucket"), "5m");
  EXPECT_EQ(answer["buckets"].size(), 24u * 12 + 1);
  const auto by_hour = get("/v1/stats?bucket=1h");
  EXPECT_EQ(total(by_hour, "events"), 2);
}

TEST_F(StatsApi, LatencyIsFromTakenInToArrivedWithAllAttempts) {
  make_trigger(R"("retry_schedule":["10s"])");
  world.http.answer(500);
  world.publish();
  world.settle();
  world.http.answer(200);
  world.advance(10s);
  const auto took = get("/v1/stats")["total"]["latency_ms"]["p50"].as_int().value_or(0);
  EXPECT_NEAR(static_cast<double>(took), 10'000, 1250);
}

TEST_F(StatsApi, ShowsWhatWaitsAndWhichTriggersFail) {
  const std::string quiet = make_trigger();
  const std::string paused = make_trigger();
  EXPECT_EQ(call("PATCH", "/v1/triggers/" + paused, R"({"status":"paused"})").status, 200);
  world.publish();
  world.settle();
  world.clock.advance(30s);
  const auto now = get("/v1/stats");
  EXPECT_EQ(now["now"]["waiting"].as_int(), 1);
  EXPECT_EQ(now["now"]["oldest_waiting_ms"].as_int(), 30'000);
  EXPECT_EQ(now["now"]["is_whole"].as_bool(), true);
  ASSERT_EQ(now["now"]["triggers"].size(), 1u) << now.body;
  EXPECT_EQ(now["now"]["triggers"].at(0)["id"].as_string(), paused);
  EXPECT_EQ(now["now"]["triggers"].at(0)["paused_reason"].as_string(), "manual");
}

TEST_F(StatsApi, AnotherProjectSeesNothingOfIt) {
  make_trigger(R"("retry_schedule":[])");
  world.http.answer(500);
  world.publish();
  world.settle();
  const auto foreign =
      call_as("GET", "/v1/stats", "", {{"Authorization", "Bearer " + foreign_key()}});
  EXPECT_EQ(total(foreign, "events"), 0);
  EXPECT_EQ(foreign["now"]["triggers"].size(), 0u);
}

TEST_F(StatsApi, TriggersAreForThoseWhoMayReadThem) {
  const std::string id = make_trigger();
  EXPECT_EQ(call("PATCH", "/v1/triggers/" + id, R"({"status":"paused"})").status, 200);
  const auto answer = call_as("GET", "/v1/stats", "",
                              {{"Authorization", "Bearer " + key_with(R"(["events:read"])")}});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer["now"]["triggers"].size(), 0u);
  EXPECT_EQ(call_as("GET", "/v1/stats", "",
                    {{"Authorization", "Bearer " + key_with(R"(["triggers:read"])")}})
                .status,
            403);
}

TEST_F(StatsApi, RangesAndBucketsThatCostTooMuchAreRefusedByName) {
  const std::pair<const char*, const char*> bad[] = {
      {"bucket=7s", "bucket"},
      {"bucket=90s", "bucket"},
      {"bucket=2d", "bucket"},
      {"bucket=soon", "bucket"},
      {"since=2026-04-22T13:00:00Z", "since"},
      {"since=2026-04-19T12:00:00Z&bucket=15m", "since"},
      {"since=2026-01-01T12:00:00Z", "since"},
      {"since=2026-03-01T12:00:00Z&bucket=1h", "bucket"},
      {"until=1969-12-31T00:00:00Z", "until"},
      {"until=9999-12-31T23:59:59Z&since=9999-12-31T00:00:00Z", "until"},
  };
  for (const auto& [query, field] : bad) {
    const auto answer = get(std::string{"/v1/stats?"} + query);
    EXPECT_EQ(answer.status, 400) << query;
    EXPECT_EQ(answer.text("field"), field) << query << answer.body;
  }
}

TEST_F(StatsApi, TheRangeIsWidenedToWholeBuckets) {
  const auto answer =
      get("/v1/stats?since=2026-04-22T10:31:00Z&until=2026-04-22T11:20:00Z&bucket=1h");
  EXPECT_EQ(answer.text("since"), "2026-04-22T10:00:00.000Z");
  EXPECT_EQ(answer.text("until"), "2026-04-22T12:00:00.000Z");
  EXPECT_EQ(answer["buckets"].size(), 2u);
}

}  // namespace
}  // namespace malote::testing
