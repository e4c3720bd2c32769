#include "app/attempt_log.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "base/log.h"

namespace malote::testing {
namespace {

TEST(AttemptLog, ShowsOfATargetOnlyItsHost) {
  for (const auto& [url, host] : std::initializer_list<std::pair<const char*, const char*>>{
           {"https://hooks.example/secret/path?token=x#y", "hooks.example"},
           {"https://user:pa@ss@hooks.example:8443/x", "hooks.example:8443"},
           {"http://[::1]:80?token=x", "[::1]:80"},
           {"https://hooks.example", "hooks.example"},
           {"https://hooks.example#x@y", "hooks.example"}}) {
    EXPECT_EQ(app::host_of(url), host) << url;
  }
}

struct AttemptLogTest : ::testing::Test {
  engine::TraceSeed traces = engine::trace_seed("org_one");
  Event event{.key = {7}, .type = "payment.confirmed"};
  Trigger trigger{.id = "trg_1", .url = "https://u:hush@hooks.example/hush?hush"};
  engine::FinishedDelivery done{
      .delivery = {.key = {8}, .state = DeliveryState::failed, .error = "http_500"},
      .attempt = {.number = 3,
                  .duration = Millis{17},
                  .response_status = 500,
                  .error = "http_500",
                  .response_body = "hush"},
      .sent_bytes = 321};

  ~AttemptLogTest() override { log::set_json(false); }

  std::string lines(bool all) {
    ::testing::internal::CaptureStderr();
    app::AttemptLog{traces, all}.on_attempt(trigger, done, event);
    return ::testing::internal::GetCapturedStderr();
  }
};

TEST_F(AttemptLogTest, OneLineSaysAllThatIsKnownAndNothingSecret) {
  const auto trace = engine::trace_attempt(traces, event, {8}, 3);
  const std::string line = lines(false);
  for (const std::string& part :
       {std::string{" delivery.attempted "}, "event_id=" + text_of(event.key),
        std::string{"event_type=payment.confirmed trigger_id=trg_1 delivery_id="} +
            text_of(done.delivery.key),
        std::string{"attempt=3 state=failed status=500 error=http_500 duration_ms=17 bytes=321"},
        std::string{"next_attempt_at=1970-01-01T00:00:00.000Z host=hooks.example"},
        "trace_id=" + trace.trace_id + " span_id=" + trace.span_id + "\n"}) {
    EXPECT_NE(line.find(part), std::string::npos) << part << " in " << line;
  }
  EXPECT_EQ(line.find("hush"), std::string::npos) << line;
  EXPECT_EQ(line.find('\n'), line.size() - 1);
}

TEST_F(AttemptLogTest, WhatWasDeliveredHasALineOnlyOnWish) {
  done.delivery.state = DeliveryState::delivered;
  EXPECT_EQ(lines(false), "");
  EXPECT_NE(lines(true).find("state=delivered"), std::string::npos);
}

TEST_F(AttemptLogTest, AsJsonTheFieldsAreMembers) {
  log::set_json(true);
  done.attempt.error = "connect: \"odd\"\n";
  const auto line = json::Document::parse(lines(false));
  ASSERT_TRUE(line);
  EXPECT_EQ(line->root()["message"].as_string(), "delivery.attempted");
  EXPECT_EQ(line->root()["level"].as_string(), "info");
  EXPECT_EQ(line->root()["attempt"].as_int(), 3);
  EXPECT_EQ(line->root()["error"].as_string(), "connect: \"odd\"\n");
}

TEST_F(AttemptLogTest, AnErrorInWordsStaysOneFieldOnOneLine) {
  done.attempt.error = "connect: refused\nby x";
  EXPECT_NE(lines(false).find(R"( error="connect: refused\nby x" )"), std::string::npos);
}

}  // namespace
}  // namespace malote::testing
