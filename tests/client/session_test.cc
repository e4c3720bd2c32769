#include <gtest/gtest.h>

#include <stdexcept>

#include "client/fake_gateway.h"
#include "malote/client.h"

namespace malote::client {
namespace {

std::string message_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "(nothing was thrown)";
}

ClientError error_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const ClientError& error) {
    return error;
  }
  return {"(nothing was thrown)", -1, ""};
}

TEST(ClientCreate, SendsWhatTheContractNames) {
  FakeGateway gateway;
  gateway.answer(201, R"({"id":"ses_7","user_id":"u","servers":["asaas"],"status":"active",
                          "created_at":"2026-04-22T14:30:00.000Z","extra":1})");
  const Client client = gateway.client({.project = "prj_0123456789abcdef"});
  const Session session = client.create("u", {.servers = {"asaas"},
                                              .metadata = {{"order", "9"}},
                                              .mocks = {{"asaas/x", Json{{"ok", true}}}}});
  const HttpCall& call = gateway.last();
  EXPECT_EQ(call.method + " " + call.url, "POST http://gateway.test/v1/sessions");
  EXPECT_EQ(call.body, R"({"servers":["asaas"],"user_id":"u","metadata":{"order":"9"},)"
                       R"("mocks":{"asaas/x":{"ok":true}}})");
  EXPECT_EQ(header(call, "Authorization"), std::string{"Bearer "} + kTestKey);
  EXPECT_EQ(header(call, "Content-Type"), "application/json");
  EXPECT_EQ(header(call, "x-codespar-project"), "prj_0123456789abcdef");
  EXPECT_EQ(call.timeout, std::chrono::seconds{60});
  EXPECT_EQ(session.id(), "ses_7");
  EXPECT_EQ(session.user_id(), "u");
  EXPECT_EQ(session.status(), "active");
  EXPECT_EQ(session.created_at(), "2026-04-22T14:30:00.000Z");
  EXPECT_EQ(session.servers(), std::vector<std::string>{"asaas"});
}

TEST(ClientCreate, LeavesOutWhatIsNotSet) {
  FakeGateway gateway;
  const Session session = gateway.client().create("u");
  EXPECT_EQ(gateway.last().body, R"({"servers":[],"user_id":"u"})");
  EXPECT_EQ(header(gateway.last(), "x-codespar-project"), "(absent)");
}

TEST(ClientCreate, TheSessionsProjectWinsAndStays) {
  FakeGateway gateway;
  Session session =
      gateway.client({.project = "prj_client"}).create("u", {.project = "prj_session"});
  session.close();
  for (const HttpCall& call : gateway.calls()) {
    EXPECT_EQ(header(call, "x-codespar-project"), "prj_session");
  }
}

TEST(ClientCreate, SlashesAtTheEndOfTheAddressDoNotDouble) {
  for (const char* base : {"http://h", "http://h/", "http://h///"}) {
    FakeGateway gateway;
    const Session session = gateway.client({.base_url = base}).create("u");
    EXPECT_EQ(gateway.last().url, "http://h/v1/sessions") << base;
  }
  FakeGateway gateway;
  const Session session = gateway.client({.base_url = "https://h:8/api/"}).create("u");
  EXPECT_EQ(gateway.last().url, "https://h:8/api/v1/sessions");
}

TEST(ClientCreate, RefusesArgumentsThatCannotBeMeant) {
  const std::vector<ClientConfig> wrong{
      {.base_url = "gateway.test"},
      {.base_url = "ftp://h"},
      {.base_url = "http://"},
      {.base_url = "http:///v1"},
      {.base_url = "http://u:pw-s3@h"},
      {.base_url = "http://h?key=pw-s3"},
      {.api_key = "sk_pw-s3"},
      {.api_key = "csk_pw-s3\r\nX: y"},
      {.project = "prj_a\r\nX: y"},
      {.project = "mine"},
      {.timeout = std::chrono::seconds{0}},
  };
  for (const ClientConfig& config : wrong) {
    FakeGateway gateway;
    const std::string message = message_of([&] { gateway.client(config); });
    EXPECT_NE(message, "(nothing was thrown)") << config.base_url;
    EXPECT_EQ(message.find("pw-s3"), std::string::npos) << message;
  }
}

