#include "engine/fetch_back.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/bytes.h"
#include "crypto/hmac.h"
#include "engine/connections.h"
#include "engine/resource_cache.h"
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
  EXPECT_EQ(fetches(), 2u) << "a repeat names the version that is being asked for";
  notify("1");
  world.settle();
  EXPECT_EQ(world.events().size(), 1u);
}

TEST_F(FetchBackTest, AFailedFetchIsNoVersion) {
  provider_answers({.status = 500});
  notify();
  world.settle();
  provider_answers({.status = 200, .body = kApproved});
  world.advance(5s);
  EXPECT_EQ(fetches(), 2u);
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

constexpr const char* kPosted =
    R"({"id":"WH-1","event_type":"PAYMENT.CAPTURE.COMPLETED","create_time":"2026-04-22T11:00:00Z",)"
    R"("resource":{"id":"CAP/1","status":"COMPLETED","custom_id":"forged",)"
    R"("amount":{"currency_code":"BRL","value":"9999.00"}}})";
constexpr const char* kCapture = R"({"id":"CAP/1","status":"COMPLETED","custom_id":"order-1",)"
                                 R"("amount":{"currency_code":"BRL","value":"150.35"}})";

/// PayPal, whose API takes access tokens only.
struct TokenFetchTest : ::testing::Test {
  World world;
  Connection connection;
  int tokens = 0;
  HttpOutcome token_answer{.status = 200};
  std::string good = "Bearer t1";  // empty: any
  HttpOutcome resource{.status = 200, .body = kCapture};

  void SetUp() override {
    world.http.script = [this](const HttpRequest& request) -> std::optional<HttpOutcome> {
      if (!request.url.ends_with("/v1/oauth2/token")) {
        const bool taken = good.empty() || *find_header(request.headers, "Authorization") == good;
        return taken ? resource : HttpOutcome{.status = 401};
      }
      HttpOutcome answer = token_answer;
      answer.body = R"({"access_token":"t)" + std::to_string(++tokens) +
                    R"(","token_type":"Bearer","expires_in":3600})";
      return answer;
    };
    const engine::Connections connections{world.context};
    EXPECT_TRUE(world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
      MALOTE_TRY(connection,
                 connections.create(
                     tx, effects, world.project.no,
                     {.server_id = "paypal",
                      .credentials = Secret{R"({"client_id":"app","client_secret":"hush"})"},
                      .webhook_secret = Secret{R"({"webhook_id":"WH-ID"})"}}));
      return {};
    }));
  }
  /// A proven notification, as intake leaves it.
  ReceiptKey owe(const std::string& body = kPosted) {
    Receipt receipt{.project = world.project.no,
                    .connection = connection.no,
                    .received_at = world.clock.now(),
                    .head = R"({"method":"POST","query":[],"headers":[],"remote_ip":""})",
                    .body = body,
                    .note = "fetch_pending"};
    EXPECT_TRUE(world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
      tx.append_receipt(receipt, world.clock.now());
      tx.put_fetch(
          {.receipt = receipt.key, .connection = connection.no, .due_at = world.clock.now()});
      effects.due.push_back({lane_of(connection.no), world.clock.now()});
      return {};
    }));
    world.settle();
    return receipt.key;
  }
  std::string note_of(ReceiptKey key) {
    return world.read([&](const ReadTx& tx) { return tx.receipt(key); })->note;
  }
};

TEST_F(TokenFetchTest, ATokenIsGotFirstAndTheResourceStandsInThePostedOnesPlace) {
  owe();
  ASSERT_EQ(world.http.sent.size(), 2u);
  const auto& token = world.http.sent[0];
  EXPECT_EQ(token.url, "https://api-m.paypal.com/v1/oauth2/token");
  EXPECT_EQ(*find_header(token.headers, "Authorization"), "Basic YXBwOmh1c2g=");
  EXPECT_EQ(token.body, "grant_type=client_credentials");
  EXPECT_EQ(world.http.sent[1].url, "https://api-m.paypal.com/v2/payments/captures/CAP%2F1");
  const auto event = world.events().at(0);
  EXPECT_EQ(event.type, "payment.confirmed");
  EXPECT_EQ(event.external_reference, "order-1") << "nothing of what was posted is believed";
  EXPECT_NE(event.data.find("15035"), std::string::npos);
  EXPECT_EQ(event.data.find("9999"), std::string::npos);
  EXPECT_EQ(event.integrity, Integrity::signed_body);
}

TEST_F(TokenFetchTest, ATokenIsKeptUntilItEnds) {
  resource = {.status = 404};
  owe();
  owe();
  EXPECT_EQ(tokens, 1);
  world.clock.advance(59min);
  good = "Bearer t2";
  owe();
  EXPECT_EQ(tokens, 2);
}

