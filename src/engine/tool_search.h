// Finding tools by words, and saying whether they can be called: the catalogue as the API, the
// built-in meta-tools and MCP show it. Reads the registry and the store; calls nobody.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/context.h"

namespace malote::engine {

struct ToolSearch {
  std::string text{};      // what is to be done, in words
  std::string category{};  // of the server; meta-tools have none; empty: any
  std::string country{};   // "BR"; what works in every country ("*") fits each; empty: any
  std::size_t limit = 5;
};

/// Exactly one of `tool` and `meta` is set. Pointers stay good as long as the registry.
struct ToolMatch {
  const tools::Server* server = nullptr;
  const tools::Tool* tool = nullptr;
  const tools::MetaTool* meta = nullptr;
  double similarity = 0;  // 0 to 1
};

/// Best first; nothing that shares next to nothing with the text. Looks at the three-letter pieces
/// of words (trigrams) in name, description and category; rare ones count more than common ones.
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
/// A meta-tool is connected when the server of one of its routes is.
std::string_view link_status(const Context& context, const ReadTx& tx, const tools::MetaTool& meta,
                             ProjectNo project, std::string_view user_id);

}  // namespace malote::engine
