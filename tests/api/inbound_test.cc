#include <gtest/gtest.h>

#include "api/api_fixture.h"

namespace malote::testing {
namespace {

struct InboundApi : ApiTest {
  std::string id =
      post("/v1/connections", R"({"server_id":"asaas","webhook_secret":"s"})").text("id");

  Answer deliver(const std::string& body, const std::string& token = "s") {
    return send({.method = "POST",
                 .path = "/v1/webhooks/asaas/" + id,
                 .query = "a=b%20c",
                 .headers = {{"asaas-access-token", token}, {"X-Odd", "\xFF"}},
                 .body = body,
                 .remote_ip = "203.0.113.9"});
  }
};

TEST_F(InboundApi, AcceptedDuplicateIgnoredAndProbeAreAnsweredAlike) {
  for (const char* body :
       {R"({"id":"1","event":"X"})", R"({"id":"1","event":"X"})", "no json", ""}) {
    const auto answer = deliver(body);
    EXPECT_EQ(answer.status, 200) << body;
    EXPECT_EQ(answer.body, R"({"received":true})");
  }
  EXPECT_EQ(send({.method = "GET", .path = "/v1/webhooks/asaas/" + id}).body,
            R"({"received":true})");
  EXPECT_EQ(traffic.inbound,
            (std::vector<std::string>{"asaas accepted", "asaas duplicate", "asaas ignored",
                                      "asaas ignored", "asaas probe"}));
}

TEST_F(InboundApi, ARefusalDoesNotSayWhy) {
  const auto answer = deliver(R"({"id":"1"})", "wrong");
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.text("message").find("secret"), std::string::npos);
  EXPECT_EQ(answer.text("message").find("token"), std::string::npos);
}

TEST_F(InboundApi, UnknownConnectionsAndServersLookAlike) {
  const auto one = send({.method = "POST", .path = "/v1/webhooks/asaas/ca_none"});
  const auto two = send({.method = "POST", .path = "/v1/webhooks/stripe/" + id});
  const auto three = send({.method = "POST", .path = "/v1/webhooks/nobody/x"});
  for (const auto& answer : {one.status, two.status, three.status}) EXPECT_EQ(answer, 404);
  EXPECT_EQ(one.text("message"), two.text("message"));
}

TEST_F(InboundApi, AFullStoreAnswers503) {
  world.store.fail_at = world.store.writes;
  EXPECT_EQ(deliver(R"({"id":"1","event":"X"})").status, 503);
  EXPECT_EQ(deliver(R"({"id":"1","event":"X"})").status, 200);
  EXPECT_EQ(world.events().size(), 1u);
}

TEST_F(InboundApi, TheEventShowsItsRawRequest) {
  const std::string body = R"({ "id":"1", "event":"X" })";
  deliver(body);
  const auto shown = get("/v1/events/" + text_of(world.events().at(0).key));
  EXPECT_EQ(shown["raw_request"]["body"].as_string(), body);
  EXPECT_EQ(shown["raw_request"]["body_encoding"].as_string(), "utf8");
  EXPECT_EQ(shown["raw_request"]["query"]["a"].as_string(), "b c");
  EXPECT_EQ(shown["raw_request"]["headers"]["asaas-access-token"].as_string(), "[redacted]");
  EXPECT_EQ(shown["raw_request"]["remote_ip"].as_string(), "203.0.113.9");
  EXPECT_EQ(shown.text("integrity"), "unsigned_body");
  EXPECT_EQ(shown.text("connection_id"), id);
  EXPECT_EQ(shown.text("provider_event_id"), "1");
}

}  // namespace
}  // namespace malote::testing
