#include "engine/connection_cache.h"

#include "base/json.h"

namespace malote::engine {

namespace {

/// Entries beyond this are dropped all at once: simple, and rare where connections are hundreds.
constexpr std::size_t kMaxCached = 10'000;

Result<void> add_secret(const Context& context, const Connection& row, const std::string& sealed,
                        LiveConnection& live) {
  if (sealed.empty()) return {};
  const auto secret = context.vault.open(sealed, "webhook:" + row.id);
  if (!secret) {
    return fail(Errc::vault_unavailable,
                "the webhook secret of " + row.id + " cannot be opened with this master key");
  }
  MALOTE_TRY(auto parsed, providers::parse_webhook_secret(*secret, live.scheme));
  for (auto& one : parsed) live.secrets.push_back(std::move(one));
  return {};
}

}  // namespace

Result<std::shared_ptr<const LiveConnection>> make_live(const Context& context, Connection row,
                                                        bool livemode) {
  auto live = std::make_shared<LiveConnection>();
  live->registry_version = context.registry.version();
  live->pack = context.registry.find(row.server_id);
  if (!live->pack) return fail(Errc::not_found, "no provider pack " + row.server_id);
  MALOTE_TRY(live->metadata, json::Document::parse(row.metadata.empty() ? "{}" : row.metadata));
  const json::View auth = live->metadata.root()["webhook_auth"];
  MALOTE_TRY(live->scheme, providers::scheme_for(*live->pack, auth));
  live->strict_body = auth["strict_body"].as_bool().value_or(false);
  MALOTE_CHECK_OK(add_secret(context, row, row.sealed_webhook_secret, *live));
  if (row.previous_until > context.clock.now()) {
    MALOTE_CHECK_OK(add_secret(context, row, row.sealed_previous_secret, *live));
  }
  if (!row.sealed_credentials.empty()) {
    const auto opened = context.vault.open(row.sealed_credentials, "credentials:" + row.id);
    if (!opened) {
      return fail(Errc::vault_unavailable,
                  "the credentials of " + row.id + " cannot be opened with this master key");
    }
    MALOTE_TRY(const auto document, json::Document::parse(opened->reveal()));
    for (const auto member : document.root()) {
      live->credentials.emplace(member.key(), Secret{std::string{member.as_string().value_or("")}});
    }
  }
  live->livemode = livemode;
  live->row = std::move(row);
  return live;
}

Result<std::shared_ptr<const LiveConnection>> ConnectionCache::find(std::string_view server_id,
                                                                    std::string_view id) {
  std::shared_ptr<const LiveConnection> live;
  std::uint64_t drops = 0;
  {
    const std::lock_guard guard{mutex_};
    const auto at = live_.find(id);
    if (at != live_.end()) live = at->second;
    drops = drops_;
  }
  const bool expired =
      live && live->secrets.size() > 1 && live->row.previous_until <= context_.clock.now();
  const bool stale = live && live->registry_version != context_.registry.version();
  if (!live || expired || stale) {
    std::optional<Connection> row;
    bool livemode = true;
    MALOTE_CHECK_OK(context_.store.read([&](const ReadTx& tx) -> Result<void> {
      row = tx.connection(id);
      if (!row) return {};
      for (const auto& project : tx.projects()) {
        if (project.no == row->project) livemode = project.livemode;
      }
      return {};
    }));
    if (!row) return fail(Errc::not_found, "no such connection");
    MALOTE_TRY(live, make_live(context_, std::move(*row), livemode));
    const std::lock_guard guard{mutex_};
    if (live_.size() >= kMaxCached) live_.clear();
    if (drops == drops_) live_[std::string{id}] = live;
  }
  // Expired are the credentials for the provider's API; its webhooks are proven otherwise.
  const bool usable = live->row.status != ConnectionStatus::revoked;
  if (live->row.server_id != server_id || !usable) {
    return fail(Errc::not_found, "no such connection");
  }
  return live;
}

void ConnectionCache::drop(std::string_view id) {
  const std::lock_guard guard{mutex_};
  ++drops_;
  const auto at = live_.find(id);
  if (at != live_.end()) live_.erase(at);
}

}  // namespace malote::engine
