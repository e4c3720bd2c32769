#include "engine/sessions.h"

#include "engine/connections.h"
#include "engine/interrupted_calls.h"

#include <gtest/gtest.h>

#include "fixtures.h"

namespace malote::testing {
namespace {

class SessionsTest : public ::testing::Test {
 protected:
  SessionsTest() {
    EXPECT_TRUE(world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
      MALOTE_TRY(session, world.sessions.create(tx, world.project.no, {.user_id = "u1"}));
      const engine::Connections connections{world.context};
      for (const char* server : {"asaas", "mercado-pago"}) {
        MALOTE_CHECK_OK(
            connections.create(tx, effects, world.project.no,
                               {.server_id = server, .credentials = Secret{R"({"api_key":"k"})"}}));
      }
      return {};
    }));
  }

  std::shared_ptr<std::vector<engine::CallAnswer>> execute(const std::string& tool,
                                                           const std::string& input = "{}",
                                                           const std::string& dedupe = "") {
    auto answers = std::make_shared<std::vector<engine::CallAnswer>>();
    world.sessions.execute(
        world.project.no, session.id, {.tool = tool, .input = input, .dedupe_key = dedupe},
        [answers](engine::CallAnswer answer) { answers->push_back(std::move(answer)); });
    world.settle();
    return answers;
  }
  std::string body(const std::string& tool, const std::string& input = "{}",
                   const std::string& dedupe = "") {
    const auto answers = execute(tool, input, dedupe);
    EXPECT_EQ(answers->size(), 1u);
    return answers->empty() ? "" : answers->front().body;
  }

  void with_mocks(const std::string& mocks) {
    EXPECT_TRUE(world.write([&](Tx& tx, engine::Effects&) -> Result<void> {
      MALOTE_TRY(session, world.sessions.create(tx, world.project.no, {.mocks = mocks}));
      return {};
    }));
  }

  World world;
  Session session{};
};

constexpr const char* kCustomer = R"({"name":"Ana","cpfCnpj":"1"})";

TEST_F(SessionsTest, ACallIsLoggedAndAnswered) {
  const auto answer = body("malote__echo", R"({"a":1})");
  EXPECT_TRUE(
      answer.starts_with(R"({"success":true,"data":{"a":1},"error":null,"duration":0,)"
                         R"("server":"malote","tool":"malote__echo","tool_call_id":"tc_1")"))
      << answer;
  const auto call =
      world.read([&](const ReadTx& tx) { return tx.tool_call(world.project.no, ToolCallNo{1}); });
  ASSERT_TRUE(call);
  EXPECT_EQ(call->tool, "malote/echo");
  EXPECT_EQ(call->status, CallStatus::success);
  EXPECT_EQ(call->output, R"({"a":1})");
  EXPECT_EQ(call->idempotency_key.size(), 36u);
}

TEST_F(SessionsTest, AnUnknownToolIsAnsweredInBandAndNotLogged) {
  EXPECT_EQ(body("no__such"),
            R"({"success":false,"data":null,"error":"Tool not registered: no__such","duration":0,)"
            R"("server":"","tool":"no__such"})");
  EXPECT_FALSE(
      world.read([&](const ReadTx& tx) { return tx.tool_call(world.project.no, ToolCallNo{1}); }));
}

TEST_F(SessionsTest, AFailureHasAnObjectForData) {
  world.http.script = [](const HttpRequest&) {
    return HttpOutcome{.status = 400, .body = "<html>"};
  };
  const auto answer = body("asaas/create_customer", kCustomer);
  EXPECT_TRUE(answer.starts_with(R"({"success":false,"data":{"error":)")) << answer;
}

TEST_F(SessionsTest, WrongParamsAreNamedAndNothingIsSent) {
  const auto answer = body("asaas/create_customer", R"({"name":7})");
  EXPECT_NE(answer.find("/name"), std::string::npos) << answer;
  EXPECT_NE(answer.find("/cpfCnpj"), std::string::npos) << answer;
  EXPECT_TRUE(world.http.sent.empty());
}

TEST_F(SessionsTest, ARepeatedKeyIsAnsweredWithoutASecondCall) {
  const auto first = body("asaas/create_customer", kCustomer, "k1");
  EXPECT_EQ(body("asaas/create_customer", kCustomer, "k1"), first);
  EXPECT_EQ(world.http.sent.size(), 1u);
  const auto other = execute("asaas/create_customer", R"({"name":"Bia","cpfCnpj":"2"})", "k1");
  ASSERT_TRUE(other->front().error);
  EXPECT_EQ(other->front().error->errc, Errc::idempotency_conflict);
}

