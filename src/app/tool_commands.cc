#include "app/tool_commands.h"

#include <sstream>

namespace malote::app {

namespace {

constexpr const char* kHandedOn[] = {"PATH", "HOME", "LANG", "TZ", "TMPDIR"};

/// What may show up in a line of the log: the values, and the lines of those that have several.
std::vector<std::string> secrets_of(const tools::McpEndpoint& endpoint,
                                    const tools::Environment& environment) {
  auto secrets = tools::values_of(endpoint.variables, environment);
  for (const auto& value : std::vector<std::string>{secrets}) {
    std::istringstream lines{value};
    for (std::string line; std::getline(lines, line);) secrets.push_back(line);
  }
  return secrets;
}

}  // namespace

net::CommandClient::Commands commands_of(const tools::Registry& registry,
                                         const tools::Environment& environment) {
  net::CommandClient::Commands commands;
  for (const auto* server : registry.servers()) {
    if (!server->mcp || !server->mcp->is_command()) continue;
    const tools::McpEndpoint& endpoint = *server->mcp;
    const auto filled = tools::fill_in(endpoint.environment, endpoint.variables, environment);
    if (!filled) continue;
    std::map<std::string, std::string> variables;
    for (const auto* name : kHandedOn) {
      if (auto value = environment(name)) variables[name] = std::move(*value);
    }
    for (const auto& [name, value] : *filled) variables[name] = value;
    net::Command command{.arguments = endpoint.command,
                         .folder = endpoint.folder,
                         .secrets = secrets_of(endpoint, environment)};
    command.environment.reserve(variables.size());
    for (const auto& [name, value] : variables)
      command.environment.emplace_back(name).append("=").append(value);
    commands.emplace(server->id, std::move(command));
  }
  return commands;
}

}  // namespace malote::app