TEST(ClientErrors, AreReadFromEveryEnvelope) {
  struct Case {
    const char* body;
    const char* message;
    const char* code;
  };
  const std::vector<Case> cases{
      {R"({"error":"unauthorized","message":"no such key"})",
       "createSession failed: 401 — no such key", "unauthorized"},
      {R"({"error":"x","code":"mocks_invalid","message":"m"})", "createSession failed: 401 — m",
       "mocks_invalid"},
      {R"({"error":"invalid_body","issues":[]})", "createSession failed: 401 — invalid_body",
       "invalid_body"},
      {R"({"error":{"code":"nested","message":"m"}})",
       R"(createSession failed: 401 — {"error":{"code":"nested","message":"m"}})", ""},
      {"<html>proxy</html>", "createSession failed: 401 — <html>proxy</html>", ""},
  };
  for (const Case& expected : cases) {
    FakeGateway gateway;
    gateway.answer(401, expected.body);
    const ClientError error = error_of([&] { gateway.client().create("u"); });
    EXPECT_STREQ(error.what(), expected.message);
    EXPECT_EQ(error.code(), expected.code);
    EXPECT_EQ(error.status(), 401);
    EXPECT_EQ(error.body(), expected.body);
  }
}

TEST(ClientErrors, NoAnswerIsStatusZero) {
  FakeGateway gateway;
  gateway.fail("Couldn't connect to server");
  const ClientError refused = error_of([&] { gateway.client().create("u"); });
  EXPECT_STREQ(refused.what(),
               "createSession: no answer from http://gateway.test: Couldn't connect to server");
  EXPECT_EQ(refused.status(), 0);
  EXPECT_EQ(refused.code(), "network");
  EXPECT_FALSE(refused.is_timeout());

  gateway.fail("Timeout was reached", true);
  const ClientError late = error_of([&] { gateway.client().create("u"); });
  EXPECT_EQ(late.status(), 0);
  EXPECT_TRUE(late.is_timeout());
}

TEST(ClientErrors, NeverHoldTheApiKey) {
  FakeGateway gateway;
  Session session = gateway.session();
  const std::string echo = std::string{"bad header: Bearer "} + kTestKey + ", " + kTestKey;
  gateway.answer(400, echo);
  const ClientError refused = error_of([&] { session.send("hello"); });
  EXPECT_EQ(refused.body(), "bad header: Bearer [api key], [api key]");
  gateway.fail(echo);
  const ClientError lost = error_of([&] { session.send("hello"); });
  gateway.answer(500, echo);
  const ToolResult failed = session.execute("a");
  for (const std::string& text :
       {std::string{refused.what()}, std::string{lost.what()}, failed.error}) {
    EXPECT_EQ(text.find(kTestKey), std::string::npos) << text;
  }
}

TEST(ClientErrors, AnAnswerThatIsNoObjectIsNone) {
  for (const char* body : {"", "[]", "<html>", R"({"id":7})"}) {
    FakeGateway gateway;
    gateway.answer(201, body);
    EXPECT_EQ(error_of([&] { gateway.client().create("u"); }).code(), "invalid_answer") << body;
  }
}

TEST(SessionExecute, ReadsAResult) {
  FakeGateway gateway;
  Session session = gateway.session();
  gateway.answer(200, R"({"success":true,"data":{"id":"pay_1","amount":150.350},"error":null,
                          "duration":12,"server":"asaas","tool":"codespar_charge",
                          "tool_call_id":"tc_5","called_at":"2026-04-22T14:30:00.000Z"})");
  const ToolResult result = session.execute("codespar_charge", {{"amount", 150.35}});
  EXPECT_EQ(gateway.last().url, "http://gateway.test/v1/sessions/ses_1/execute");
  EXPECT_EQ(gateway.last().body, R"({"tool":"codespar_charge","input":{"amount":150.35}})");
  EXPECT_TRUE(result.success);
  EXPECT_EQ(result.data["amount"].text(), "150.350");
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.duration.count(), 12);
  EXPECT_EQ(result.server, "asaas");
  EXPECT_EQ(result.tool, "codespar_charge");
  EXPECT_EQ(result.tool_call_id, "tc_5");
  EXPECT_EQ(result.called_at, "2026-04-22T14:30:00.000Z");
}

