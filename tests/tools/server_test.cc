#include "tools/server.h"

#include <gtest/gtest.h>

#include "tools/registry.h"

namespace malote::tools {
namespace {

std::string server_text(const std::string& tools, const std::string& more = "") {
  return R"({"id":"acme","name":"Acme","category":"payments","country":"BR","description":"d",
      "auth_type":"api_key","credentials":[{"name":"key","label":"Key"}],
      "hosts":{"live":"https://api.acme.com"},)" +
         more + R"("tools":[)" + tools + "]}";
}

std::string tool_text(const std::string& more) {
  return R"({"name":"get","description":"d","method":"GET",
      "input":{"type":"object","properties":{"id":{"type":"string"}},"required":["id"]})" +
         more + "}";
}

std::string fault_of(const std::string& text) {
  const auto server = parse_server(text);
  if (server) return "none";
  return server.error().issues.empty() ? server.error().message
                                       : server.error().issues.front().path;
}

TEST(ServerFile, IsReadWhole) {
  const auto server = parse_server(server_text(tool_text(R"(,"path":"/x/{id}")")));
  ASSERT_TRUE(server) << server.error().message;
  EXPECT_EQ(server->test_host, server->live_host);
  EXPECT_EQ(server->difficulty, "easy");
  const Tool* tool = server->find("get");
  ASSERT_NE(tool, nullptr);
  EXPECT_TRUE(tool->safe);
  EXPECT_EQ(tool->full_name(), "acme/get");
  EXPECT_EQ(tool->path_arguments, std::vector<std::string>{"id"});
}

TEST(ServerFile, FaultsAreNamedWithTheirPlace) {
  const auto tool = [](const std::string& more) { return fault_of(server_text(tool_text(more))); };
  EXPECT_EQ(tool(R"(,"path":"x")"), "/tools/0/path");
  EXPECT_EQ(tool(R"(,"path":"/{other}")"), "/tools/0/path");
  EXPECT_EQ(tool(R"(,"path":"/${input.other}")"), "/tools/0/path");
  EXPECT_EQ(tool(R"(,"path":"/{id")"), "/tools/0/path");
  EXPECT_EQ(tool(R"(,"path":"/x","query":["other"])"), "/tools/0/query");
  EXPECT_EQ(tool(R"(,"path":"/x","body":{"a":["${input.other}"]})"), "/tools/0/body/a/0");
  EXPECT_EQ(tool(R"(,"path":"/x","body":"${credentials.other}")"), "/tools/0/body");
  EXPECT_EQ(tool(R"(,"path":"/x","headers":{"A":"${token}"})"), "/tools/0/headers/A");
  EXPECT_EQ(tool(R"(,"path":"/x","boddy":1)"), "/tools/0/boddy");
  EXPECT_EQ(tool(R"(,"path":"/x","encoding":"xml")"), "/tools/0/encoding");
  EXPECT_EQ(tool(R"(,"path":"/x","idempotency":{"heeder":"x"})"), "/tools/0/idempotency/heeder");
  const std::string good = tool_text(R"(,"path":"/x")");
  EXPECT_EQ(fault_of(server_text(good + "," + good)), "/tools/1/name");
  EXPECT_EQ(fault_of(server_text("")), "/tools");
  EXPECT_EQ(fault_of(server_text(good, R"("rate_limit":{"per_minute":0},)")),
            "/rate_limit/per_minute");
  EXPECT_EQ(fault_of(server_text(good, R"("token":{"url":"/t"},)")), "/token/at");
  EXPECT_EQ(fault_of(server_text(good, R"("basic":["a"],)")), "/basic");
  EXPECT_EQ(fault_of(R"({"id":"A B"})"), "/id");
}

TEST(ServerFile, OptionalPathArgumentsAreRefused) {
  EXPECT_EQ(fault_of(server_text(R"({"name":"get","description":"d","method":"GET","path":"/{id}",
                "input":{"type":"object","properties":{"id":{"type":"string"}}}})")),
            "/tools/0/path");
}

TEST(ServerFile, AnMcpServerIsReachedOrStarted) {
  const auto server = parse_server(
      R"({"id":"files","mcp":{"command":["node","a b.js"],"folder":"/srv",
          "environment":{"A":"${env.TOKEN}","B":"x${env.TOKEN}${env.OTHER}"}}})");
  ASSERT_TRUE(server) << server.error().message;
  EXPECT_EQ(server->mcp->command, (std::vector<std::string>{"node", "a b.js"}));
  EXPECT_EQ(server->mcp->url, "stdio:files");
  EXPECT_EQ(server->mcp->folder, "/srv");
  EXPECT_EQ(server->mcp->variables, (std::vector<std::string>{"TOKEN", "OTHER"}));
  EXPECT_EQ(server->mcp->idempotency.header, "");  // it is sent no key
  EXPECT_FALSE(server->needs_connection());
  const auto remote = parse_server(R"({"id":"crm","mcp":{"url":"https://crm.example/mcp"}})");
  ASSERT_TRUE(remote) << remote.error().message;
  EXPECT_FALSE(remote->mcp->is_command());
}