TEST_F(TokenFetchTest, SeveralFetchesWaitForOneToken) {
  resource = {.status = 404};
  EXPECT_TRUE(world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
    for (int i = 0; i < 3; ++i) {
      Receipt receipt{
          .project = world.project.no, .connection = connection.no, .head = "{}", .body = kPosted};
      tx.append_receipt(receipt, world.clock.now());
      tx.put_fetch({.receipt = receipt.key, .connection = connection.no});
    }
    effects.due.push_back({lane_of(connection.no), world.clock.now()});
    return {};
  }));
  world.settle();
  EXPECT_EQ(tokens, 1);
  EXPECT_EQ(world.http.sent.size(), 4u);
}

TEST_F(TokenFetchTest, ARefusedTokenIsRenewedOnce) {
  good = "Bearer t2";  // the provider forgot the first
  owe();
  EXPECT_EQ(tokens, 2);
  EXPECT_EQ(world.events().at(0).type, "payment.confirmed");
  good = "none";
  owe();
  EXPECT_EQ(tokens, 3) << "and not for ever";
}

TEST_F(TokenFetchTest, ATokenEndpointThatRefusesIsTriedAgainAndItsAnswerIsNotKept) {
  token_answer = {.status = 404};
  const auto key = owe();
  EXPECT_EQ(note_of(key), "fetch_pending") << "this 404 says nothing of the resource";
  EXPECT_EQ(world.http.sent.size(), 1u);
  const auto fetch = world.read([&](const ReadTx& tx) { return tx.fetch(key); });
  EXPECT_EQ(fetch->error, "token: http_404");
  token_answer = {.status = 200};
  good = "Bearer t2";
  world.advance(5s);
  EXPECT_EQ(world.events().at(0).type, "payment.confirmed");
}

TEST_F(TokenFetchTest, GivingUpPassesOnTheNameAndNotTheClaim) {
  good.clear();
  resource = {.status = 500};
  const auto key = owe();
  for (int i = 0; i < 200; ++i) world.advance(1h);
  EXPECT_EQ(world.events().at(0).type, "provider.paypal.PAYMENT.CAPTURE.COMPLETED");
  EXPECT_EQ(note_of(key), "fetch_failed: http_500");
  resource = {.status = 200, .body = kCapture};
  std::string later = kPosted;
  owe(later.replace(later.find("WH-1"), 4, "WH-2"));
  EXPECT_EQ(world.events().size(), 2u) << "a later notification may still confirm it";
}

TEST_F(TokenFetchTest, ASandboxStandsInForTokenAndResource) {
  const engine::Connections connections{world.context};
  EXPECT_TRUE(world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
    MALOTE_TRY(connection,
               connections.create(
                   tx, effects, world.project.no,
                   {.server_id = "paypal",
                    .metadata = R"({"api_base_url":"https://api-m.sandbox.paypal.com"})",
                    .credentials = Secret{R"({"client_id":"app","client_secret":"hush"})"}}));
    return {};
  }));
  owe();
  EXPECT_EQ(world.http.sent.at(0).url, "https://api-m.sandbox.paypal.com/v1/oauth2/token");
  EXPECT_TRUE(world.http.sent.at(1).url.starts_with("https://api-m.sandbox.paypal.com/v2/"));
}

TEST_F(TokenFetchTest, AVersionIsAskedForOnce) {
  const auto posted = [](const char* id, const char* updated) {
    return std::string{R"({"id":")"} + id +
           R"(","event_type":"PAYMENT.CAPTURE.COMPLETED",)"
           R"("resource":{"id":"CAP/1","update_time":")" +
           updated + R"("}})";
  };
  owe(posted("WH-1", "2026-04-22T11:00:00Z"));
  owe(posted("WH-2", "2026-04-22T11:00:00Z"));
  EXPECT_EQ(world.http.sent.size(), 2u) << "one token, one resource";
  owe(posted("WH-3", "2026-04-22T11:00:01Z"));
  EXPECT_EQ(world.http.sent.size(), 3u);
  world.clock.advance(engine::ResourceCache::kMaxAge);
  owe(posted("WH-4", "2026-04-22T11:00:00Z"));
  EXPECT_EQ(world.http.sent.size(), 4u) << "too long ago";
}

TEST(ResourceCache, IsBoundedInNumberAndBytes) {
  engine::ResourceCache cache;
  const Timestamp now = from_ms(1'800'000'000'000);
  for (std::size_t i = 0; i <= engine::ResourceCache::kMaxEntries; ++i)
    cache.put(std::to_string(i), "{}", now);
  EXPECT_EQ(cache.find("0", now), nullptr);
  ASSERT_NE(cache.find("1", now), nullptr);
  cache.put("big", std::string(engine::ResourceCache::kMaxBytes - 4, ' '), now);
  EXPECT_EQ(cache.find("500", now), nullptr);
  cache.put("large", std::string(engine::ResourceCache::kMaxBytes + 1, ' '), now);
  EXPECT_EQ(cache.find("large", now), nullptr);
  cache.put("last", "{}", now);
  EXPECT_EQ(*cache.find("last", now), "{}");
  EXPECT_EQ(cache.find("last", now - 1ms), nullptr) << "the clock went back";
}

