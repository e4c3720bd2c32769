#include "engine/mcp_tools.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "engine/connections.h"
#include "engine/tool_caller.h"
#include "fixtures.h"

namespace malote::testing {
namespace {

using tools::Fate;

constexpr const char* kCrm = R"({"id":"crm","mcp":{"url":"https://crm.example/mcp",)"
                             R"("headers":{"Authorization":"Bearer ${env.CRM_TOKEN}"}}})";

/// A server of the protocol, by its rules: no request outside a session.
struct FakeServer {
  int opened = 0;         // sessions
  std::string session{};  // the one that is good
  bool reachable = true;
  bool by_events = false;
  bool stateless = false;
  std::vector<std::string> methods{};
  std::vector<HttpRequest> calls{};  // tools/call
  std::vector<std::string> pages{
      R"("tools":[{"name":"add_note","description":"Adds a note.","inputSchema":{"type":"object",
         "properties":{"text":{"type":"string"}},"required":["text"]}}],"nextCursor":"p2")",
      R"("tools":[{"name":"find","inputSchema":{"type":"object"},
         "annotations":{"readOnlyHint":true}}])"};
  std::optional<HttpOutcome> call_outcome =
      HttpOutcome{.status = 200, .body = R"({"structuredContent":{"id":"n1"},"content":[]})"};

  HttpOutcome said(const std::string& id, const std::string& result) const {
    std::string body = R"({"jsonrpc":"2.0","id":")" + id + R"(","result":)" + result + "}";
    if (!by_events) return {.status = 200, .body = body};
    std::ranges::replace(body, '\n', ' ');  // one line of data
    return {.status = 200, .body = "event: message\ndata: " + body + "\n\n"};
  }

  std::optional<HttpOutcome> answer(const HttpRequest& request) {
    if (!reachable) return HttpOutcome{.error = "Could not resolve host: crm.example"};
    const auto document = json::Document::parse(request.body);
    const json::View message = document->root();
    methods.emplace_back(message["method"].as_string().value_or(""));
    const std::string id{message["id"].as_string().value_or("")};
    if (methods.back() == "initialize") {
      session = stateless ? "" : "s" + std::to_string(++opened);
      auto outcome = said(id, R"({"protocolVersion":"2025-06-18","capabilities":{}})");
      outcome.mcp_session = session;
      return outcome;
    }
    const auto* sent = find_header(request.headers, "Mcp-Session-Id");
    if ((sent ? *sent : "") != session) return HttpOutcome{.status = 404};
    if (methods.back().starts_with("notifications/")) return HttpOutcome{.status = 202};
    if (methods.back() == "tools/list") {
      const std::size_t page = message["params"]["cursor"].as_string() == "p2" ? 1 : 0;
      return said(id, "{" + pages[page] + "}");
    }
    calls.push_back(request);
    if (!call_outcome || call_outcome->status != 200) return call_outcome;
    return said(id, call_outcome->body);
  }
};

class McpTest : public ::testing::Test {
 protected:
  McpTest() {
    world.http.script = [this](const HttpRequest& request) { return server.answer(request); };
    context.environment = [this](const std::string& name) -> std::optional<std::string> {
      return name == "CRM_TOKEN" ? token : std::nullopt;
    };
    define(kCrm);
  }

  void define(const std::string& definition) {
    auto parsed = tools::parse_server(definition);
    ASSERT_TRUE(parsed) << parsed.error().message;
    registry.set_own({std::make_shared<const tools::Server>(std::move(*parsed))}, {});
  }
  void settle() {
    bool moved = true;
    while (moved) {
      moved = world.executor.run_all();
      caller.pump();
      mcp.pump();
      moved = world.http.answer_all() || moved;
      moved = !world.executor.tasks.empty() || moved;
    }
  }
  void list() {
    mcp.refresh();
    settle();
  }
  engine::ToolResult call(const std::string& tool, const std::string& input = R"({"text":"t"})",
                          const std::string& key = "k1") {
    std::optional<engine::ToolResult> result;
    caller.call({.project = world.project.no,
                 .tool = tool,
                 .input = input,
                 .idempotency_key = key,
                 .attempts = 1},
                [&](engine::ToolResult one) { result = std::move(one); });
    settle();
    EXPECT_TRUE(result);
    return result.value_or(engine::ToolResult{});
  }

