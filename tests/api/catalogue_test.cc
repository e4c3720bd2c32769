// The catalogue, messages, MCP and OAuth connections over the engine of fixtures.h.
#include <gtest/gtest.h>

#include <algorithm>

#include "api_fixture.h"
#include "base/bytes.h"
#include "crypto/hmac.h"
#include "engine/chat.h"

namespace malote::testing {
namespace {

struct CatalogueTest : ApiTest {
  CatalogueTest() { world.context.public_url = "https://gw.example"; }

  std::string make_session(const std::string& servers = R"(["asaas","malote"])") {
    return post("/v1/sessions", R"({"user_id":"u","servers":)" + servers + "}").text("id");
  }
  std::string at(const Answer& answer, std::string_view pointer) {
    return std::string{answer.document.root().pointer(pointer).as_text().value_or("")};
  }
};

TEST_F(CatalogueTest, ServersAreFoundByCategoryCountryAndWords) {
  const auto all = get("/v1/servers");
  EXPECT_EQ(all["total"].as_int(), static_cast<std::int64_t>(all["servers"].size()));
  EXPECT_EQ(all["servers"].raw(), all["data"].raw());
  const auto some = get("/v1/servers?category=Payments&country=br&q=boleto");
  EXPECT_LT(*some["filtered"].as_int(), *some["total"].as_int());
  EXPECT_GT(*some["filtered"].as_int(), 0);
  for (const auto server : some["servers"]) EXPECT_EQ(server["category"].as_string(), "payments");
  EXPECT_EQ(get("/v1/servers?q=no+such+words")["filtered"].as_int(), 0);
  EXPECT_EQ(get("/v1/servers/nobody").status, 404);
  EXPECT_EQ(get("/v1/servers/asaas")["tools"].size(),
            *get("/v1/servers/asaas")["tools_count"].as_int());
}

TEST_F(CatalogueTest, AuthSchemaSaysWhereEachSecretGoes) {
  const auto schema = get("/v1/servers/z-api/auth-schema");
  EXPECT_EQ(at(schema, "/auth_type"), "path_secret");
  std::map<std::string, std::string> kinds;
  for (const auto field : schema["fields"])
    kinds[std::string{*field["name"].as_string()}] = *field["kind"].as_string();
  EXPECT_EQ(kinds["instance_id"], "path_secret");
  EXPECT_EQ(kinds["client_token"], "header");
  EXPECT_EQ(at(get("/v1/servers/asaas/auth-schema"), "/fields/0/header_name"), "access_token");
  EXPECT_EQ(at(get("/v1/servers/mercado-pago/auth-schema"), "/oauth_authorize_url"),
            "https://auth.example/authorize");
}

TEST_F(CatalogueTest, AToolHasTwoNames) {
  const auto tool = get("/v1/tools/asaas%2Fcreate_payment");
  EXPECT_EQ(tool.text("name"), "asaas/create_payment");
  EXPECT_TRUE(tool["input_schema"]["properties"].is_object());
  EXPECT_EQ(get("/v1/tools/asaas__create_payment").body, tool.body);
  EXPECT_EQ(get("/v1/tools/codespar_charge").text("server"), "codespar");
  EXPECT_EQ(get("/v1/tools/asaas%2Fnothing").status, 404);
  const auto of_one = get("/v1/tools?server=z-api");
  EXPECT_GT(of_one["data"].size(), 0U);
  for (const auto one : of_one["data"]) EXPECT_EQ(one["server"].as_string(), "z-api");
}

TEST_F(CatalogueTest, TheCatalogueTakesItsScope) {
  const std::string reader = key_with(R"(["servers:read"])");
  const std::string other = key_with(R"(["triggers:read"])");
  for (const auto* path : {"/v1/servers", "/v1/servers/asaas", "/v1/tools"}) {
    EXPECT_EQ(call_as("GET", path, "", {{"Authorization", "Bearer " + reader}}).status, 200);
    EXPECT_EQ(call_as("GET", path, "", {{"Authorization", "Bearer " + other}}).status, 403);
  }
}

TEST_F(CatalogueTest, ASessionShowsItsServersAsTheyStand) {
  const std::string path = "/v1/sessions/" + make_session() + "/connections";
  auto shown = get(path);
  EXPECT_EQ(at(shown, "/servers/0/id"), "asaas");
  EXPECT_EQ(at(shown, "/servers/0/connected"), "false");
  EXPECT_EQ(at(shown, "/servers/1/connected"), "true");
  std::set<std::string> servers;
  for (const auto tool : shown["tools"]) {
    servers.emplace(*tool["server"].as_string());
    EXPECT_TRUE(tool["input_schema"]["properties"].is_object()) << tool.raw();
  }
  EXPECT_EQ(servers, (std::set<std::string>{"asaas", "codespar", "malote"}));
  EXPECT_EQ(post("/v1/connections", R"({"server_id":"asaas","secret":"k","user_id":"u"})").status,
            201);
  EXPECT_EQ(at(get(path), "/servers/0/connected"), "true");
  const auto unknown = get("/v1/sessions/" + make_session(R"(["wompi"])") + "/connections");
  EXPECT_EQ(at(unknown, "/servers/0/category"), "unknown");
  EXPECT_EQ(at(unknown, "/servers/0/auth_type"), "api_key");
}

TEST_F(CatalogueTest, AMessageIsAnsweredFromTheCatalogueInBothForms) {
  const std::string path = "/v1/sessions/" + make_session() + "/send";
  const std::string wish = R"({"message":"refund a payment with stripe"})";
  const auto plain = post(path, wish);
  EXPECT_NE(plain.text("message").find("stripe/create_refund"), std::string::npos);
  EXPECT_EQ(at(plain, "/tool_calls/0/tool_name"), "codespar_discover");
  EXPECT_EQ(at(plain, "/tool_calls/0/status"), "success");
  EXPECT_EQ(at(plain, "/iterations"), "1");
  const auto stream = post(path, wish, {{"Accept", "text/event-stream"}});
  std::vector<std::string> kinds;
  std::string_view rest = stream.body;
  while (!rest.empty()) {
    const auto end = rest.find("\n\n");
    const auto frame = rest.substr(0, end);
    rest.remove_prefix(end + 2);
    const auto line = frame.find('\n');
    kinds.emplace_back(frame.substr(7, line - 7));
    const auto data = json::Document::parse(frame.substr(line + 7));
    ASSERT_TRUE(data) << frame;
    EXPECT_EQ(data->root()["type"].as_string(), kinds.back());
    if (kinds.back() == "tool_result") {
      EXPECT_EQ(data->root()["toolCall"]["id"].raw(), data->root()["id"].raw());
    }
    if (kinds.back() == "done") {
      EXPECT_EQ(data->root()["result"]["message"].raw(), data->root()["message"].raw());
    }
  }
  EXPECT_EQ(kinds, (std::vector<std::string>{"user_message", "tool_use", "tool_result",
                                             "assistant_text", "done"}));
  EXPECT_EQ(post(path, "{}").status, 400);
}

// --- a message answered by a model ---------------------------------------------------------------

struct ChatApiTest : CatalogueTest {
  ChatApiTest() {
    chat.set_up({.base_url = "https://llm.example/v1", .model = "small"});
    world.http.script = [this](const HttpRequest&) -> std::optional<HttpOutcome> {
      const bool first = world.http.sent.size() == 1;
      if (!first) return last;
      return HttpOutcome{.status = 200,
                         .body = R"({"choices":[{"message":{"content":"Looking.","tool_calls":[
                           {"id":"c1","function":{"name":"malote__echo",
                            "arguments":"{\"a\":1}"}}]}}]})"};
    };
  }
  struct Frames final : ResponseStream {
    std::string text{};
    bool closed = false;
    bool write(std::string more) override { return text += more, true; }
    std::size_t unsent() const override { return 0; }
    void close() override { closed = true; }
  };
  Response send_message(Headers headers = {}) {
    headers.emplace_back("Authorization", "Bearer " + key);
    std::optional<Response> answer;
    with_chat.handle({.method = "POST",
                      .path = "/v1/sessions/" + make_session() + "/send",
                      .headers = std::move(headers),
                      .body = R"({"message":"hello"})"},
                     [&](Response response) { answer = std::move(response); });
    world.settle();
    EXPECT_TRUE(answer) << "not answered";
    return answer.value_or(Response{});
  }
  std::string streamed() {
    const auto response = send_message({{"Accept", "text/event-stream"}});
    EXPECT_EQ(response.status, 200);
    const auto out = std::make_shared<Frames>();
    response.stream(out);
    streams.tick();
    EXPECT_TRUE(out->closed);
    return out->text;
  }

  HttpOutcome last{.status = 200, .body = R"({"choices":[{"message":{"content":"Done."}}]})"};
  engine::Chat chat{world.context, world.http, world.executor, world.sessions};
  api::Api with_chat{{world.context, world.access, world.intake, world.sessions, world.caller,
                      streams, world.listeners, connect, inline_executor, traffic, &chat},
                     {.version = "1.2.3"}};
};

