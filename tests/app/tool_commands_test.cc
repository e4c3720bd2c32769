#include "app/tool_commands.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace malote::testing {
namespace {

const tools::Environment kEnvironment = [](const std::string& name) -> std::optional<std::string> {
  const std::map<std::string, std::string> variables{
      {"PATH", "/bin"}, {"HOME", "/var/lib/malote"},    {"MALOTE_API_KEY", "csk_live_secret"},
      {"TZ", "UTC"},    {"CRM_TOKEN", "first\nsecond"}, {"AWS_SECRET", "not for it"}};
  const auto at = variables.find(name);
  return at == variables.end() ? std::nullopt : std::optional{at->second};
};

net::CommandClient::Commands commands_of(const std::string& definition) {
  auto server = tools::parse_server(definition);
  EXPECT_TRUE(server) << server.error().message;
  tools::Registry registry;
  registry.set_own({std::make_shared<const tools::Server>(std::move(*server))}, {});
  return app::commands_of(registry, kEnvironment);
}

TEST(ToolCommands, GetWhatTheirDefinitionGivesAndLittleElse) {
  const auto commands = commands_of(
      R"({"id":"files","mcp":{"command":["node","server.js"],"folder":"/srv",
          "environment":{"TOKEN":"Bearer ${env.CRM_TOKEN}","TZ":"America/Recife"}}})");
  ASSERT_TRUE(commands.contains("files"));
  const net::Command& command = commands.at("files");
  EXPECT_EQ(command.arguments, (std::vector<std::string>{"node", "server.js"}));
  EXPECT_EQ(command.folder, "/srv");
  EXPECT_EQ(command.environment,
            (std::vector<std::string>{"HOME=/var/lib/malote", "PATH=/bin",
                                      "TOKEN=Bearer first\nsecond", "TZ=America/Recife"}));
  for (const char* secret : {"first\nsecond", "first", "second"})
    EXPECT_NE(std::ranges::find(command.secrets, secret), command.secrets.end()) << secret;
}

TEST(ToolCommands, OneWithoutItsSecretIsNotStarted) {
  EXPECT_TRUE(commands_of(R"({"id":"files","mcp":{"command":["x"],
                              "environment":{"A":"${env.NOT_THERE}"}}})")
                  .empty());
}

TEST(ToolCommands, ServersOverHttpAreNone) {
  EXPECT_TRUE(commands_of(R"({"id":"crm","mcp":{"url":"https://crm.example/mcp"}})").empty());
}

}  // namespace
}  // namespace malote::testing