  World world;
  FakeServer server;
  std::optional<std::string> token{"t0ps3cret"};
  tools::Registry registry;
  engine::Context context{world.clock,          world.entropy,       world.store, world.vault,
                          testing::catalogue(), testing::registry(), registry};
  engine::Accounts accounts{context};
  engine::ToolCaller caller{context, world.http, world.executor, accounts};
  engine::McpTools mcp{context, registry, caller.mcp()};
};

TEST_F(McpTest, ToolsOfAllPagesAppearUnderTheServersName) {
  list();
  EXPECT_EQ(server.methods, (std::vector<std::string>{"initialize", "notifications/initialized",
                                                      "tools/list", "tools/list"}));
  ASSERT_TRUE(registry.find("crm/add_note"));
  ASSERT_TRUE(registry.find("crm__find"));
  EXPECT_TRUE(registry.find("crm/find")->safe);
  const auto* said = find_header(world.http.sent.front().headers, "Authorization");
  ASSERT_TRUE(said);
  EXPECT_EQ(*said, "Bearer t0ps3cret");
}

TEST_F(McpTest, NoTwoRequestsOfASessionHaveTheSameId) {
  list();
  call("crm/add_note");
  call("crm/add_note");
  std::set<std::string> ids;
  int requests = 0;
  for (const auto& request : world.http.sent) {
    const auto message = json::Document::parse(request.body);
    const auto id = message->root()["id"].as_string();
    if (!id) continue;  // a notification
    ++requests;
    ids.emplace(*id);
  }
  EXPECT_EQ(requests, 5);
  EXPECT_EQ(ids.size(), 5u);
}