TEST_F(ChatApiTest, TheAnswerInOnePieceHasTheCallsThatWereMade) {
  const auto response = send_message();
  EXPECT_EQ(response.status, 200);
  const auto body = json::Document::parse(response.body);
  ASSERT_TRUE(body) << response.body;
  EXPECT_EQ(body->root()["message"].as_string(), "Done.");
  EXPECT_EQ(body->root()["iterations"].as_int(), 2);
  EXPECT_EQ(body->root()["tool_calls"].size(), 1U);
  const json::View call = body->root()["tool_calls"].at(0);
  EXPECT_EQ(call["tool_name"].as_string(), "malote/echo");
  EXPECT_EQ(call["status"].as_string(), "success");
  EXPECT_EQ(call["output"].raw(), R"({"a":1})");
  EXPECT_FALSE(body->root()["aborted"]);
}

TEST_F(ChatApiTest, AFailureIsTheContractsAndKeepsWhatWasDone) {
  last = {.status = 503, .body = "busy"};
  const auto response = send_message();
  EXPECT_EQ(response.status, 500);
  const auto body = json::Document::parse(response.body);
  ASSERT_TRUE(body) << response.body;
  EXPECT_EQ(body->root()["error"].as_string(), "chat_loop_failed");
  EXPECT_EQ(body->root()["message"].as_string(), "the chat endpoint answered 503: busy");
  EXPECT_EQ(body->root()["tool_calls"].size(), 1U);
  EXPECT_EQ(body->root()["iterations"].as_int(), 1);
}