TEST_F(SessionsTest, WhoRepeatsACallUnderWayWaitsForIt) {
  world.http.hang();
  const auto first = execute("asaas/create_customer", kCustomer, "k1");
  const auto second = execute("asaas/create_customer", kCustomer, "k1");
  EXPECT_TRUE(first->empty());
  EXPECT_TRUE(second->empty());
  ASSERT_EQ(world.http.sent.size(), 1u);
  world.http.finish(0, {.status = 200, .body = R"({"id":"c"})"});
  world.settle();
  ASSERT_EQ(first->size(), 1u);
  ASSERT_EQ(second->size(), 1u);
  EXPECT_EQ(first->front().body, second->front().body);
}

TEST_F(SessionsTest, ACallThatHadNoEffectMayBeRepeatedUnderItsKey) {
  world.http.answer(422);
  EXPECT_NE(body("asaas/create_customer", kCustomer, "k1").find("\"success\":false"),
            std::string::npos);
  world.http.answer(200);
  EXPECT_NE(body("asaas/create_customer", kCustomer, "k1").find("\"success\":true"),
            std::string::npos);
  EXPECT_EQ(world.http.sent.size(), 2u);
}

TEST_F(SessionsTest, ACallThatMayHaveHadItsEffectIsNot) {
  world.http.script = [](const HttpRequest&) { return HttpOutcome{.error = "timeout"}; };
  const auto first = body("asaas/create_customer", kCustomer, "k1");
  EXPECT_NE(first.find("\"outcome_unknown\":true"), std::string::npos) << first;
  world.http.answer(200);
  EXPECT_EQ(body("asaas/create_customer", kCustomer, "k1"), first);
  EXPECT_EQ(world.http.sent.size(), 1u);
}

TEST_F(SessionsTest, ReadsAndKeyedWritesAreTriedAgainInTheCall) {
  world.http.answer(503);
  const auto read = execute("asaas/get_balance");
  EXPECT_TRUE(read->empty());
  world.http.answer(200);
  world.advance(std::chrono::seconds{1});
  ASSERT_EQ(read->size(), 1u);
  EXPECT_NE(read->front().body.find("\"success\":true"), std::string::npos);
}

TEST_F(SessionsTest, ACallThatACrashInterruptedDoesNotRunForEver) {
  world.http.hang();
  execute("asaas/create_customer", kCustomer, "write");
  execute("asaas/get_balance", "{}", "read");
  const auto recorded = world.write([&](Tx& tx, engine::Effects&) -> Result<void> {
    MALOTE_CHECK_OK(world.sessions.record(tx, world.project.no, session.id, {.tool = "theirs"}));
    return {};
  });
  EXPECT_TRUE(recorded);
  const Timestamp now = world.clock.now();
  EXPECT_EQ(engine::settle_interrupted(world.context, now - 1ms).value_or(-1), 0);
  EXPECT_EQ(engine::settle_interrupted(world.context, now).value_or(-1), 2);
  EXPECT_EQ(engine::settle_interrupted(world.context, now).value_or(-1), 0);
  const auto row =
      world.read([&](const ReadTx& tx) { return tx.tool_call(world.project.no, ToolCallNo{1}); });
  EXPECT_EQ(row->status, CallStatus::error);
  EXPECT_EQ(row->error_code, "interrupted");

  world.http.answer(200);
  engine::Sessions after{world.context, world.caller};  // of the next process
  std::vector<std::string> bodies;
  for (const auto& [tool, input, key] : {std::tuple{"asaas/create_customer", kCustomer, "write"},
                                         std::tuple{"asaas/get_balance", "{}", "read"}}) {
    after.execute(world.project.no, session.id, {.tool = tool, .input = input, .dedupe_key = key},
                  [&](const engine::CallAnswer& answer) { bodies.push_back(answer.body); });
    world.settle();
  }
  ASSERT_EQ(bodies.size(), 2u);
  EXPECT_NE(bodies[0].find("outcome_unknown"), std::string::npos) << bodies[0];
  EXPECT_NE(bodies[1].find("\"success\":true"), std::string::npos) << bodies[1];
  EXPECT_EQ(world.http.sent.size(), 3u) << "the write is not made again, the read is";
}

TEST_F(SessionsTest, ACallWhoseResultCannotBeWrittenDoesNotRunForEver) {
  world.http.hang();
  const auto answers = execute("asaas/get_balance", "{}");
  world.store.fail_all = true;
  world.http.finish(0, {.status = 200, .body = "{}"});
  world.settle();
  EXPECT_EQ(answers->size(), 1u);
  world.store.fail_all = false;
  EXPECT_EQ(engine::settle_interrupted(world.context, world.clock.now()).value_or(-1), 1);
}

TEST_F(SessionsTest, AClosedSessionTakesNoCalls) {
  ASSERT_TRUE(world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
    MALOTE_CHECK_OK(world.sessions.close(tx, effects, world.project.no, session.id));
    return {};
  }));
  EXPECT_EQ(execute("malote/echo")->front().error->errc, Errc::session_not_active);
  EXPECT_EQ(world.events().front().type, "session.closed");
}

