// Access tokens for providers' APIs: got when first needed, kept until they end or the provider
// refuses them, one request at a time for each. In memory only.
//
// Single-threaded: the thread of `self` (the dispatcher's).
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/context.h"
#include "ports/executor.h"
#include "ports/http_client.h"
#include "tools/token.h"

namespace malote::engine {

/// Whose token, and how it is got.
struct TokenWish {
  std::string key{};      // one token each: the connection, and what for
  std::string made_of{};  // what it depends on; when that changes a new one is got
  std::string name{};     // of who gives it, for errors
  HttpRequest request{};
  tools::TokenAnswer answer{};
};

class Tokens {
 public:
  /// `outcome` is what the endpoint answered, where the token is an error.
  using Done = std::function<void(const Result<tools::Token>& token, const HttpOutcome& outcome)>;

  Tokens(const Context& context, HttpClient& http, Executor& self)
      : context_(context), http_(http), self_(self) {}

  /// One that is good still; else nullptr. Valid until the next call.
  const tools::Token* find(std::string_view key, std::string_view made_of) const;

  /// Asks for a new one. `done` is called exactly once, never from inside get().
  void get(TokenWish wish, Done done);

  /// The provider refused `token`. A newer one stays.
  void drop(std::string_view key, std::string_view token);

 private:
  struct Held {
    tools::Token token{};
    std::string made_of{};
  };
  using Name = std::pair<std::string, std::string>;  // key, made_of
  void finish(const TokenWish& wish, const HttpOutcome& outcome);

  const Context& context_;
  HttpClient& http_;
  Executor& self_;
  std::map<std::string, Held, std::less<>> held_;
  std::map<Name, std::vector<Done>> waiting_;  // for requests under way
};

}  // namespace malote::engine
