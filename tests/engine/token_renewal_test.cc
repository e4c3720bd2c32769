#include "engine/token_renewal.h"

#include <gtest/gtest.h>

#include "engine/upkeep.h"
#include "fixtures.h"

namespace malote::testing {
namespace {

/// Mercado Pago by OAuth: its credential is called access_token, too.
class TokenRenewalTest : public ::testing::Test {
 protected:
  TokenRenewalTest() {
    world.caller.set_renewal(renewal);
    world.http.script = [this](const HttpRequest& request) -> std::optional<HttpOutcome> {
      if (request.url == "https://auth.example/token") {
        grants.push_back(request.body);
        return grant;
      }
      const auto* said = find_header(request.headers, "Authorization");
      used.push_back(said ? *said : "");
      return HttpOutcome{.status = used.back() == good ? 200 : 401, .body = "{}"};
    };
  }

  void connect(const std::string& credentials, Timestamp expires_at) {
    const auto made = world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
      MALOTE_TRY(const auto row,
                 engine::Connections{world.context}.create(tx, effects, world.project.no,
                                                           {.server_id = "mercado-pago",
                                                            .credentials = Secret{credentials},
                                                            .expires_at = expires_at}));
      id = row.id;
      return {};
    });
    ASSERT_TRUE(made);
  }
  std::shared_ptr<std::vector<engine::ToolResult>> call() {
    auto results = std::make_shared<std::vector<engine::ToolResult>>();
    world.caller.call({.project = world.project.no,
                       .tool = "mercado-pago/get_payment",
                       .input = R"({"paymentId":"7"})",
                       .attempts = 1},
                      [results](engine::ToolResult one) { results->push_back(std::move(one)); });
    return results;
  }
  void pump() {
    renewal.pump();
    world.settle();
  }
  Connection row() {
    return *world.read([&](const ReadTx& tx) { return tx.connection(id); });
  }
  std::string credentials() {
    return std::string{world.vault.open(row().sealed_credentials, "credentials:" + id)->reveal()};
  }
  int expire() {
    engine::Upkeep upkeep{
        world.context, {}, [this](const Connection& one) { return renewal.is_renewable(one); }};
    (void)upkeep.step();
    return row().status == ConnectionStatus::expired ? 1 : 0;
  }

  static constexpr const char* kOld =
      R"({"access_token":"old-token","refresh_token":"r/1","extra":"kept"})";

  World world;
  std::string id;
  std::string good = "Bearer new-token";
  HttpOutcome grant{.status = 200,
                    .body = R"({"access_token":"new-token","refresh_token":"r2",)"
                            R"("expires_in":3600})"};
  std::vector<std::string> grants, used;
  engine::TokenRenewal renewal{world.context,
                               world.http,
                               world.executor,
                               {{"mercado-pago",
                                 {.client_id = "app",
                                  .client_secret = Secret{"app_secret"},
                                  .authorize_url = "https://auth.example/authorize",
                                  .token_url = "https://auth.example/token"}}}};
};

TEST_F(TokenRenewalTest, ATokenAboutToRunOutIsRenewedBeforeItIsUsed) {
  connect(kOld, world.clock.now() + 30s);
  const auto results = call();
  world.settle();
  ASSERT_EQ(results->size(), 1u);
  EXPECT_TRUE(results->front().success) << results->front().error;
  EXPECT_EQ(grants, (std::vector<std::string>{"grant_type=refresh_token&refresh_token=r%2F1&"
                                              "client_id=app&client_secret=app_secret"}));
  EXPECT_EQ(used, (std::vector<std::string>{"Bearer new-token"}));
  EXPECT_EQ(credentials(), R"({"access_token":"new-token","refresh_token":"r2","extra":"kept"})");
  EXPECT_EQ(row().expires_at, world.clock.now() + 1h);
}

TEST_F(TokenRenewalTest, ARefusedTokenIsRenewedOnceAndTheCallMadeAgain) {
  connect(kOld, Timestamp{});
  const auto results = call();
  world.settle();
  EXPECT_TRUE(results->front().success);
  EXPECT_EQ(used, (std::vector<std::string>{"Bearer old-token", "Bearer new-token"}));
  good = "Bearer another";
  const auto again = call();
  world.settle();
  EXPECT_FALSE(again->front().success);
  EXPECT_EQ(again->front().status, 401);
  EXPECT_EQ(grants.size(), 2u);
  EXPECT_EQ(used.size(), 4u);
}