TEST_F(SessionsTest, MocksAreUsedInTurnAndByteForByte) {
  with_mocks(R"({"asaas/create_customer":[{"z":1,"a":2},{"b":3.0}],"codespar_charge":{"id":"x"}})");
  EXPECT_TRUE(
      body("asaas/create_customer").starts_with(R"({"success":true,"data":{"z":1,"a":2},)"));
  EXPECT_TRUE(body("asaas__create_customer").starts_with(R"({"success":true,"data":{"b":3.0},)"));
  EXPECT_NE(body("asaas/create_customer").find("mocks_exhausted"), std::string::npos);
  for (int i = 0; i < 2; ++i)
    EXPECT_TRUE(body("codespar_charge").starts_with(R"({"success":true,"data":{"id":"x"},)"));
  EXPECT_NE(body("asaas/get_balance").find("tool_not_mocked"), std::string::npos);
  EXPECT_NE(body("codespar_list_tools").find("\"success\":true"), std::string::npos);
  EXPECT_TRUE(world.http.sent.empty());
}

TEST_F(SessionsTest, MocksOfEveryWrongShapeAreRefusedWithTheirPlace) {
  const auto place = [](const std::string& mocks) {
    const auto document = json::Document::parse(mocks);
    const auto checked = engine::check_mocks(document->root());
    return checked ? "" : checked.error().issues.front().path;
  };
  EXPECT_EQ(place("[]"), "/mocks");
  EXPECT_EQ(place(R"({"A/b":{}})"), "/mocks/A~1b");
  EXPECT_EQ(place(R"({"a__b":{}})"), "/mocks/a__b");
  EXPECT_EQ(place(R"({"a/b":null})"), "/mocks/a~1b");
  EXPECT_EQ(place(R"({"a/b":[{},1]})"), "/mocks/a~1b/1");
  EXPECT_EQ(place(R"({"a/b":[],"codespar_pay":{}})"), "");
  const auto large = json::Document::parse(R"({"a/b":{"x":")" + std::string(65'540, 'x') + "\"}}");
  EXPECT_EQ(engine::check_mocks(large->root()).error().errc, Errc::mocks_payload_too_large);
}

TEST_F(SessionsTest, AnotherServerIsTriedOnlyWhileNothingHappened) {
  const char* charge = R"({"amount":10,"currency":"BRL","method":"pix","description":"d",
    "buyer":{"name":"Ana","document":"12345678909","email":"a@b.c"}})";
  world.http.script = [](const HttpRequest& request) {
    const bool asaas = request.url.find("asaas") != std::string::npos;
    return asaas ? HttpOutcome{.status = 403}
                 : HttpOutcome{.status = 201, .body = R"({"id":7,"status":"pending"})"};
  };
  const auto answer = body("codespar_charge", charge);
  EXPECT_NE(answer.find(R"("server":"mercado-pago")"), std::string::npos) << answer;
  const auto before = world.http.sent.size();
  world.http.script = [](const HttpRequest& request) {
    const bool customer = request.url.ends_with("/customers");
    return customer ? HttpOutcome{.status = 200, .body = R"({"id":"c"})"}
                    : HttpOutcome{.error = "timeout"};
  };
  const auto unknown = body("codespar_charge", charge);
  EXPECT_NE(unknown.find(R"("server":"asaas")"), std::string::npos) << unknown;
  EXPECT_EQ(world.http.sent.size(), before + 2);
}

TEST_F(SessionsTest, WhatAProviderRepeatsOfTheCredentialsIsHidden) {
  ASSERT_TRUE(world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
    MALOTE_CHECK_OK(engine::Connections{world.context}.create(
        tx, effects, world.project.no,
        {.server_id = "twilio",
         .metadata = R"({"from":"+15005550006"})",
         .credentials = Secret{R"({"account_sid":"AC12345","auth_token":"hush/hush"})"}}));
    return {};
  }));
  std::string proof;
  world.http.script = [&](const HttpRequest& request) {
    proof = *find_header(request.headers, "Authorization");
    return HttpOutcome{.status = 400, .body = R"({"a":"hush\/hush","b":")" + proof + "\"}"};
  };
  const auto shown = body("twilio/send_sms", R"({"To":"+5511987654321","Body":"Oi"})");
  ASSERT_TRUE(proof.starts_with("Basic ")) << shown;
  EXPECT_EQ(shown.find(proof.substr(6)), std::string::npos) << shown;
  EXPECT_EQ(shown.find("hush"), std::string::npos) << shown;
}

TEST_F(SessionsTest, AnothersConnectionIsNotUsed) {
  ASSERT_TRUE(world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
    const engine::Connections connections{world.context};
    MALOTE_CHECK_OK(connections.create(
        tx, effects, world.project.no,
        {.server_id = "stripe", .user_id = "u2", .credentials = Secret{R"({"api_key":"k"})"}}));
    return {};
  }));
  EXPECT_NE(body("stripe/retrieve_balance").find("server_not_connected"), std::string::npos);
  EXPECT_TRUE(world.http.sent.empty());
}

}  // namespace
}  // namespace malote::testing
