#include "engine/fetch_back.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/bytes.h"
#include "crypto/hmac.h"
#include "engine/connections.h"
#include "fixtures.h"

namespace malote::testing {
namespace {

constexpr const char* kApproved =
    R"({"id":456,"status":"approved","transaction_amount":150.35,"currency_id":"BRL",)"
    R"("external_reference":"order-1"})";

struct FetchBackTest : ::testing::Test {
  World world;
  Connection connection;

  void SetUp() override {
    world.make_trigger();
    const engine::Connections connections{world.context};
    EXPECT_TRUE(world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
      MALOTE_TRY(connection,
                 connections.create(tx, effects, world.project.no,
                                    {.server_id = "mercado-pago",
                                     .credentials = Secret{R"({"access_token":"APP_USR-1"})"},
                                     .webhook_secret = Secret{"s"}}));
      return {};
    }));
  }
  engine::IntakeAnswer notify(const std::string& notification = "1") {
    providers::RawRequest request{
        .method = "POST",
        .query = {{"data.id", "456"}},
        .body = R"({"id":)" + notification + R"(,"type":"payment","data":{"id":"456"}})"};
    request.headers = {{"x-signature", "ts=5,v1=" + hex_encode(crypto::hmac(crypto::Hash::sha256,
                                                                            "s", "id:456;ts:5;"))}};
    engine::IntakeAnswer answer;
    world.intake.accept("mercado-pago", connection.id, request,
                        [&](engine::IntakeAnswer a) { answer = a; });
    return answer;
  }
  /// The provider's API answers so; deliveries are taken by their receiver.
  void provider_answers(HttpOutcome outcome) {
    world.http.script = [outcome](const HttpRequest& request) -> std::optional<HttpOutcome> {
      return request.method == "GET" ? outcome : HttpOutcome{.status = 200};
    };
  }
  std::size_t fetches() const {
    return static_cast<std::size_t>(
        std::ranges::count(world.http.sent, std::string{"GET"}, &HttpRequest::method));
  }
};

TEST_F(FetchBackTest, ANotificationBecomesTheEventOfTheFetchedResource) {
  provider_answers({.status = 200, .body = kApproved});
  EXPECT_EQ(notify().kind, engine::IntakeAnswer::Kind::accepted);
  EXPECT_TRUE(world.events().empty());  // nothing about money is said before the provider was asked
  world.settle();
  const auto& request = world.http.sent.at(0);
  EXPECT_EQ(request.url, "https://api.mercadopago.com/v1/payments/456");
  EXPECT_EQ(*find_header(request.headers, "Authorization"), "Bearer APP_USR-1");
  const auto event = world.events().at(0);
  EXPECT_EQ(event.type, "payment.confirmed");
  EXPECT_EQ(event.external_reference, "order-1");
  EXPECT_EQ(event.integrity, Integrity::signed_body);
  EXPECT_EQ(world.deliveries({.state = DeliveryState::delivered}).size(), 1u);
}

TEST_F(FetchBackTest, SeveralNotificationsOfOneFactAreOneEvent) {
  provider_answers({.status = 200, .body = kApproved});
  for (const char* id : {"1", "1", "2"}) notify(id);
  world.settle();
  EXPECT_EQ(world.events().size(), 1u);
  notify("1");
  world.settle();
  EXPECT_EQ(world.events().size(), 1u);
}

TEST_F(FetchBackTest, AnIdTheProviderDoesNotKnowEmitsNothing) {
  provider_answers({.status = 404});
  notify();
  world.advance(100h);
  EXPECT_TRUE(world.events().empty());
  EXPECT_EQ(fetches(), 1u);
  EXPECT_TRUE(world.read([](const ReadTx& tx) { return tx.lane_heads(); }).empty());
}

TEST_F(FetchBackTest, AFailingProviderIsAskedAgainUntilItAnswers) {
  provider_answers({.status = 500});
  notify();
  world.settle();
  world.advance(5s);
  world.advance(30s);
  EXPECT_EQ(fetches(), 3u);
  EXPECT_TRUE(world.events().empty());
  provider_answers({.status = 200, .body = kApproved});
  world.advance(2min);
  EXPECT_EQ(world.events().at(0).type, "payment.confirmed");
}

TEST_F(FetchBackTest, ObeysTheProvidersRetryAfter) {
  provider_answers({.status = 429, .retry_after = "3600"});
  notify();
  world.settle();
  world.advance(59min);
  EXPECT_EQ(fetches(), 1u);
  world.advance(1min);
  EXPECT_EQ(fetches(), 2u);
}

TEST_F(FetchBackTest, GivingUpEmitsTheNotificationItselfAndNotAPayment) {
  for (const HttpOutcome& bad :
       {HttpOutcome{.error = "timeout"}, HttpOutcome{.status = 200, .body = "no json"}}) {
    provider_answers(bad);
    notify(bad.error.empty() ? "7" : "8");
    world.settle();
    for (int i = 0; i < 200; ++i) world.advance(1h);
  }
  EXPECT_EQ(fetches(), 20u);
  const auto events = world.events();
  ASSERT_EQ(events.size(), 2u);
  for (const auto& event : events) {
    EXPECT_EQ(event.type, "provider.mercado-pago.payment");
    EXPECT_EQ(event.integrity, Integrity::unsigned_body);
  }
}

TEST_F(FetchBackTest, WithoutCredentialsTheNotificationIsEmittedAtOnce) {
  const engine::Connections connections{world.context};
  EXPECT_TRUE(world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
    MALOTE_TRY(connection,
               connections.create(tx, effects, world.project.no,
                                  {.server_id = "mercado-pago", .webhook_secret = Secret{"s"}}));
    return {};
  }));
  notify();
  EXPECT_EQ(world.events().at(0).type, "provider.mercado-pago.payment");
}

}  // namespace
}  // namespace malote::testing
