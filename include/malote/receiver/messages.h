// What goes into a WebhookHandler and what comes out; what a handler is given and what it says.
#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "malote/receiver/event.h"
#include "malote/receiver/verifier.h"

namespace malote::receiver {

struct Request {
  std::string_view method{};
  Headers headers{};
  std::string_view body{};  // as it came, not parsed and not inflated
  bool cut = false;         // the adapter stopped reading, since the body is beyond max_body()
};

struct Response {
  int status = 200;
  std::string_view body{};  // JSON; static
  std::vector<std::pair<std::string, std::string>> headers{};
};

struct Ack {};
struct Retry {
  std::chrono::seconds after{30};
};
struct Park {
  std::string reason{};
};
using Outcome = std::variant<Ack, Retry, Park>;

struct Context {
  std::size_t matched_secret = 0;
  bool replay_protected = false;
  std::stop_token stop{};  // asked for once the time budget is spent and the sender was told
};

/// Before anything is proven: for finding the secret of one of many shops.
struct Hints {
  Headers headers{};
  std::string_view body{};
};

struct DedupeOptions {
  std::chrono::seconds lease{60};           // how long a claim holds without an outcome
  std::chrono::seconds ttl{7 * 24 * 3600};  // how long a done key is kept
  std::chrono::milliseconds wait{5000};     // how long a copy waits for the first
  bool run_if_store_fails = false;          // otherwise 503
};

}  // namespace malote::receiver
