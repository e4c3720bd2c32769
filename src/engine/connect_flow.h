// Connecting a provider by OAuth 2.0 (RFC 6749, authorization code; with a proof key, RFC 7636, so
// that a code is of use to nobody else): start() says where to send the user, the provider sends
// them back with a code, finish() exchanges it for a token and makes the connection. What has been
// started is kept in memory: it is lost at a restart, and the user starts again. Thread-safe.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "engine/connections.h"
#include "engine/oauth_grant.h"
#include "ports/http_client.h"

namespace malote::engine {

struct ConnectWish {
  ProjectNo project{};
  std::string server_id{}, user_id{}, scopes{};
  std::string redirect_uri{};  // where the user goes in the end
};

struct ConnectStart {
  std::string link_token{};  // also the flow's `state`; good for one use
  std::string authorize_url{};
  Timestamp expires_at{};
};

/// What the provider sent the user back with.
struct ConnectCallback {
  std::string state{}, code{}, error{};
};

class ConnectFlow {
 public:
  ConnectFlow(const Context& context, HttpClient& http, OAuthClients clients)
      : context_(context), http_(http), clients_(std::move(clients)) {}

  /// Errors: Errc::server_oauth_not_configured, oauth_client_not_configured, overloaded.
  Result<ConnectStart> start(const ConnectWish& wish);

  /// `done` gets where to send the user: the redirect_uri with status=connected and connection_id,
  /// or with status=error and error. Fails (Errc::invalid_query) for a state that is unknown, used
  /// or too old: then nobody knows where to. Called once, on any thread.
  using Done = std::function<void(Result<std::string>)>;
  void finish(const ConnectCallback& callback, Done done);

  /// Where users are sent; empty where there is no client for the server.
  std::string_view authorize_url(std::string_view server_id) const;

  static constexpr Millis kLifetime{10 * 60'000};
  static constexpr std::size_t kMaxPending = 1000;

 private:
  struct Pending {
    ConnectWish wish{};
    std::string verifier{};  // of the proof key
    Timestamp expires_at{};
  };
  std::optional<Pending> take(const std::string& state);
  std::string callback_url() const { return context_.public_url + "/v1/connect/callback"; }
  void keep(const ConnectWish& wish, const HttpOutcome& outcome, const Done& done);

  const Context& context_;
  HttpClient& http_;
  const OAuthClients clients_;
  std::mutex mutex_;
  std::map<std::string, Pending> pending_;  // by state
};

}  // namespace malote::engine