TEST_F(TokenRenewalTest, CallsThatComeTogetherRenewOnce) {
  connect(kOld, world.clock.now() + 1s);
  const auto first = call(), second = call();
  world.settle();
  EXPECT_TRUE(first->at(0).success);
  EXPECT_TRUE(second->at(0).success);
  EXPECT_EQ(grants.size(), 1u);
}

TEST_F(TokenRenewalTest, ACallThatIsRefusedAfterAnothersRenewalSendsNoSpentRefreshToken) {
  connect(kOld, Timestamp{});
  const auto script = world.http.script;
  world.http.hang();
  const auto late = call();
  world.settle();
  ASSERT_EQ(world.http.open.size(), 1u);
  world.http.script = script;
  const auto first = call();
  world.settle();
  EXPECT_TRUE(first->at(0).success);
  world.http.finish(0, {.status = 401, .body = "{}"});
  world.settle();
  ASSERT_EQ(late->size(), 1u);
  EXPECT_TRUE(late->at(0).success) << late->at(0).error;
  EXPECT_EQ(grants.size(), 1u);
}

TEST_F(TokenRenewalTest, ACallWhoseConnectionWentMeanwhileIsNotMadeWithItsOldToken) {
  connect(kOld, Timestamp{});
  const auto script = world.http.script;
  world.http.hang();
  const auto results = call();
  world.settle();
  world.http.script = script;
  ASSERT_TRUE(world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
    return engine::Connections{world.context}.remove(tx, effects, world.project.no, id);
  }));
  world.http.finish(0, {.status = 401, .body = "{}"});
  world.settle();
  ASSERT_EQ(results->size(), 1u);
  EXPECT_EQ(results->at(0).code, "server_not_connected");
  EXPECT_TRUE(grants.empty());
  EXPECT_TRUE(used.empty());
}

TEST_F(TokenRenewalTest, WhatNobodyUsesIsRenewedAheadOfItsEnd) {
  connect(kOld, world.clock.now() + 10min);
  pump();
  EXPECT_TRUE(grants.empty());
  world.clock.advance(6min);
  pump();
  EXPECT_EQ(grants.size(), 1u);
  pump();
  EXPECT_EQ(grants.size(), 1u);
}

TEST_F(TokenRenewalTest, AnEndpointThatIsAwayIsAskedAgainAndTheConnectionKept) {
  connect(kOld, world.clock.now() + 1min);
  grant = {.error = "timeout"};
  pump();
  world.clock.advance(2min);
  EXPECT_EQ(expire(), 0);
  grant = {.status = 200, .body = R"({"access_token":"new-token","expires_in":60})"};
  pump();
  EXPECT_EQ(grants.size(), 2u);
  EXPECT_EQ(credentials(), R"({"access_token":"new-token","refresh_token":"r/1","extra":"kept"})");
}

TEST_F(TokenRenewalTest, AGrantThatIsGoneEndsTheConnection) {
  connect(kOld, Timestamp{});
  grant = {.status = 400, .body = R"({"error":"invalid_grant"})"};
  const auto results = call();
  world.settle();
  EXPECT_EQ(results->front().status, 401);
  EXPECT_EQ(credentials(), R"({"access_token":"old-token","extra":"kept"})");
  world.clock.advance(1ms);
  EXPECT_EQ(expire(), 1);
  EXPECT_EQ(world.events().front().type, "connection.expired");
}

