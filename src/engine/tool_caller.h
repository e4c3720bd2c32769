// Calling tools: one HTTP exchange for a provider's tool, a few for a meta-tool, with the token,
// the rate limit, the retries and the failover that the data says. Knows nothing of sessions and
// loops; keeps nothing durable.
//
// Rules that protect money: one idempotency key per call, handed to the provider; a write that may
// have happened is repeated only where the provider honours that key; another server is tried only
// while nothing can have happened yet.
//
// Single-threaded: all but call() belong to the thread of `self` (the dispatcher's). The driver
// calls pump() when next_wakeup() has come.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/accounts.h"
#include "engine/mcp_client.h"
#include "engine/tokens.h"
#include "ports/executor.h"
#include "tools/outcome.h"
#include "tools/request.h"

namespace malote::engine {

class TokenRenewal;

/// A request of the caller's own to a server's API, with its credentials. Owns what its views point
/// into.
struct ProxyTool {
  tools::Tool tool{};
  std::vector<json::Document> documents{};
};

struct ToolRequest {
  ProjectNo project{};
  std::string user_id{};
  std::string tool{};                        // "server/tool", "server__tool" or a meta-tool's name
  std::string input{"{}"};                   // a JSON object
  std::string idempotency_key{};             // the same for the same call
  std::vector<std::string> servers{};        // tried first where several can do it
  bool may_wait = true;                      // for the provider's rate limit; else it is told when
  Millis time{55'000};                       // for all of it: clients give up after a minute
  int attempts = 3;                          // of each exchange
  std::shared_ptr<const ProxyTool> proxy{};  // instead of a tool by its name
};

struct ToolResult {
  bool success = false;
  std::string data{"{}"};  // JSON; an object when it failed
  std::string error{};
  std::string code{};     // "tool_not_registered", "server_not_connected", "http_422", …
  std::string server{};   // who answered
  std::string tool{};     // as it was asked for
  std::string routing{};  // JSON list of servers tried, where there was a choice
  int status = 0;         // of the provider's last answer; 0: none
  Millis duration{};
  tools::Fate fate = tools::Fate::refused;
  bool not_sent = false;    // the provider's rate limit left no room in time: no attempt was made
  bool repeatable = false;  // calling it again with the same key cannot do a thing twice
  std::optional<Millis> retry_after{};
};

/// Told of every request to a provider, tries included, also of one that did not get there. `fate`
/// is unknown only where the request cannot simply be made again. On the caller's thread.
struct ToolObserver {
  virtual ~ToolObserver() = default;
  virtual void on_tool_request(const std::string& server_id, tools::Fate fate, Millis duration) = 0;
};

class ToolCaller {
 public:
  using Done = std::function<void(ToolResult)>;

  /// Servers of the Model Context Protocol are asked through `mcp`, if given, else through `http`:
  /// it may lead to where no other request may go (net/command_client.h).
  ToolCaller(const Context& context, HttpClient& http, Executor& self, Accounts& accounts,
             HttpClient* mcp = nullptr);
  ~ToolCaller();

  /// `done` is called exactly once, on the thread of `self`, never from inside call(). Any thread.
  void call(ToolRequest request, Done done);

  /// Runs it on the thread of `self`, never from inside.
  void post(std::function<void()> task) { self_.post(std::move(task)); }

  /// For others on this thread that call the same providers.
  Tokens& tokens() { return tokens_; }

  void pump();
  Timestamp next_wakeup() const;

  /// Renews tokens of connections made by OAuth; once, before anything is called. Without it they
  /// are used until they run out.
  void set_renewal(TokenRenewal& renewal) { renewal_ = &renewal; }

  /// Before anything is called; it outlives the caller.
  void set_observer(ToolObserver& observer) { observer_ = &observer; }

  /// What remote MCP servers are asked through; for the thread of `self`.
  McpClient& mcp() { return mcp_; }

  /// Ends what waits for its time; what is under way goes on to its end.
  void stop();
  bool is_idle() const { return active_ == 0; }

 private:
  struct Active;
  using ActivePtr = std::shared_ptr<Active>;

  void start(const ActivePtr& active);
  void start_meta(const ActivePtr& active);
  Result<bool> find_route(const ActivePtr& active);
  void next_step(const ActivePtr& active);
  void finish_route(const ActivePtr& active);
  void on_step(const ActivePtr& active, tools::ToolOutcome outcome);
  bool fail_over(const ActivePtr& active, const tools::ToolOutcome& outcome);

  void exchange(const ActivePtr& active, const tools::Tool& tool, std::string input,
                const std::string& key);
  void try_exchange(const ActivePtr& active);
  void prepare(const ActivePtr& active);
  bool can_renew(const Active& active) const;
  void renew(const ActivePtr& active, bool is_refused, tools::ToolOutcome otherwise);
  void fetch_token(const ActivePtr& active);
  void send(const ActivePtr& active);
  void send_mcp(const ActivePtr& active, HttpRequest request);
  void refuse_unknown(const ActivePtr& active, const std::string& tool);
  void hide_secrets(const ActivePtr& active, std::string& body) const;
  Millis promise(const std::string& account, Timestamp earliest, Millis spacing);
  void on_outcome(const ActivePtr& active, const HttpOutcome& outcome);
  void end_exchange(const ActivePtr& active, tools::ToolOutcome outcome);
  bool try_again(const ActivePtr& active, const tools::ToolOutcome& outcome);

  void refuse(const ActivePtr& active, const Error& error);
  void refuse(const ActivePtr& active, std::string_view code, const std::string& message);
  void finish(const ActivePtr& active, tools::ToolOutcome outcome);
  void after(const ActivePtr& active, Millis wait, std::function<void()> task);
  Millis left(const Active& active) const;

  const Context& context_;
  HttpClient& http_;
  Executor& self_;
  Accounts& accounts_;
  McpClient mcp_;
  TokenRenewal* renewal_ = nullptr;
  ToolObserver* observer_ = nullptr;
  struct Parked {
    ActivePtr active;
    std::function<void()> task;
  };
  std::multimap<Timestamp, Parked> parked_;
  Tokens tokens_;
  std::map<std::string, Timestamp, std::less<>> promised_;  // by connection id
  std::map<std::string, Timestamp, std::less<>> paces_;     // by connection id: paid until
  int active_ = 0;
  bool stopped_ = false;
};

/// Calling it again with the same key cannot do a thing twice.
bool is_repeatable(const tools::Tool& tool);

/// How a result is shown and kept: {"success","data","error","duration","server","tool"}.
std::string encode_result(const ToolResult& result);

}  // namespace malote::engine