TEST_F(ChatApiTest, TheStreamShowsEachStep) {
  const std::string text = streamed();
  std::vector<std::string> kinds;
  for (auto at = text.find("event: "); at != std::string::npos; at = text.find("event: ", at + 1))
    kinds.push_back(text.substr(at + 7, text.find('\n', at) - at - 7));
  EXPECT_EQ(kinds, (std::vector<std::string>{"user_message", "assistant_text", "tool_use",
                                             "tool_result", "assistant_text", "done"}));
  EXPECT_NE(text.find(R"("message":"Done.")"), std::string::npos);
}

TEST_F(ChatApiTest, AFailedStreamEndsWithAnError) {
  last = {.error = "timeout"};
  EXPECT_NE(streamed().find("event: error\ndata: {\"type\":\"error\","
                            "\"error\":\"chat_loop_failed\","),
            std::string::npos);
}

TEST_F(ChatApiTest, AClosedSessionIsSaidAsWithoutAModel) {
  const std::string session = make_session();
  EXPECT_EQ(call("DELETE", "/v1/sessions/" + session).status, 200);
  int status = 0;
  with_chat.handle(
      {.method = "POST",
       .path = "/v1/sessions/" + session + "/send",
       .headers = {{"Authorization", "Bearer " + key}, {"Accept", "text/event-stream"}},
       .body = R"({"message":"hello"})"},
      [&](const Response& response) { status = response.status; });
  EXPECT_EQ(status, 409);
  EXPECT_TRUE(world.http.sent.empty());
}

// --- MCP -----------------------------------------------------------------------------------------

struct McpTest : CatalogueTest {
  std::string path = "/v1/sessions/" + make_session() + "/mcp";

  Answer ask(const std::string& method, const std::string& params = "{}") {
    return post(path,
                R"({"jsonrpc":"2.0","id":7,"method":")" + method + R"(","params":)" + params + "}");
  }
  /// Errors of JSON-RPC have another shape than the API's: sent without the fixture's look at it.
  std::pair<int, std::string> raw(const std::string& body, Headers headers = {}) {
    headers.emplace_back("Authorization", "Bearer " + key);
    std::pair<int, std::string> answer;
    api.handle({.method = "POST", .path = path, .headers = std::move(headers), .body = body},
               [&](const Response& response) {
                 answer = {response.status, response.body};
               });
    world.executor.run_all();  // what is done on the dispatcher's thread
    return answer;
  }
};

TEST_F(McpTest, AgreesOnAVersionThatBothKnow) {
  EXPECT_EQ(at(ask("initialize", R"({"protocolVersion":"2025-03-26"})"), "/result/protocolVersion"),
            "2025-03-26");
  const auto newest = ask("initialize", R"({"protocolVersion":"2099-01-01"})");
  EXPECT_EQ(at(newest, "/result/protocolVersion"), "2025-11-25");
  EXPECT_TRUE(newest["result"]["capabilities"]["tools"].is_object());
  EXPECT_EQ(
      raw(R"({"jsonrpc":"2.0","id":1,"method":"ping"})", {{"MCP-Protocol-Version", "2099-01-01"}})
          .first,
      400);
}