TEST(ResourceCache, LongVersionsCountAsWell) {
  engine::ResourceCache cache;
  const Timestamp now = from_ms(1'800'000'000'000);
  const std::string first(engine::ResourceCache::kMaxBytes / 2, 'a');
  cache.put(first, "{}", now);
  ASSERT_NE(cache.find(first, now), nullptr);
  const std::string second(engine::ResourceCache::kMaxBytes / 2, 'b');
  cache.put(second, "{}", now);
  EXPECT_EQ(cache.find(first, now), nullptr);
  EXPECT_NE(cache.find(second, now), nullptr);
}

/// Bitso, which takes signed calls only, and 60 of them in a minute.
struct SignedFetchTest : ::testing::Test {
  World world;
  Connection connection;

  void SetUp() override {
    const engine::Connections connections{world.context};
    EXPECT_TRUE(world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
      MALOTE_TRY(
          connection,
          connections.create(tx, effects, world.project.no,
                             {.server_id = "bitso",
                              .credentials = Secret{R"({"api_key":"key1","api_secret":"hush"})"},
                              .webhook_secret = Secret{"token1"}}));
      return {};
    }));
  }
  void notify(const std::string& fid) {
    const providers::RawRequest request{
        .method = "POST",
        .query = {{"token", "token1"}},
        .body = R"({"event":"funding","payload":{"fid":")" + fid +
                R"(","status":"complete","amount":"9999.00","currency":"mxn"}})"};
    world.intake.accept("bitso", connection.id, request, [](const engine::IntakeAnswer& answer) {
      EXPECT_EQ(answer.kind, engine::IntakeAnswer::Kind::accepted);
    });
  }
  std::string sent_header(std::size_t index) const {
    return *find_header(world.http.sent.at(index).headers, "Authorization");
  }
};

TEST_F(SignedFetchTest, EachCallIsSignedWithANonceThatGrows) {
  world.http.script = [](const HttpRequest&) {
    return HttpOutcome{
        .status = 200,
        .body = R"({"success":true,"payload":[{"fid":"f1","status":"complete","amount":"150.35",)"
                R"("currency":"mxn","created_at":"2026-04-22T11:00:00+00:00"}]})"};
  };
  notify("f1");
  notify("f2");
  world.settle();
  ASSERT_EQ(world.http.sent.size(), 2u);
  EXPECT_EQ(world.http.sent[0].url, "https://api.bitso.com/api/v3/fundings/f1");
  const std::int64_t now = to_ms(world.clock.now());
  for (std::size_t i = 0; i < 2; ++i) {
    const std::string nonce = std::to_string(now + static_cast<std::int64_t>(i));
    const std::string text = nonce + "GET/api/v3/fundings/f" + std::to_string(i + 1);
    EXPECT_EQ(sent_header(i), "Bitso key1:" + nonce + ":" +
                                  hex_encode(crypto::hmac(crypto::Hash::sha256, "hush", text)));
  }
  const auto event = world.events().back();
  EXPECT_EQ(event.type, "payment.confirmed");
  EXPECT_NE(event.data.find("15035"), std::string::npos);
  EXPECT_EQ(event.data.find("9999"), std::string::npos) << "nothing of what was posted is believed";
}

TEST_F(SignedFetchTest, OneCallAtATime) {
  world.http.hang();
  notify("f1");
  notify("f2");
  world.settle();
  EXPECT_EQ(world.http.sent.size(), 1u);
  world.http.finish(0, {.status = 404});
  world.settle();
  EXPECT_EQ(world.http.sent.size(), 2u);
}

TEST_F(SignedFetchTest, CallsBeyondTheRateLimitWaitAndNoneIsLost) {
  world.http.answer(404);
  for (int i = 0; i < 15; ++i) notify("f" + std::to_string(i));
  world.settle();
  EXPECT_EQ(world.http.sent.size(), 10u) << "a sixth of a minute's worth goes at once";
  world.advance(999ms);
  EXPECT_EQ(world.http.sent.size(), 10u);
  world.advance(1ms);
  EXPECT_EQ(world.http.sent.size(), 11u);
  world.advance(4s);
  EXPECT_EQ(world.http.sent.size(), 15u);
  EXPECT_TRUE(world.read([](const ReadTx& tx) { return tx.lane_heads(); }).empty());
}

TEST_F(SignedFetchTest, TheRateLimitOutlivesAClockThatGoesBack) {
  world.http.answer(404);
  for (int i = 0; i < 12; ++i) notify("f" + std::to_string(i));
  world.settle();
  EXPECT_EQ(world.http.sent.size(), 10u);
  world.advance(-1h);
  world.advance(1s);
  EXPECT_EQ(world.http.sent.size(), 12u) << "nobody waits for a time that is an hour away";
}

}  // namespace
}  // namespace malote::testing