TEST(SessionExecute, AFailedToolIsAResult) {
  FakeGateway gateway;
  Session session = gateway.session();
  gateway.answer(200, R"({"success":false,"data":null,"error":"Tool not registered: x",
                          "duration":0,"server":"","tool":"x"})");
  const ToolResult result = session.execute("x");
  EXPECT_FALSE(result.success);
  EXPECT_EQ(result.error, "Tool not registered: x");
  EXPECT_EQ(result.tool_call_id, "");
  EXPECT_EQ(result.http_status, 200);
}

TEST(SessionExecute, NoHttpStatusThrows) {
  for (const int status : {302, 400, 404, 409, 422, 429, 500, 503}) {
    FakeGateway gateway;
    Session session = gateway.session();
    gateway.answer(status, R"({"error":"e"})");
    const ToolResult result = session.execute("x");
    EXPECT_FALSE(result.success);
    EXPECT_EQ(result.error, std::to_string(status) + R"(: {"error":"e"})");
    EXPECT_EQ(result.tool, "x");
    EXPECT_TRUE(result.data.is_null());
    EXPECT_EQ(result.http_status, status);
  }
}

TEST(SessionExecute, NoAnswerThrows) {
  FakeGateway gateway;
  Session session = gateway.session();
  gateway.fail("Timeout was reached", true);
  EXPECT_TRUE(error_of([&] { session.execute("x"); }).is_timeout());
}

TEST(SessionExecute, SendsAnIdempotencyKeyOnlyWhenGiven) {
  FakeGateway gateway;
  Session session = gateway.session();
  gateway.answer(200, "{}");
  session.execute("x");
  EXPECT_EQ(header(gateway.last(), "Idempotency-Key"), "(absent)");
  gateway.answer(200, "{}");
  session.execute("x", Json::object(), {.idempotency_key = "evt_1"});
  EXPECT_EQ(header(gateway.last(), "Idempotency-Key"), "evt_1");
  EXPECT_THROW(session.execute("x", Json::object(), {.idempotency_key = "a\r\nX: y"}),
               std::invalid_argument);
}

TEST(SessionProxy, LeavesOutWhatIsNullAndKeepsTheProvidersStatus) {
  FakeGateway gateway;
  Session session = gateway.session();
  gateway.answer(200, R"({"status":404,"data":{"e":1},"headers":{"h":"v"},"duration":3,
                          "proxy_call_id":"px_1"})");
  const ProxyResult result = session.proxy_execute(
      {.server = "asaas", .endpoint = "/v3/payments", .params = {{"limit", 1}}});
  EXPECT_EQ(gateway.last().url, "http://gateway.test/v1/sessions/ses_1/proxy_execute");
  EXPECT_EQ(gateway.last().body,
            R"({"server":"asaas","endpoint":"/v3/payments","method":"GET","params":{"limit":1}})");
  EXPECT_EQ(result.status, 404);
  EXPECT_EQ(result.data["e"].as_int(), 1);
  EXPECT_EQ(result.headers["h"].as_string(), "v");
  EXPECT_EQ(result.proxy_call_id, "px_1");
}

TEST(SessionSend, ReadsTheAnswer) {
  FakeGateway gateway;
  Session session = gateway.session();
  gateway.answer(200, R"({"message":"hi","tool_calls":[{"id":"tc_1"}],"iterations":2})");
  const SendResult result = session.send("hello");
  EXPECT_EQ(gateway.last().body, R"({"message":"hello"})");
  EXPECT_EQ(result.message, "hi");
  EXPECT_EQ(result.tool_calls[0]["id"].as_string(), "tc_1");
  EXPECT_EQ(result.iterations, 2);
}

TEST(SessionTools, AreAskedForOnce) {
  FakeGateway gateway;
  Session session = gateway.session();
  gateway.answer(200, R"({"servers":[{"id":"asaas","name":"Asaas","category":"payments",
                            "country":"BR","auth_type":"api_key","connected":true}],
                          "tools":[{"name":"asaas/create_payment","description":"A Pix charge",
                            "input_schema":{"type":"object"},"server":"asaas"},
                           {"name":"codespar_ship","description":"Labels","server":"codespar"}]})");
  EXPECT_EQ(session.tools().size(), 2U);
  ASSERT_EQ(session.find_tools("pix").size(), 1U);
  EXPECT_EQ(session.find_tools("CODESPAR").at(0).name, "codespar_ship");
  EXPECT_EQ(gateway.calls().size(), 1U);

  gateway.answer(200, R"({"servers":[{"id":"asaas","connected":true}],"tools":[]})");
  const Connections now = session.connections();
  EXPECT_TRUE(now.servers.at(0).connected);
  EXPECT_EQ(gateway.calls().size(), 2U);
}

