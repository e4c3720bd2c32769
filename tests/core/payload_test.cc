#include "core/payload.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace malote::core {
namespace {

Event sample(std::string data) {
  return {.key = {first_key_at(from_ms(1'776'859'200'000)) + 3},
          .type = "payment.confirmed",
          .source = "asaas",
          .occurred_at = from_ms(1'776'859'198'000),
          .received_at = from_ms(1'776'859'200'123),
          .livemode = true,
          .data = std::move(data)};
}

// These bytes are what receivers have signatures of. They must never change: a new shape is a new
// version beside this one.
TEST(PayloadV1, FlatBytesAreGolden) {
  EXPECT_EQ(
      delivery_body(1, sample(R"({"amount":150.350,"note":"a\"b é","list":[1, 2]})"),
                    "trg_abcdefgh12345678", PayloadFormat::flat),
      R"({"id":"evt_33b6a1f740000003","type":"payment.confirmed","event":"payment.confirmed",)"
      R"("source":"asaas","server_id":"asaas","occurred_at":"2026-04-22T11:59:58.000Z",)"
      R"("created_at":"2026-04-22T12:00:00.123Z","livemode":true,)"
      R"("trigger_id":"trg_abcdefgh12345678",)"
      R"("data":{"amount":150.350,"note":"a\"b é","list":[1, 2]},)"
      R"("amount":150.350,"note":"a\"b é","list":[1, 2]})");
}

TEST(PayloadV1, EnvelopeBytesAreGolden) {
  Event event = sample(R"({"amount":150.350})");
  event.livemode = false;
  EXPECT_EQ(
      delivery_body(1, event, "trg_abcdefgh12345678", PayloadFormat::envelope),
      R"({"id":"evt_33b6a1f740000003","type":"payment.confirmed","event":"payment.confirmed",)"
      R"("source":"asaas","server_id":"asaas","occurred_at":"2026-04-22T11:59:58.000Z",)"
      R"("created_at":"2026-04-22T12:00:00.123Z","livemode":false,)"
      R"("trigger_id":"trg_abcdefgh12345678","data":{"amount":150.350}})");
}

TEST(PayloadV1, DoesNotCopyMembersThatCollideWithTheEnvelope) {
  const auto body = delivery_body(
      1,
      sample(R"({"id":"pay_1","type":"x","event":1,"source":2,"server_id":3,"occurred_at":4,)"
             R"("created_at":5,"livemode":6,"trigger_id":7,"data":{"a":1},"other":8})"),
      "trg_1", PayloadFormat::flat);
  const auto document = json::Document::parse(body);  // refuses duplicate keys
  ASSERT_TRUE(document) << document.error().message;
  EXPECT_EQ(document->root().size(), 11u);
  EXPECT_EQ(document->root()["id"].as_string(), "evt_33b6a1f740000003");
  EXPECT_EQ(document->root()["livemode"].as_bool(), true);
  EXPECT_EQ(document->root()["data"]["id"].as_string(), "pay_1");
  EXPECT_EQ(document->root()["other"].as_int(), 8);
}

TEST(PayloadV1, CopiesKeysThatNeedEscapes) {
  const auto body =
      delivery_body(1, sample(R"({"a\"b":1,"\u0000":2,"":3})"), "trg_1", PayloadFormat::flat);
  const auto document = json::Document::parse(body);
  ASSERT_TRUE(document) << body;
  EXPECT_EQ(document->root()["a\"b"].as_int(), 1);
  EXPECT_EQ(document->root()[""].as_int(), 3);
}

TEST(PayloadV1, DataIsPassedOnByteForByte) {
  const std::string data = R"({ "n" : 1.10e+2 , "big":123456789012345678901234567890 })";
  for (const auto format : {PayloadFormat::flat, PayloadFormat::envelope}) {
    EXPECT_NE(delivery_body(1, sample(data), "trg_1", format).find("\"data\":" + data),
              std::string::npos);
  }
}

TEST(PayloadDeathTest, AnUnknownVersionIsABrokenInvariant) {
  EXPECT_DEATH(delivery_body(2, sample("{}"), "trg_1", PayloadFormat::flat), "body version");
}

TEST(PayloadV1, StoredDataThatCannotBeReadIsSentAsNull) {
  for (const char* data : {"", "{", "not json", "{\"a\":1,\"a\":2}", "{\"a\":\"\xFF\"}", "{} x"}) {
    for (const auto format : {PayloadFormat::flat, PayloadFormat::envelope}) {
      const auto document = json::Document::parse(delivery_body(1, sample(data), "trg_1", format));
      ASSERT_TRUE(document) << data;
      EXPECT_TRUE(document->root()["data"].is_null()) << data;
      EXPECT_EQ(document->root().size(), 10u) << data;
    }
  }
}

TEST(PayloadV1, StoredDataThatIsNoObjectIsSentWithoutCopies) {
  EXPECT_TRUE(delivery_body(1, sample("[1]"), "trg_1", PayloadFormat::flat)
                  .ends_with(R"(,"trigger_id":"trg_1","data":[1]})"));
}

}  // namespace
}  // namespace malote::core
