// What remote MCP servers offer: asks each for its tools (tools/list) when told to, and again later
// where it could not be reached; puts them into the registry. A server that cannot be reached keeps
// the tools that it listed before, if any.
//
// Belongs to the thread of the client's `self`. The driver calls pump() when next_wakeup() has
// come.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/mcp_client.h"

namespace malote::engine {

class McpTools {
 public:
  /// `registry` is the context's.
  McpTools(const Context& context, tools::Registry& registry, McpClient& client)
      : context_(context), registry_(registry), client_(client) {}

  /// Definitions may have changed: asks every server, now.
  void refresh();
  /// This one says that its tools have changed.
  void refresh(const std::string& id);

  void pump();
  Timestamp next_wakeup() const;

  static constexpr std::size_t kMaxTools = 500;  // of one server
  static constexpr int kMaxPages = 20;
  static constexpr Millis kFirstWait{5'000}, kLongestWait{300'000};  // doubles in between

 private:
  struct Listing;
  using ListingPtr = std::shared_ptr<Listing>;
  struct State {
    int failures = 0;
    Timestamp due{};  // of the next try; max: none
    bool is_asking = false;
    bool is_wanted = false;  // asked again while it was being asked
  };

  void ask_now(const tools::Server& server);
  void begin(const tools::Server& server);
  void ask_page(const ListingPtr& listing);
  Result<bool> take_page(Listing& listing, const HttpOutcome& outcome) const;
  void finish(const ListingPtr& listing);
  void put_off(const ListingPtr& listing, const std::string& why);
  void settle(const ListingPtr& listing);

  const Context& context_;
  tools::Registry& registry_;
  McpClient& client_;
  std::map<std::string, State> states_{};  // by server id
};

}  // namespace malote::engine
