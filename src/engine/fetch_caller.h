// The calls of fetch-backs: with the token or the signature that the provider wants, and only where
// the answer is not known already.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/resource_cache.h"
#include "engine/tokens.h"
#include "providers/api_spec.h"

namespace malote::engine {

struct CallSignature {
  providers::SignSpec spec{};
  Secret key{};
  Secret secret{};
};

/// One question to a provider's API. What proves us is in the request already, or one of these.
struct FetchCall {
  HttpRequest request{};
  std::string connection{};        // its id
  std::string version{};           // names this version of the resource; empty: not known
  std::string header{}, prefix{};  // where the token goes
  std::optional<TokenWish> token{};
  std::optional<CallSignature> signature{};
};

/// Single-threaded, as Tokens is.
class FetchCaller {
 public:
  using Done = std::function<void(HttpOutcome)>;

  FetchCaller(const Context& context, HttpClient& http, Executor& self, Tokens& tokens)
      : context_(context), http_(http), self_(self), tokens_(tokens) {}

  /// Gets the token where one is needed, once more where the provider refuses it. `done` is called
  /// exactly once, never from inside call().
  void call(FetchCall call, Done done);

 private:
  struct Active;
  using ActivePtr = std::shared_ptr<Active>;
  void ask(FetchCall call, Done done);
  void get_token(const ActivePtr& active);
  void send(const ActivePtr& active, const std::string& token);
  void sign(const FetchCall& call, HttpRequest& request);
  void answer(const std::string& version, const HttpOutcome& outcome);

  const Context& context_;
  HttpClient& http_;
  Executor& self_;
  Tokens& tokens_;
  ResourceCache known_;
  std::map<std::string, std::vector<Done>> waiting_;  // for versions being asked for
  std::map<std::string, std::int64_t> nonces_;        // used last, by connection
};

}  // namespace malote::engine
