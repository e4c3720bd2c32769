#include "engine/connect_flow.h"

#include "base/bytes.h"
#include "base/json_writer.h"
#include "base/log.h"

namespace malote::engine {

namespace {

constexpr std::size_t kMaxAnswer = 64 * 1024;
constexpr std::int64_t kLongestLife = 10LL * 366 * 24 * 3600;

using Pairs = std::vector<std::pair<std::string_view, std::string_view>>;

std::string form_of(const Pairs& pairs) {
  std::string form;
  for (const auto& [name, value] : pairs) {
    if (value.empty()) continue;
    form += (form.empty() ? "" : "&") + std::string{name} + "=" + url_encode(value);
  }
  return form;
}

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

struct Granted {
  std::string credentials{};  // JSON
  Timestamp expires_at{};
};

/// The token as the credentials that the server's templates ask for: under its own names and, for
/// a server that calls its one credential something else, under that.
Result<Granted> read_grant(const tools::Server* server, const HttpOutcome& outcome, Timestamp now) {
  if (outcome.status != 200 && outcome.status != 201)
    return fail(Errc::unauthorized,
                outcome.status == 0
                    ? "the token endpoint did not answer: " + outcome.error
                    : "the token endpoint answered " + std::to_string(outcome.status));
  const auto document = json::Document::parse(outcome.body);
  if (!document) return fail(Errc::unauthorized, "the token endpoint answered no JSON");
  const json::View root = document->root();
  const auto token = root["access_token"].as_string();
  if (!token || token->empty())
    return fail(Errc::unauthorized, "the token endpoint answered without access_token");
  json::Writer w;
  w.object();
  for (const auto* name : {"access_token", "refresh_token", "token_type", "scope"}) {
    if (const auto text = root[name].as_string()) w.field(name, *text);
  }
  if (server && !server->credentials.empty() && !root[server->credentials.front().name])
    w.field(server->credentials.front().name, *token);
  Granted granted{.credentials = std::move(w.end()).text()};
  const auto seconds = root["expires_in"].as_int();
  if (seconds && *seconds > 0 && *seconds < kLongestLife)
    granted.expires_at = now + std::chrono::seconds{*seconds};
  return granted;
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
  ConnectStart started{.link_token = random_id(context_.entropy, "lnk_", 40),
                       .expires_at = now + kLifetime};
  {
    const std::lock_guard guard{mutex_};
    std::erase_if(pending_, [&](const auto& entry) { return entry.second.expires_at <= now; });
    if (pending_.size() >= kMaxPending)
      return fail(Errc::overloaded, "too many connections are being made; try again in a while");
    pending_[started.link_token] = {wish, started.expires_at};
  }
  const OAuthClient& known = client->second;
  const std::string callback = callback_url();
  started.authorize_url = with_query(
      known.authorize_url, form_of({{"response_type", "code"},
                                    {"client_id", known.client_id},
                                    {"redirect_uri", callback},
                                    {"scope", wish.scopes.empty() ? known.scopes : wish.scopes},
                                    {"state", started.link_token}}));
  return started;
}

/// Once: a state that comes a second time is unknown.
std::optional<ConnectWish> ConnectFlow::take(const std::string& state) {
  const std::lock_guard guard{mutex_};
  const auto at = pending_.find(state);
  if (at == pending_.end()) return {};
  const Pending pending = std::move(at->second);
  pending_.erase(at);
  if (pending.expires_at <= context_.clock.now()) return {};
  return pending.wish;
}

void ConnectFlow::finish(const ConnectCallback& callback, Done done) {
  const auto wish = take(callback.state);
  if (!wish)
    return done(fail(make_issue(Errc::invalid_query, "state",
                                "is unknown, used or older than ten minutes; start again")));
  if (!callback.error.empty() || callback.code.empty())
    return done(failed(*wish, callback.error.empty() ? "no_code" : callback.error));
  const OAuthClient& client = clients_.find(wish->server_id)->second;
  const std::string own = callback_url();
  HttpRequest request{.url = client.token_url,
                      .body = form_of({{"grant_type", "authorization_code"},
                                       {"code", callback.code},
                                       {"redirect_uri", own},
                                       {"client_id", client.client_id},
                                       {"client_secret", client.client_secret.reveal()}}),
                      .response_limit = kMaxAnswer,
                      .response_kept = kMaxAnswer};
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                     {"Accept", "application/json"}};
  http_.start(std::move(request), [this, wish = *wish, done = std::move(done)](
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