TEST_F(McpTest, ToolsAreListedInPages) {
  path = "/v1/sessions/" +
         make_session(R"(["asaas","mercado-pago","stripe","z-api","malote","correios"])") + "/mcp";
  std::set<std::string> names;
  std::string params = "{}";
  int pages = 0;
  while (!params.empty()) {
    const auto page = ask("tools/list", params);
    ++pages;
    for (const auto tool : page["result"]["tools"]) {
      EXPECT_TRUE(names.emplace(*tool["name"].as_string()).second);
      EXPECT_EQ(tool["inputSchema"]["type"].as_string(), "object");
    }
    const auto next = page["result"]["nextCursor"].as_string();
    params = next ? R"({"cursor":")" + std::string{*next} + "\"}" : "";
  }
  EXPECT_EQ(pages, 2);
  EXPECT_TRUE(names.contains("malote__echo"));
  EXPECT_TRUE(names.contains("codespar_charge"));
  EXPECT_EQ(at(ask("tools/list", R"({"cursor":"x"})"), "/error/code"), "-32602");
}

TEST_F(McpTest, AToolsFailureIsAResultAndAnUnknownToolAnError) {
  const auto found = ask("tools/call", R"({"name":"codespar_list_tools"})");
  EXPECT_EQ(at(found, "/result/isError"), "false");
  EXPECT_TRUE(found["result"]["structuredContent"]["tools"].is_array());
  const auto failed = ask("tools/call", R"({"name":"codespar_discover","arguments":{}})");
  EXPECT_EQ(at(failed, "/result/isError"), "true");
  EXPECT_NE(at(failed, "/result/content/0/text").find("use_case"), std::string::npos);
  EXPECT_EQ(at(ask("tools/call", R"({"name":"nobody__nothing"})"), "/error/code"), "-32602");
  EXPECT_EQ(at(ask("tools/call", R"({"name":"malote__echo","arguments":[]})"), "/error/code"),
            "-32602");
}

TEST_F(McpTest, ANotificationGetsNoAnswer) {
  EXPECT_EQ(raw(R"({"jsonrpc":"2.0","method":"notifications/initialized"})"),
            std::make_pair(202, std::string{}));
}

TEST_F(McpTest, WhatIsNoMessageIsRefused) {
  for (const auto* body : {"", "{", "5", "[]"}) EXPECT_EQ(raw(body).first, 400) << body;
  EXPECT_EQ(at(ask("no/such"), "/error/code"), "-32601");
  EXPECT_EQ(at(post(path, R"({"id":1,"method":"ping"})"), "/error/code"), "-32600");
  EXPECT_EQ(call("GET", path).status, 405);
  EXPECT_EQ(call("DELETE", path).status, 405);
  EXPECT_EQ(
      post("/v1/sessions/ses_nobody/mcp", R"({"jsonrpc":"2.0","id":1,"method":"ping"})").status,
      404);
}

TEST_F(McpTest, OnlyTheVersionThatHasBatchesTakesThem) {
  const std::string batch =
      R"([{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","method":"x"},)"
      R"({"jsonrpc":"2.0","id":"b","method":"tools/call",)"
      R"("params":{"name":"codespar_list_tools"}}])";
  const auto [status, body] = raw(batch);
  EXPECT_EQ(status, 200);
  const auto answers = json::Document::parse(body);
  ASSERT_TRUE(answers);
  ASSERT_EQ(answers->root().size(), 2U) << body;
  EXPECT_EQ(answers->root().at(1)["id"].as_string(), "b");
  EXPECT_EQ(raw(batch, {{"MCP-Protocol-Version", "2025-06-18"}}).first, 400);
}

// --- OAuth ---------------------------------------------------------------------------------------

struct ConnectTest : CatalogueTest {
  Answer start(const std::string& server = "mercado-pago", const std::string& more = "") {
    return post("/v1/connect/start", R"({"server_id":")" + server +
                                         R"(","user_id":"u","scopes":null,)"
                                         R"("redirect_uri":"https://shop.example/done?a=1")" +
                                         more + "}");
  }
  static std::string query_of(const Answer& started, std::string_view name) {
    const std::string url = started.text("authorize_url");
    for (const auto& [key, value] : parse_query(url.substr(url.find('?') + 1))) {
      if (key == name) return value;
    }
    return {};
  }
  std::string come_back(const std::string& query) {
    std::string where;
    api.handle({.method = "GET", .path = "/v1/connect/callback", .query = query},
               [&](const Response& response) {
                 const auto* location = find_header(response.headers, "Location");
                 where = location ? *location : std::to_string(response.status);
               });
    world.settle();
    return where;
  }
};