TEST(SessionStatus, FollowsAPaymentUntilItIsTerminal) {
  FakeGateway gateway;
  Session session = gateway.session();
  for (const char* status : {"pending", "updated", "succeeded"}) {
    gateway.answer(200, std::string{R"({"tool_call_id":"tc_5","payment_status":")"} + status +
                            R"(","idempotency_key":"k","original_status":"success",)"
                            R"("events":[{"event_type":"commerce.payment.succeeded"}]})");
  }
  std::vector<long> waits;
  const AsyncStatus status = session.await_payment(
      "tc_5", {.wait = [&](std::chrono::milliseconds delay) { waits.push_back(delay.count()); }});
  EXPECT_EQ(gateway.last().url, "http://gateway.test/v1/tool-calls/tc_5/payment-status");
  EXPECT_EQ(status.status, "succeeded");
  EXPECT_TRUE(status.terminal);
  EXPECT_EQ(status.idempotency_key, "k");
  EXPECT_EQ(status.events.size(), 1U);
  EXPECT_EQ(waits, (std::vector<long>{2000, 2000}));
}

TEST(SessionStatus, StopsAfterThePollsAndDoesNotTakeReviewForAnEnd) {
  FakeGateway gateway;
  Session session = gateway.session();
  for (int i = 0; i < 2; ++i) {
    gateway.answer(200, R"({"tool_call_id":"tc_5","verification_status":"review",
                            "idempotency_key":null,"hosted_url":"https://k"})");
  }
  const AsyncStatus status = session.await_verification(
      "tc_5", {.max_polls = 2, .wait = [](std::chrono::milliseconds) {}});
  EXPECT_EQ(gateway.last().url, "http://gateway.test/v1/tool-calls/tc_5/verification-status");
  EXPECT_EQ(status.status, "review");
  EXPECT_FALSE(status.terminal);
  EXPECT_EQ(status.hosted_url, "https://k");
  EXPECT_EQ(gateway.calls().size(), 2U);
}

TEST(SessionStatus, IdsCannotLeaveTheirPlaceInThePath) {
  FakeGateway gateway;
  Session session = gateway.session();
  gateway.answer(404, R"({"error":"tool_call_not_found"})");
  const ClientError error = error_of([&] { session.payment_status("../x?y"); });
  EXPECT_EQ(gateway.last().url, "http://gateway.test/v1/tool-calls/..%2Fx%3Fy/payment-status");
  EXPECT_STREQ(error.what(), "paymentStatus failed: 404 — tool_call_not_found");
}

TEST(SessionClose, HappensOnce) {
  FakeGateway gateway;
  {
    Session session = gateway.session();
    gateway.answer(200, R"({"id":"ses_1","status":"closed"})");
    EXPECT_TRUE(session.close());
    EXPECT_TRUE(session.close());
  }
  ASSERT_EQ(gateway.calls().size(), 1U);
  EXPECT_EQ(gateway.last().method + " " + gateway.last().url,
            "DELETE http://gateway.test/v1/sessions/ses_1");
}

TEST(SessionClose, IsDoneByTheDestructorEvenIfNobodyAnswers) {
  FakeGateway gateway;
  gateway.fail("Couldn't connect to server");
  {
    Session session = gateway.session();
    const Session moved = std::move(session);
  }
  EXPECT_EQ(gateway.calls().size(), 1U);
}

TEST(SessionClose, SaysWhatCouldNotBeConfirmed) {
  const std::vector<std::pair<int, bool>> cases{{204, true}, {404, true}, {500, false}};
  for (const auto& [status, closed] : cases) {
    FakeGateway gateway;
    Session session = gateway.session();
    gateway.answer(status, "");
    EXPECT_EQ(session.close(), closed) << status;
  }
}

TEST(SessionClose, AnAssignedSessionClosesTheOneBefore) {
  FakeGateway first;
  FakeGateway second;
  Session session = first.session();
  session = second.session();
  EXPECT_EQ(first.calls().size(), 1U);
  EXPECT_TRUE(second.calls().empty());
}

}  // namespace
}  // namespace malote::client
