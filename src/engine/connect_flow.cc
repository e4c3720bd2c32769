#include "engine/connect_flow.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/log.h"
#include "crypto/hmac.h"

namespace malote::engine {

namespace {

constexpr std::size_t kVerifier = 64;  // characters; 43 to 128 are allowed

std::string with_query(const std::string& url, const std::string& query) {
  const auto hash = url.find('#');
  const std::string base = url.substr(0, hash);
  const std::string tail = hash == std::string::npos ? "" : url.substr(hash);
  return base + (base.find('?') == std::string::npos ? "?" : "&") + query + tail;
}

std::string failed(const ConnectWish& wish, std::string_view error) {
  return with_query(
      wish.redirect_uri,
      form_of({{"status", "error"}, {"server_id", wish.server_id}, {"error", error}}));
}

/// RFC 7636, S256.
std::string challenge_of(std::string_view verifier) {
  std::string text = base64_encode(crypto::sha256(verifier));
  while (text.ends_with('=')) text.pop_back();
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return text;
}

}  // namespace

Result<ConnectStart> ConnectFlow::start(const ConnectWish& wish) {
  const auto client = clients_.find(wish.server_id);
  if (client == clients_.end()) {
    const auto* server = context_.tools.server(wish.server_id);
    if (server && server->auth_type == "oauth")
      return fail(Errc::oauth_client_not_configured,
                  "the configuration has no [oauth." + wish.server_id + "]");
    return fail(make_issue(Errc::server_oauth_not_configured, "/server_id",
                           "this server is not connected by OAuth; POST /v1/connections takes its "
                           "credentials"));
  }
  if (context_.public_url.empty())
    return fail(Errc::oauth_client_not_configured,
                "the configuration has no public_url, where the provider sends users back to");
  const Timestamp now = context_.clock.now();
  const std::string verifier = random_id(context_.entropy, "", kVerifier);
  ConnectStart started{.link_token = random_id(context_.entropy, "lnk_", 40),
                       .expires_at = now + kLifetime};
  {
    const std::lock_guard guard{mutex_};
    std::erase_if(pending_, [&](const auto& entry) { return entry.second.expires_at <= now; });
    if (pending_.size() >= kMaxPending)
      return fail(Errc::overloaded, "too many connections are being made; try again in a while");
    pending_[started.link_token] = {wish, verifier, started.expires_at};
  }
  const OAuthClient& known = client->second;
  const std::string callback = callback_url();
  started.authorize_url = with_query(
      known.authorize_url, form_of({{"response_type", "code"},
                                    {"client_id", known.client_id},
                                    {"redirect_uri", callback},
                                    {"scope", wish.scopes.empty() ? known.scopes : wish.scopes},
                                    {"state", started.link_token},
                                    {"code_challenge", challenge_of(verifier)},
                                    {"code_challenge_method", "S256"}}));
  return started;
}

/// Once: a state that comes a second time is unknown.
std::optional<ConnectFlow::Pending> ConnectFlow::take(const std::string& state) {
  const std::lock_guard guard{mutex_};
  const auto at = pending_.find(state);
  if (at == pending_.end()) return {};
  Pending pending = std::move(at->second);
  pending_.erase(at);
  if (pending.expires_at <= context_.clock.now()) return {};
  return pending;
}

void ConnectFlow::finish(const ConnectCallback& callback, Done done) {
  const auto pending = take(callback.state);
  if (!pending)
    return done(fail(make_issue(Errc::invalid_query, "state",
                                "is unknown, used or older than ten minutes; start again")));
  if (!callback.error.empty() || callback.code.empty())
    return done(failed(pending->wish, callback.error.empty() ? "no_code" : callback.error));
  const OAuthClient& client = clients_.find(pending->wish.server_id)->second;
  const std::string own = callback_url();
  auto request = token_request(client, {{"grant_type", "authorization_code"},
                                        {"code", callback.code},
                                        {"redirect_uri", own},
                                        {"code_verifier", pending->verifier}});
  http_.start(std::move(request), [this, wish = pending->wish, done = std::move(done)](
                                      const HttpOutcome& outcome) { keep(wish, outcome, done); });
}

/// Makes the connection of what the token endpoint answered.
void ConnectFlow::keep(const ConnectWish& wish, const HttpOutcome& outcome, const Done& done) {
  auto granted = read_grant(context_.tools.server(wish.server_id), outcome, context_.clock.now());
  if (!granted) {
    log::error("connecting " + wish.server_id + ": " + granted.error().message);
    return done(failed(wish, "token_exchange_failed"));
  }
  const auto made = std::make_shared<Connection>();
  commit(
      context_,
      [this, wish, made, granted = *granted](Tx& tx, Effects& effects) -> Result<void> {
        MALOTE_TRY(*made, Connections{context_}.create(tx, effects, wish.project,
                                                       {.server_id = wish.server_id,
                                                        .user_id = wish.user_id,
                                                        .credentials = Secret{granted.credentials},
                                                        .expires_at = granted.expires_at}));
        return {};
      },
      [wish, made, done](const Result<void>& stored) {
        if (!stored) {
          log::error("connecting " + wish.server_id + ": " + stored.error().message);
          return done(failed(wish, "connection_not_stored"));
        }
        done(with_query(wish.redirect_uri, form_of({{"status", "connected"},
                                                    {"server_id", wish.server_id},
                                                    {"connection_id", made->id}})));
      });
}

std::string_view ConnectFlow::authorize_url(std::string_view server_id) const {
  const auto at = clients_.find(server_id);
  return at == clients_.end() ? std::string_view{} : std::string_view{at->second.authorize_url};
}

}  // namespace malote::engine
