#include "engine/token_renewal.h"

#include <utility>

#include "base/json_writer.h"
#include "base/log.h"

namespace malote::engine {

namespace {

constexpr Millis kEarly{60'000};      // before its end, a token in use is renewed first
constexpr Millis kAhead{5 * 60'000};  // and one that nobody uses
constexpr Millis kLookEvery{30'000};
constexpr Millis kAfterFailure{60'000};
constexpr std::size_t kMaxAtOnce = 100;
constexpr int kMaxLooked = 10'000;  // those whose endpoint is away stay at the head of the list

std::string sealed_for(const std::string& id) { return "credentials:" + id; }

std::string_view refresh_token_of(json::View credentials) {
  return credentials["refresh_token"].as_string().value_or("");
}

std::string without_refresh_token(json::View credentials) {
  json::Writer w;
  w.object();
  for (const auto member : credentials) {
    if (member.key() != "refresh_token") w.key(member.key()).raw(member.raw());
  }
  return std::move(w.end()).text();
}

}  // namespace

bool TokenRenewal::is_renewable(const OpenAccount& account) const {
  return clients_.contains(account.row.server_id) &&
         !refresh_token_of(account.credentials.root()).empty();
}

bool TokenRenewal::is_renewable(const Connection& row) const {
  if (row.sealed_credentials.empty() || !clients_.contains(row.server_id)) return false;
  if (context_.clock.now() > row.expires_at + kGrace) return false;
  const auto opened = context_.vault.open(row.sealed_credentials, sealed_for(row.id));
  if (!opened) return false;
  const auto credentials = json::Document::parse(opened->reveal());
  return credentials && !refresh_token_of(credentials->root()).empty();
}

bool TokenRenewal::is_due(const OpenAccount& account) const {
  const Timestamp end = account.row.expires_at;
  return end != Timestamp{} && end <= context_.clock.now() + kEarly;
}

/// Other credentials are stored by now, as by a renewal that was over before this one was asked
/// for.
Result<bool> TokenRenewal::is_outdated(const Connection& row) const {
  bool is_same = false;
  MALOTE_CHECK_OK(context_.store.read([&](const ReadTx& tx) -> Result<void> {
    const auto stored = tx.connection(row.id);
    is_same = stored && stored->sealed_credentials == row.sealed_credentials;
    return {};
  }));
  return !is_same;
}

/// It failed a moment ago.
bool TokenRenewal::waits(const std::string& id) const {
  const auto wait = not_before_.find(id);
  const Timestamp now = context_.clock.now();
  return wait != not_before_.end() && wait->second > now && wait->second <= now + kAfterFailure;
}

void TokenRenewal::renew(const AccountPtr& account, bool is_refused, Done done) {
  const std::string id = account->row.id;
  // A refresh token that is used twice may end the grant, so one that was replaced is not sent.
  if (!under_way_.contains(id)) {
    const auto outdated = is_outdated(account->row);
    if (!outdated || *outdated)
      return self_.post([done = std::move(done), other = outdated.has_value()] { done(other); });
  }
  if (waits(id)) return self_.post([done = std::move(done)] { done(false); });
  Renewal& renewal = under_way_[id];
  renewal.is_refused = renewal.is_refused || is_refused;
  renewal.waiting.push_back(std::move(done));
  if (renewal.account) return;
  renewal.account = account;
  const OAuthClient& client = clients_.find(account->row.server_id)->second;
  auto request =
      token_request(client, {{"grant_type", "refresh_token"},
                             {"refresh_token", refresh_token_of(account->credentials.root())}});
  request.once = true;
  http_.start(std::move(request), [this, id](HttpOutcome outcome) {
    self_.post([this, id, outcome = std::move(outcome)] { on_answer(id, outcome); });
  });
}

void TokenRenewal::on_answer(const std::string& id, const HttpOutcome& outcome) {
  const Renewal& renewal = under_way_[id];
  const OpenAccount& account = *renewal.account;
  const std::string& server_id = account.row.server_id;
  auto granted = read_grant(context_.tools.server(server_id), outcome, context_.clock.now(),
                            account.credentials.root());
  if (granted) {
    not_before_.erase(id);
    return store(id, std::move(*granted));
  }
  const std::string why = server_id + ", connection " + id + ": " + granted.error().message;
  if (!is_revoked_grant(outcome)) {
    log::warn("renewing the token of " + why + "; tried again in a minute");
    not_before_[id] = context_.clock.now() + kAfterFailure;
    return finish(id, false);
  }
  log::warn("renewing the token of " + why + ": the user has to connect again");
  const bool is_over = renewal.is_refused || is_due(account);
  store(id, {.credentials = without_refresh_token(account.credentials.root()),
             .expires_at = is_over ? context_.clock.now() : account.row.expires_at});
}

/// Unless the connection was changed meanwhile: then that counts.
void TokenRenewal::store(const std::string& id, Granted granted) {
  const AccountPtr account = under_way_[id].account;
  commit(
      context_,
      [this, account, granted](Tx& tx, Effects& effects) -> Result<void> {
        auto row = tx.connection(account->row.id);
        const bool is_same = row && row->sealed_credentials == account->row.sealed_credentials;
        if (!is_same || row->status == ConnectionStatus::revoked) return {};
        row->sealed_credentials =
            context_.vault.seal(Secret{granted.credentials}, sealed_for(row->id));
        row->expires_at = granted.expires_at;
        if (row->status == ConnectionStatus::expired) row->status = ConnectionStatus::connected;
        tx.update_connection(*row);
        effects.connections.push_back(row->id);
        return {};
      },
      [this, id, granted](const Result<void>& stored) {
        self_.post([this, id, granted, is_stored = stored.has_value()]() mutable {
          if (!is_stored) {  // what it holds cannot be got a second time
            log::error("a renewed token of connection " + id + " cannot be stored yet");
            not_stored_[id] = std::move(granted);
            for (const auto& waiting : std::exchange(under_way_[id].waiting, {})) waiting(false);
            return;
          }
          const auto renewed = json::Document::parse(granted.credentials);
          finish(id, renewed && !refresh_token_of(renewed->root()).empty());
        });
      });
}

void TokenRenewal::finish(const std::string& id, bool renewed) {
  const auto at = under_way_.find(id);
  const auto waiting = std::move(at->second.waiting);
  under_way_.erase(at);
  for (const auto& done : waiting) done(renewed);
}

void TokenRenewal::pump() {
  const Timestamp now = context_.clock.now();
  if (clients_.empty()) {
    look_at_ = Timestamp::max();
    return;
  }
  if (now < look_at_ && look_at_ <= now + kLookEvery) return;
  look_at_ = now + kLookEvery;
  for (auto& [id, granted] : std::exchange(not_stored_, {})) store(id, std::move(granted));
  std::vector<AccountPtr> due;
  (void)context_.store.read([&](const ReadTx& tx) -> Result<void> {
    for (auto& row : tx.expired_connections(now + kAhead, kMaxLooked)) {
      if (due.size() >= kMaxAtOnce) break;
      if (under_way_.contains(row.id) || waits(row.id) || !is_renewable(row)) continue;
      auto account = open_account(context_, std::move(row), true);
      if (account) due.push_back(std::move(*account));
    }
    return {};
  });
  for (const auto& account : due) renew(account, false, [](bool) {});
}

}  // namespace malote::engine
