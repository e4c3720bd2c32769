// Finding tools by words, and saying whether they can be called: the catalogue as the API, the
// built-in meta-tools and MCP show it. Reads the registry and the store; calls nobody.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/context.h"

namespace malote::engine {

/// A server's tool or a meta-tool: exactly one of `tool` and `meta` is set, and `server` with
/// `tool`. Pointers stay good as long as the registry.
struct AnyTool {
  const tools::Server* server = nullptr;
  const tools::Tool* tool = nullptr;
  const tools::MetaTool* meta = nullptr;

  std::string name() const { return meta ? meta->name : tool->full_name(); }
  std::string call_name() const;  // "server__tool": what language models can write
  const std::vector<std::string>& keywords() const {
    return meta ? meta->keywords : tool->keywords;
  }
  std::string_view description() const { return meta ? meta->description : tool->description; }
  std::string_view server_id() const { return meta ? "codespar" : std::string_view{server->id}; }
  std::string input_schema() const;  // JSON Schema of an object, always with "properties"
};

std::vector<AnyTool> all_tools(const tools::Registry& registry);
/// What a session offers: the meta-tools that somebody can carry out, then its servers' tools.
std::vector<AnyTool> tools_of(const tools::Registry& registry,
                              const std::vector<std::string>& servers);
/// Under any of its names.
std::optional<AnyTool> find_tool(const tools::Registry& registry, std::string_view name);

struct ToolSearch {
  std::string text{};      // what is to be done, in words
  std::string category{};  // of the server; meta-tools have none; empty: any
  std::string country{};   // "BR"; what works in every country ("*") fits each; empty: any
  std::size_t limit = 5;
};

struct ToolMatch {
  AnyTool tool{};
  double similarity = 0;  // 0 to 1
};

/// Best first; nothing that shares next to nothing with the text. Looks at the three-letter pieces
/// of words (trigrams) in name, keywords, description and category; rare ones count more than
/// common ones, and those of name and keywords more than the others. Of the text the first 1000
/// bytes are looked at.
/// Leaves out meta-tools that no server can carry out.
std::vector<ToolMatch> search_tools(const tools::Registry& registry, const ToolSearch& wish);

bool fits_country(std::string_view country_of_server, std::string_view wanted);

/// How a server stands for a user. The connection is the one that a call would use, or the one
/// that ran out.
struct Link {
  std::string_view status{};  // "connected", "disconnected", "expired", "not_required"
  std::optional<Connection> connection{};
};
Link find_link(const ReadTx& tx, const tools::Server& server, ProjectNo project,
               std::string_view user_id);
/// Of a meta-tool: "connected" when a server of one of its routes is.
std::string_view link_status(const Context& context, const ReadTx& tx, const AnyTool& tool,
                             ProjectNo project, std::string_view user_id);

}  // namespace malote::engine