TEST(ServerFile, FaultsOfACommandAreNamedWithTheirPlace) {
  const auto mcp = [](const std::string& members, const std::string& beside = "") {
    return fault_of(R"({"id":"files",)" + beside + R"("mcp":{)" + members + "}}");
  };
  const std::string good = R"("command":["node"])";
  EXPECT_EQ(mcp(good), "none");
  EXPECT_EQ(mcp(""), "/mcp/url");
  EXPECT_EQ(mcp(good + R"(,"url":"https://x")"), "/mcp/url");
  EXPECT_EQ(mcp(good + R"(,"headers":{})"), "/mcp/headers");
  EXPECT_EQ(mcp(R"("url":"https://x","folder":"/srv")"), "/mcp/folder");
  EXPECT_EQ(mcp(R"("url":"https://x","environment":{})"), "/mcp/environment");
  EXPECT_EQ(mcp(R"("command":"node")"), "/mcp/command");
  EXPECT_EQ(mcp(R"("command":[])"), "/mcp/command");
  EXPECT_EQ(mcp(R"("command":["node",""])"), "/mcp/command/1");
  EXPECT_EQ(mcp(R"("command":["node",7])"), "/mcp/command/1");
  EXPECT_EQ(mcp(R"("command":["no\u0000de"])"), "/mcp/command/0");
  EXPECT_EQ(mcp(R"("command":["node","${env.TOKEN}"])"), "/mcp/command/1");
  std::string many = R"("command":["x")";
  for (int i = 0; i < 64; ++i) many += R"(,"x")";
  EXPECT_EQ(mcp(many + "]"), "/mcp/command");
  EXPECT_EQ(mcp(good + R"(,"folder":"srv")"), "/mcp/folder");
  EXPECT_EQ(mcp(good + R"(,"environment":{"1A":"x"})"), "/mcp/environment/1A");
  EXPECT_EQ(mcp(good + R"(,"environment":{"A=B":"x"})"), "/mcp/environment/A=B");
  EXPECT_EQ(mcp(good + R"(,"environment":{"A":7})"), "/mcp/environment/A");
  EXPECT_EQ(mcp(good + R"(,"environment":{"A":"${env.MALOTE_API_KEY}"})"), "/mcp/environment/A");
  EXPECT_EQ(mcp(good, R"("credentials":[{"name":"key","label":"Key"}],)"), "/credentials");
  EXPECT_EQ(mcp(good, R"("idempotency":{"honoured":true},)"), "/idempotency");
  EXPECT_EQ(mcp(good, R"("auth_type":"api_key",)"), "/auth_type");
}

class RegistryTest : public ::testing::Test {
 protected:
  static std::string meta_text(const std::string& tool, const std::string& params) {
    return R"({"name":"do_it","description":"d","input":{"type":"object"},
        "routes":[{"server":"acme","steps":[{"name":"a","tool":")" +
           tool + R"(","params":)" + params + R"(}],"result":{}}]})";
  }
  Result<Registry> load(const std::string& meta) {
    meta_ = meta;
    const EmbeddedFile servers[] = {{"acme.json", server_}};
    const EmbeddedFile metas[] = {{"do_it.json", meta_}};
    return Registry::load(servers, metas);
  }

  std::string server_ = server_text(tool_text(R"(,"path":"/x/{id}")"));
  std::string meta_{};
};

TEST_F(RegistryTest, FindsByEitherSpelling) {
  const auto registry = load(meta_text("acme/get", R"({"id":"1"})"));
  ASSERT_TRUE(registry) << registry.error().message;
  EXPECT_NE(registry->find("acme/get"), nullptr);
  EXPECT_EQ(registry->find("acme/get"), registry->find("acme__get"));
  for (const char* name : {"acme", "acme/", "acme/got", "other/get", "acme__get__probe", "", "/"})
    EXPECT_EQ(registry->find(name), nullptr) << name;
  EXPECT_NE(registry->meta("do_it"), nullptr);
  EXPECT_EQ(registry->meta("acme"), nullptr);
}

TEST_F(RegistryTest, StepsMustFitTheirTools) {
  for (const auto& [tool, params] :
       {std::pair{"acme/got", "{}"}, {"acme/get", "{}"}, {"acme/get", R"({"id":"1","x":2})"}}) {
    const auto registry = load(meta_text(tool, params));
    ASSERT_FALSE(registry) << tool << params;
    EXPECT_TRUE(registry.error().message.starts_with("do_it.json: /routes/0/steps/0"))
        << registry.error().message;
  }
}

TEST_F(RegistryTest, OwnServersComeFirstAndOldPointersStayGood) {
  auto registry = load(meta_text("acme/get", R"({"id":"1"})"));
  ASSERT_TRUE(registry);
  const Server* before = registry->server("acme");
  auto text = server_;
  text.replace(text.find("\"Acme\""), 6, "\"Mine\"");
  text.replace(text.find("\"get\""), 5, "\"fetch\"");
  const auto own = std::make_shared<const Server>(std::move(*parse_server(text)));
  const auto faults = registry->set_own({own}, {});
  ASSERT_EQ(faults.size(), 1u) << "the meta-tool's tool is gone";
  EXPECT_EQ(registry->meta("do_it"), nullptr);
  EXPECT_EQ(registry->server("acme")->name, "Mine");
  EXPECT_EQ(before->name, "Acme");
  EXPECT_TRUE(registry->set_own({}, {}).empty());
  EXPECT_EQ(registry->server("acme"), before);
  EXPECT_NE(registry->meta("do_it"), nullptr);
}

}  // namespace
}  // namespace malote::tools
