#include "engine/mcp_tools.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/json_writer.h"
#include "base/log.h"

namespace malote::engine {

namespace {

constexpr Millis kPageTime{20'000};
constexpr std::size_t kMaxPage = 2 * 1024 * 1024;
constexpr std::size_t kMaxCursor = 4096;

}  // namespace

struct McpTools::Listing {
  const tools::Server* server = nullptr;  // the registry keeps it
  std::string cursor{};
  int pages = 0;
  std::vector<std::string> tools{};  // JSON of each
};

void McpTools::refresh() {
  const auto servers = registry_.servers();
  std::erase_if(states_, [&](const auto& entry) {
    return !entry.second.is_asking &&
           std::ranges::none_of(servers, [&](const auto* one) { return one->id == entry.first; });
  });
  for (const auto* server : servers) {
    if (server->mcp) ask_now(*server);
  }
}

void McpTools::refresh(const std::string& id) {
  const auto* server = registry_.server(id);
  if (server && server->mcp) ask_now(*server);
}

void McpTools::ask_now(const tools::Server& server) {
  State& state = states_[server.id];
  state.failures = 0;
  state.is_wanted = state.is_asking;
  if (!state.is_asking) begin(server);
}

Timestamp McpTools::next_wakeup() const {
  Timestamp next = Timestamp::max();
  for (const auto& [id, state] : states_) {
    if (!state.is_asking) next = std::min(next, state.due);
  }
  return next;
}

void McpTools::pump() {
  const Timestamp now = context_.clock.now();
  std::vector<std::string> due;
  for (const auto& [id, state] : states_) {
    // What stands further ahead than anything waits was put off before the clock went back.
    const bool has_come =
        state.due <= now || (state.due != Timestamp::max() && state.due > now + kLongestWait);
    if (!state.is_asking && has_come) due.push_back(id);
  }
  for (const auto& id : due) {
    const auto* server = registry_.server(id);
    if (server && server->mcp) {
      begin(*server);
    } else {
      states_.erase(id);
    }
  }
}

void McpTools::begin(const tools::Server& server) {
  states_[server.id].is_asking = true;
  const auto listing = std::make_shared<Listing>();
  listing->server = &server;
  ask_page(listing);
}

void McpTools::ask_page(const ListingPtr& listing) {
  json::Writer params;
  params.object();
  if (!listing->cursor.empty()) params.field("cursor", listing->cursor);
  params.end();
  McpAsk ask{.server = listing->server,
             .request = {.url = listing->server->mcp->url,
                         .timeout = kPageTime,
                         .response_limit = kMaxPage,
                         .response_kept = kMaxPage},
             .method = "tools/list",
             .params = std::move(params).text()};
  client_.ask(std::move(ask), [this, listing](const HttpOutcome& outcome) {
    const auto more = take_page(*listing, outcome);
    if (!more) return put_off(listing, more.error().message);
    *more ? ask_page(listing) : finish(listing);
  });
}

/// Whether there are more pages.
Result<bool> McpTools::take_page(Listing& listing, const HttpOutcome& outcome) const {
  if (outcome.status == 0) return fail(Errc::not_found, outcome.error);
  if (outcome.status < 200 || outcome.status > 299)
    return fail(Errc::not_found, "it answered " + std::to_string(outcome.status));
  const auto document = json::Document::parse(outcome.body);
  if (!document) return fail(Errc::not_found, "its answer to tools/list holds no response");
  if (const json::View error = document->root()["error"]; error && !error.is_null())
    return fail(Errc::not_found,
                std::string{cut_text(error["message"].as_string().value_or("an error"), 300)});
  const json::View result = document->root()["result"];
  if (!result["tools"].is_array())
    return fail(Errc::not_found, "its answer to tools/list holds no tools");
  for (const auto tool : result["tools"]) listing.tools.emplace_back(tool.raw());
  if (listing.tools.size() > kMaxTools)
    return fail(Errc::not_found, "it lists more than " + std::to_string(kMaxTools) + " tools");
  const std::string last = listing.cursor;
  listing.cursor = result["nextCursor"].as_string().value_or("");
  if (listing.cursor.empty()) return false;
  const bool ends = ++listing.pages < kMaxPages && listing.cursor.size() <= kMaxCursor;
  if (!ends || listing.cursor == last) return fail(Errc::not_found, "its list of tools has no end");
  return true;
}

void McpTools::finish(const ListingPtr& listing) {
  std::vector<std::string> left_out;
  const auto server = std::make_shared<tools::Server>(
      tools::with_listed_tools(*listing->server, listing->tools, left_out));
  const std::string& id = listing->server->id;
  for (const auto& fault : left_out) log::warn("tools: " + id + ": " + fault + "; left out");
  const auto& before = listing->server->listing;
  if (!before || before->root().raw() != server->listing->root().raw()) {
    for (const auto& fault : registry_.set_listed(server))
      log::warn("tools: " + fault + "; not taken");
    log::info("tools: " + id + " has " + std::to_string(server->tools.size()) + " tools");
  }
  State& state = states_[id];
  state.failures = 0;
  state.due = Timestamp::max();
  settle(listing);
}

void McpTools::put_off(const ListingPtr& listing, const std::string& why) {
  State& state = states_[listing->server->id];
  const int doublings = std::min(state.failures++, 10);
  const Millis wait = std::min(kLongestWait, kFirstWait * (1 << doublings));
  state.due = context_.clock.now() + wait;
  log::warn("tools: " + listing->server->id + ": " + listing->server->mcp->url +
            " does not list its tools: " + why + "; asked again in " + format_duration(wait));
  settle(listing);
}

/// What was said meanwhile is done now.
void McpTools::settle(const ListingPtr& listing) {
  State& state = states_[listing->server->id];
  state.is_asking = false;
  if (!state.is_wanted) return;
  state.is_wanted = false;
  const auto* server = registry_.server(listing->server->id);
  if (server && server->mcp) {
    begin(*server);
  } else {
    states_.erase(listing->server->id);
  }
}

}  // namespace malote::engine