TEST_F(ConnectTest, AUserComesBackConnected) {
  world.http.script = [](const HttpRequest&) {
    return HttpOutcome{.status = 200,
                       .body = R"({"access_token":"APP_1","refresh_token":"r","expires_in":3600})"};
  };
  const auto started = start();
  ASSERT_EQ(started.status, 200) << started.body;
  const std::string state = started.text("link_token");
  EXPECT_EQ(started.text("authorize_url"),
            "https://auth.example/authorize?response_type=code&client_id=app&redirect_uri="
            "https%3A%2F%2Fgw.example%2Fv1%2Fconnect%2Fcallback&scope=read%20write&state=" +
                state + "&code_challenge=" + query_of(started, "code_challenge") +
                "&code_challenge_method=S256");
  EXPECT_EQ(started.text("expires_at"), format_rfc3339(world.clock.now() + 10min));
  const std::string where = come_back("code=c0&state=" + state);
  ASSERT_EQ(world.http.sent.size(), 1U);
  EXPECT_EQ(world.http.sent[0].url, "https://auth.example/token");
  EXPECT_NE(world.http.sent[0].body.find("code=c0"), std::string::npos);
  EXPECT_NE(world.http.sent[0].body.find("client_secret=app_secret"), std::string::npos);
  const auto sent = parse_query(world.http.sent[0].body);
  const auto verifier =
      std::ranges::find(sent, "code_verifier", &std::pair<std::string, std::string>::first);
  ASSERT_NE(verifier, sent.end());
  EXPECT_GE(verifier->second.size(), 43U);
  std::string challenge = query_of(started, "code_challenge");
  std::ranges::replace(challenge, '-', '+');
  std::ranges::replace(challenge, '_', '/');
  EXPECT_EQ(base64_decode(challenge + "="), crypto::sha256(verifier->second));
  const auto made = get("/v1/connections?server_id=mercado-pago");
  EXPECT_EQ(where,
            "https://shop.example/done?a=1&status=connected&server_id=mercado-pago&connection_id=" +
                at(made, "/connections/0/id"));
  EXPECT_EQ(at(made, "/connections/0/status"), "connected");
  EXPECT_EQ(at(made, "/connections/0/user_id"), "u");
  EXPECT_EQ(at(made, "/connections/0/expires_at"), format_rfc3339(world.clock.now() + 1h));
  EXPECT_EQ(made.body.find("APP_1"), std::string::npos);
  EXPECT_EQ(come_back("code=c0&state=" + state), "400") << "a state is good once";
}

TEST_F(ConnectTest, AStateGrowsOld) {
  const auto started = start();
  world.clock.advance(10min);
  EXPECT_EQ(come_back("code=c&state=" + started.text("link_token")), "400");
  EXPECT_TRUE(world.http.sent.empty());
}

TEST_F(ConnectTest, ARefusalGoesBackToTheShop) {
  EXPECT_EQ(
      come_back("error=access_denied&state=" + start().text("link_token")),
      "https://shop.example/done?a=1&status=error&server_id=mercado-pago&error=access_denied");
}

TEST_F(ConnectTest, WhatCannotBeStartedIsSaidToBe) {
  EXPECT_EQ(start("asaas").text("error"), "server_oauth_not_configured");
  EXPECT_EQ(start("asaas").status, 404);
  EXPECT_EQ(start("melhor-envio").text("error"), "oauth_client_not_configured");
  EXPECT_EQ(start("melhor-envio").status, 500);
  EXPECT_EQ(post("/v1/connections/start", "{}").text("error"), "invalid_body");
  for (const auto* bad : {"javascript:alert(1)", "https://", "https://a b", "//x"}) {
    EXPECT_EQ(post("/v1/connect/start", R"({"server_id":"mercado-pago","user_id":"u",)"
                                        R"("redirect_uri":")" +
                                            std::string{bad} + "\"}")
                  .text("field"),
              "/redirect_uri")
        << bad;
  }
}

TEST_F(ConnectTest, NotMoreThanABoundIsKept) {
  for (std::size_t i = 0; i < engine::ConnectFlow::kMaxPending; ++i) ASSERT_EQ(start().status, 200);
  EXPECT_EQ(start().text("error"), "overloaded");
  world.clock.advance(10min);
  EXPECT_EQ(start().status, 200);
}

}  // namespace
}  // namespace malote::testing