TEST_F(McpTest, NoConnectionsSettingsLeadTheGatewaysOwnSecretElsewhere) {
  list();
  ASSERT_TRUE(world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
    MALOTE_CHECK_OK(engine::Connections{context}.create(
        tx, effects, world.project.no,
        {.server_id = "crm", .metadata = R"({"api_base_url":"https://elsewhere.example"})"}));
    return {};
  }));
  EXPECT_TRUE(call("crm/add_note").success);
  for (const auto& request : world.http.sent) EXPECT_EQ(request.url, "https://crm.example/mcp");
}

TEST_F(McpTest, ACallGoesIntoTheSessionThatIsOpen) {
  server.by_events = true;
  list();
  const auto result = call("crm/add_note");
  EXPECT_TRUE(result.success) << result.error;
  EXPECT_EQ(result.data, R"({"id":"n1"})");
  EXPECT_EQ(result.server, "crm");
  EXPECT_EQ(server.opened, 1);
  ASSERT_EQ(server.calls.size(), 1u);
  const auto& sent = server.calls.front();
  EXPECT_NE(sent.body.find(R"("params":{"name":"add_note","arguments":{"text":"t"},)"
                           R"("_meta":{"malote/idempotency-key":"k1"}})"),
            std::string::npos)
      << sent.body;
  EXPECT_EQ(*find_header(sent.headers, "Idempotency-Key"), "k1");
  EXPECT_EQ(*find_header(sent.headers, "MCP-Protocol-Version"), "2025-06-18");
  EXPECT_TRUE(sent.once);
  EXPECT_EQ(find_header(world.http.sent.front().headers, "Idempotency-Key"), nullptr);
}

TEST_F(McpTest, AServerWithoutSessionsIsCalledWithoutOne) {
  server.stateless = true;
  list();
  EXPECT_TRUE(call("crm/add_note").success);
  EXPECT_EQ(find_header(server.calls.front().headers, "Mcp-Session-Id"), nullptr);
}

TEST_F(McpTest, ASessionThatWasForgottenIsOpenedAnewAndTheCallMadeOnce) {
  list();
  server.session = "another";
  EXPECT_TRUE(call("crm/add_note").success);
  EXPECT_EQ(server.opened, 2);
  EXPECT_EQ(server.calls.size(), 1u);
}

TEST_F(McpTest, CallsThatComeTogetherShareOneNewSession) {
  list();
  server.session = "another";
  int done = 0;
  for (int i = 0; i < 3; ++i) {
    caller.call({.project = world.project.no, .tool = "crm/find"},
                [&](const engine::ToolResult& result) { done += result.success ? 1 : 0; });
  }
  settle();
  EXPECT_EQ(done, 3);
  EXPECT_EQ(server.opened, 2);
}

TEST_F(McpTest, AWriteThatMayHaveHappenedIsNotRepeated) {
  list();
  server.call_outcome = HttpOutcome{.error = "timeout"};
  const auto result = call("crm/add_note");
  EXPECT_EQ(result.fate, Fate::unknown);
  EXPECT_FALSE(result.repeatable);
  EXPECT_EQ(result.code, "outcome_unknown");
  EXPECT_EQ(server.calls.size(), 1u);
}

TEST_F(McpTest, AToolsFailureIsItsText) {
  list();
  server.call_outcome = HttpOutcome{
      .status = 200, .body = R"({"isError":true,"content":[{"type":"text","text":"no such"}]})"};
  const auto result = call("crm/add_note");
  EXPECT_EQ(result.error, "crm: no such");
  EXPECT_EQ(result.code, "tool_error");
}

TEST_F(McpTest, InputIsHeldAgainstTheListedSchemaBeforeAnythingIsSent) {
  list();
  EXPECT_NE(call("crm/add_note", R"({"text":7})").error.find("/text"), std::string::npos);
  EXPECT_TRUE(server.calls.empty());
}

TEST_F(McpTest, AServerThatCannotBeReachedIsAskedAgainAndItsCallsMayBeMadeLater) {
  server.reachable = false;
  list();
  EXPECT_FALSE(registry.find("crm/add_note"));
  const auto early = call("crm/add_note");
  EXPECT_EQ(early.fate, Fate::retryable);
  EXPECT_TRUE(early.not_sent);
  server.reachable = true;
  world.clock.advance(engine::McpTools::kFirstWait - 1ms);
  settle();
  EXPECT_FALSE(registry.find("crm/add_note"));
  world.clock.advance(1ms);
  settle();
  EXPECT_TRUE(call("crm/add_note").success);
  EXPECT_EQ(call("crm/nothing").code, "tool_not_registered");
  EXPECT_EQ(mcp.next_wakeup(), Timestamp::max());
}

TEST_F(McpTest, WhatWasListedStaysWhileTheServerIsAway) {
  list();
  server.reachable = false;
  list();
  EXPECT_TRUE(registry.find("crm/add_note"));
  EXPECT_EQ(call("crm/add_note").fate, Fate::retryable);  // never sent
}

TEST_F(McpTest, AnotherDefinitionIsListedAnew) {
  list();
  define(R"({"id":"crm","mcp":{"url":"https://other.example/mcp"}})");
  EXPECT_FALSE(registry.find("crm/add_note"));
  list();
  EXPECT_TRUE(registry.find("crm/add_note"));
  EXPECT_EQ(server.opened, 2);
  define(R"({"id":"crm","mcp":{"url":"https://other.example/mcp"}})");
  EXPECT_TRUE(registry.find("crm/add_note"));
}

TEST_F(McpTest, AListWithoutEndIsNotTaken) {
  server.pages[1] = server.pages[0];
  list();
  EXPECT_FALSE(registry.find("crm/add_note"));
  EXPECT_LE(server.methods.size(), 2u + engine::McpTools::kMaxPages);
}

TEST_F(McpTest, ASecretThatIsMissingIsSaidAndNothingIsSent) {
  token.reset();
  list();
  EXPECT_TRUE(world.http.sent.empty());
  EXPECT_FALSE(registry.find("crm/add_note"));
}

TEST_F(McpTest, ASecretThatComesBackIsHidden) {
  list();
  server.call_outcome =
      HttpOutcome{.status = 200, .body = R"({"structuredContent":{"echo":"Bearer t0ps3cret"}})"};
  EXPECT_EQ(call("crm/add_note").data, R"({"echo":"Bearer ***"})");
}

TEST_F(McpTest, ASecretThatARefusedSessionRepeatsIsHidden) {
  list();
  world.http.script = [](const HttpRequest& request) -> std::optional<HttpOutcome> {
    const bool opens = request.body.find("initialize") != std::string::npos;
    return HttpOutcome{.status = opens ? 403 : 404, .body = R"({"message":"not t0ps3cret"})"};
  };
  const auto result = call("crm/add_note");
  EXPECT_EQ(result.status, 403);
  EXPECT_EQ((result.data + result.error).find("t0ps3cret"), std::string::npos) << result.data;
}

TEST_F(McpTest, ASessionIdThatCannotBeSentBackOpensNothing) {
  world.http.script = [this](const HttpRequest& request) {
    auto outcome = server.answer(request);
    outcome->mcp_session = std::string(5000, 'x');
    return outcome;
  };
  list();
  EXPECT_EQ(server.methods, (std::vector<std::string>{"initialize"}));
}

TEST_F(McpTest, AConnectionsCredentialsGoWithItsCalls) {
  define(R"({"id":"crm","credentials":[{"name":"key","label":"Key"}],
    "headers":{"Authorization":"Bearer ${credentials.key}"},
    "mcp":{"url":"https://crm.example/mcp",
           "headers":{"Authorization":"Bearer ${env.CRM_TOKEN}"}}})");
  list();
  EXPECT_EQ(call("crm/add_note").code, "server_not_connected");
  ASSERT_TRUE(world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
    MALOTE_CHECK_OK(engine::Connections{context}.create(
        tx, effects, world.project.no,
        {.server_id = "crm", .credentials = Secret{R"({"key":"users0wn"})"}}));
    return {};
  }));
  accounts.drop();
  EXPECT_TRUE(call("crm/add_note").success);
  EXPECT_EQ(*find_header(server.calls.front().headers, "Authorization"), "Bearer users0wn");
  EXPECT_EQ(server.opened, 2);  // not the session that listed
}

