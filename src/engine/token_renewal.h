// Renews the access tokens of connections made by OAuth (RFC 6749, section 6): before they run out,
// and when a provider refuses one. A refresh token may be good for one use, so there is one
// exchange at a time for a connection, whoever asks, and what it gave is stored before it is used.
//
// Belongs to the thread of `self`, but for is_renewable(). The driver calls pump() when
// next_wakeup() has come.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "engine/accounts.h"
#include "engine/connections.h"
#include "engine/oauth_grant.h"
#include "ports/executor.h"
#include "ports/http_client.h"

namespace malote::engine {

class TokenRenewal {
 public:
  TokenRenewal(const Context& context, HttpClient& http, Executor& self, OAuthClients clients)
      : context_(context), http_(http), self_(self), clients_(std::move(clients)) {}

  /// There is a refresh token, and a client to use it as. Any thread.
  bool is_renewable(const Connection& row) const;
  bool is_renewable(const OpenAccount& account) const;
  /// The token has run out, or does so within a minute.
  bool is_due(const OpenAccount& account) const;

  /// `done` is called once, on the thread of `self`, never from inside: true when the connection
  /// has another token now. `is_refused`: the provider did not take the one it has.
  using Done = std::function<void(bool renewed)>;
  void renew(const AccountPtr& account, bool is_refused, Done done);

  /// Renews what runs out soon, whether it is used or not.
  void pump();
  Timestamp next_wakeup() const { return look_at_; }
  /// No exchange is under way: what a provider gave must not be lost by stopping.
  bool is_idle() const { return under_way_.size() == not_stored_.size(); }

  /// How long a connection whose token ran out is not given up while it may be renewed.
  static constexpr Millis kGrace{24 * 3'600'000};

 private:
  struct Renewal {
    AccountPtr account{};
    bool is_refused = false;
    std::vector<Done> waiting{};
  };

  bool waits(const std::string& id) const;
  Result<bool> is_outdated(const Connection& row) const;
  void on_answer(const std::string& id, const HttpOutcome& outcome);
  void store(const std::string& id, Granted granted);
  void finish(const std::string& id, bool renewed);

  const Context& context_;
  HttpClient& http_;
  Executor& self_;
  const OAuthClients clients_;
  std::map<std::string, Renewal> under_way_{};     // by connection id
  std::map<std::string, Granted> not_stored_{};    // by connection id: the store refused it
  std::map<std::string, Timestamp> not_before_{};  // by connection id: it failed
  Timestamp look_at_{};
};

}  // namespace malote::engine