TEST_F(TokenRenewalTest, AnAnswerOfAnotherShapeCostsNothingThatWasThere) {
  const std::pair<const char*, Millis> answers[] = {
      {R"({"access_token":"new-token","expires_in":"3600"})", 1h},
      {R"({"access_token":"new-token","refresh_token":"","expires_in":3600.0})", 1h},
      {R"({"access_token":"new-token","refresh_token":null,"expires_in":-5})", 0ms},
      {R"({"access_token":"new-token","refresh_token":{},"expires_in":1e300})", 0ms},
      {R"({"access_token":"new-token","expires_in":9223372036854775807})", 0ms},
      {R"({"access_token":"new-token","expires_in":true})", 0ms}};
  for (const auto& [body, life] : answers) {
    SCOPED_TRACE(body);
    connect(kOld, world.clock.now() + 1min);
    grant = {.status = 200, .body = body};
    world.clock.advance(31s);
    pump();
    EXPECT_EQ(credentials(),
              R"({"access_token":"new-token","refresh_token":"r/1","extra":"kept"})");
    EXPECT_EQ(row().expires_at, life == 0ms ? Timestamp{} : world.clock.now() + life);
  }
  for (const char* body : {R"({"access_token":"a\r\nb"})", R"({"access_token":7})", R"([])",
                           R"({"access_token":""})", "", "<html>", R"("access_token")"}) {
    SCOPED_TRACE(body);
    connect(kOld, world.clock.now() + 1min);
    grant = {.status = 200, .body = body};
    world.clock.advance(31s);
    pump();
    EXPECT_EQ(credentials(), kOld);
  }
}

TEST_F(TokenRenewalTest, TheTokenIsTheServersOwnCredentialWhateverElseIsAnswered) {
  tools::Server server{.id = "s"};
  server.credentials = {{.name = "token"}};
  const HttpOutcome outcome{.status = 200, .body = R"({"access_token":"a","token":"of another"})"};
  const auto granted = engine::read_grant(&server, outcome, world.clock.now());
  ASSERT_TRUE(granted);
  EXPECT_EQ(granted->credentials, R"({"access_token":"a","token":"a"})");
}

TEST_F(TokenRenewalTest, ThoseWhoseEndpointIsAwayDoNotKeepOthersFromTheirTurn) {
  for (int i = 0; i < 100; ++i) connect(kOld, world.clock.now() + 1min);
  grant = {.error = "timeout"};
  pump();
  EXPECT_EQ(grants.size(), 100u);
  connect(kOld, world.clock.now() + 2min);
  grant = {.status = 200, .body = R"({"access_token":"new-token"})"};
  world.clock.advance(31s);
  pump();
  EXPECT_EQ(grants.size(), 101u);
  EXPECT_NE(credentials(), kOld);
}

TEST_F(TokenRenewalTest, WhatIsUnderWayIsSeen) {
  connect(kOld, world.clock.now() + 1min);
  world.http.hang();
  EXPECT_TRUE(renewal.is_idle());
  pump();
  EXPECT_FALSE(renewal.is_idle());
  world.store.fail_all = true;
  world.http.finish(0, grant);
  world.settle();
  EXPECT_TRUE(renewal.is_idle()) << "the store may stay as it is for ever";
}

TEST_F(TokenRenewalTest, AWrongClientSecretEndsNothing) {
  connect(kOld, world.clock.now() + 1min);
  grant = {.status = 401, .body = R"({"error":"invalid_client"})"};
  pump();
  EXPECT_EQ(credentials(), kOld);
  EXPECT_EQ(expire(), 0);
}

TEST_F(TokenRenewalTest, AConnectionThatChangedMeanwhileIsLeftAlone) {
  connect(kOld, world.clock.now() + 1min);
  renewal.pump();
  const std::string other = R"({"access_token":"by hand"})";
  ASSERT_TRUE(world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
    MALOTE_CHECK_OK(engine::Connections{world.context}.set_metadata(tx, effects, world.project.no,
                                                                    id, "{}", Secret{other}));
    return {};
  }));
  world.settle();
  EXPECT_EQ(grants.size(), 1u);
  EXPECT_EQ(credentials(), other);
}

TEST_F(TokenRenewalTest, ATokenThatCannotBeStoredIsStoredLater) {
  connect(kOld, world.clock.now() + 1min);
  world.store.fail_all = true;
  pump();
  EXPECT_EQ(credentials(), kOld);
  world.store.fail_all = false;
  world.clock.advance(31s);
  pump();
  EXPECT_EQ(grants.size(), 1u);
  EXPECT_NE(credentials().find("new-token"), std::string::npos);
}

TEST_F(TokenRenewalTest, WithoutARefreshTokenTheConnectionEndsWithItsToken) {
  connect(R"({"access_token":"old-token"})", world.clock.now() + 1min);
  pump();
  EXPECT_TRUE(grants.empty());
  world.clock.advance(1min);
  EXPECT_EQ(expire(), 1);
}

}  // namespace
}  // namespace malote::testing