TEST_F(McpTest, ACommandIsAskedInOneSessionWhoeverCalls) {
  define(R"({"id":"crm","mcp":{"command":["crm"],"environment":{"TOKEN":"${env.CRM_TOKEN}"}}})");
  list();
  ASSERT_TRUE(world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
    MALOTE_CHECK_OK(
        engine::Connections{context}.create(tx, effects, world.project.no, {.server_id = "crm"}));
    return {};
  }));
  accounts.drop();
  server.call_outcome =
      HttpOutcome{.status = 200, .body = R"({"structuredContent":{"echo":"t0ps3cret"}})"};
  EXPECT_EQ(call("crm/add_note").data, R"({"echo":"***"})");
  EXPECT_EQ(server.opened, 1);
  for (const auto& request : world.http.sent) {
    EXPECT_EQ(request.url, "stdio:crm");
    for (const auto& [name, text] : request.headers)
      EXPECT_EQ(text.find("t0ps3cret"), std::string::npos) << name;
  }
}

TEST_F(McpTest, ACallThatACommandWasNotAskedMayBeMadeLater) {
  define(R"({"id":"crm","mcp":{"command":["crm"]}})");
  list();
  world.http.script = [this](const HttpRequest& request) -> std::optional<HttpOutcome> {
    const bool calls = request.body.find("tools/call") != std::string::npos;
    return calls ? HttpOutcome{.status = 404} : server.answer(request);
  };
  const auto result = call("crm/add_note");
  EXPECT_EQ(result.fate, Fate::retryable);
  EXPECT_EQ(result.code, "provider_unreachable");
  EXPECT_EQ(server.opened, 2);
}

TEST_F(McpTest, ACommandsClientIsUsedForItsServersOnly) {
  define(R"({"id":"crm","mcp":{"command":["crm"]}})");
  ScriptedHttp other;
  engine::ToolCaller second{context, world.http, world.executor, accounts, &other};
  second.mcp().ask({.server = registry.server("crm"),
                    .request = {.url = "stdio:crm", .timeout = 10s},
                    .method = "tools/list"},
                   [](const HttpOutcome&) {});
  world.executor.run_all();
  EXPECT_EQ(other.sent.size(), 1u);
  EXPECT_TRUE(world.http.sent.empty());
}

TEST_F(McpTest, ASecretThatACommandLacksIsSaidAndNothingIsStarted) {
  token.reset();
  define(R"({"id":"crm","mcp":{"command":["crm"],"environment":{"TOKEN":"${env.CRM_TOKEN}"}}})");
  list();
  EXPECT_TRUE(world.http.sent.empty());
}

TEST_F(McpTest, AServerWhoseToolsChangedIsListedAloneAndAnew) {
  list();
  server.methods.clear();
  mcp.refresh("nobody");
  settle();
  EXPECT_TRUE(server.methods.empty());
  mcp.refresh("crm");
  settle();
  EXPECT_EQ(server.methods, (std::vector<std::string>{"tools/list", "tools/list"}));
}

TEST_F(McpTest, AnAddressThatIsNotAllowedIsNotAsked) {
  define(R"({"id":"crm","mcp":{"url":"http://crm.example/mcp"}})");
  list();
  EXPECT_TRUE(world.http.sent.empty());
}

}  // namespace
}  // namespace malote::testing
