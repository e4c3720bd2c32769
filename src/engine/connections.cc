#include "engine/connections.h"

#include <set>

#include "base/json.h"
#include "base/json_writer.h"
#include "engine/connection_cache.h"
#include "providers/shape.h"

namespace malote::engine {

namespace {

/// Settings that say where a connection's credentials are sent.
constexpr std::string_view kUrls[] = {"api_base_url", "token_url"};

std::string urls_of(std::string_view metadata) {
  const auto document = json::Document::parse(metadata);
  std::string urls;
  for (const std::string_view name : kUrls) {
    if (document) urls += document->root()[name].raw();
    urls += '\n';
  }
  return urls;
}

}  // namespace

Result<Connection> Connections::get(const ReadTx& tx, ProjectNo project,
                                    std::string_view id) const {
  auto connection = tx.connection(id);
  if (!connection || connection->project != project) {
    return fail(Errc::not_found, "no such connection");
  }
  return std::move(*connection);
}

/// Malote knows the server, as a sender of webhooks or as one with tools, and the settings can be
/// used.
Result<void> Connections::check_settings(const Connection& connection) const {
  const auto pack = context_.registry.find(connection.server_id);
  if (!pack && !context_.tools.server(connection.server_id)) {
    std::set<std::string> ids;
    for (const auto& [id, ignored] : context_.registry.packs()) ids.insert(id);
    for (const auto* server : context_.tools.servers()) ids.insert(server->id);
    std::string known;
    for (const auto& id : ids) known += (known.empty() ? "" : ", ") + id;
    return fail(
        make_issue(Errc::invalid_body, "/server_id", "unknown provider; known are " + known));
  }
  MALOTE_TRY(const auto metadata, json::Document::parse(connection.metadata));
  for (const std::string_view name : kUrls) {
    const json::View url = metadata.root()[name];
    if (!url) continue;
    const auto checked = core::check_target_url(context_.endpoints, url.as_string().value_or(""));
    if (!checked) {
      return fail(make_issue(Errc::invalid_body, "/connection_metadata/" + std::string{name},
                             checked.error().issues.front().message));
    }
  }
  if (!pack) return {};
  const json::View auth = metadata.root()["webhook_auth"];
  MALOTE_CHECK_OK(providers::check_settings_shape(auth, metadata.root()["webhook_map"]));
  MALOTE_TRY(const auto scheme, providers::scheme_for(*pack, auth));
  MALOTE_CHECK_OK(providers::check_usable(scheme));
  if (const json::View fields = metadata.root()["webhook_map"]["fields"]) {
    MALOTE_CHECK_OK(providers::parse_fields(fields));
  }
  return {};
}

/// A secret that could never prove anything is refused now rather than at every webhook.
Result<void> Connections::check_secret(const Connection& connection, const Secret& secret) const {
  const auto pack = context_.registry.find(connection.server_id);
  if (!pack) {
    return fail(make_issue(Errc::invalid_body, "/webhook_secret",
                           connection.server_id + " sends no webhooks that Malote knows"));
  }
  MALOTE_TRY(const auto metadata, json::Document::parse(connection.metadata));
  MALOTE_TRY(const auto scheme, providers::scheme_for(*pack, metadata.root()["webhook_auth"]));
  MALOTE_TRY(const auto parsed, providers::parse_webhook_secret(secret, scheme));
  return providers::check_secrets(scheme, parsed);
}

Result<Connection> Connections::create(Tx& tx, Effects& effects, ProjectNo project,
                                       const ConnectionWish& wish) const {
  const Timestamp now = context_.clock.now();
  Connection connection{.id = random_id(context_.entropy, "ca_"),
                        .project = project,
                        .server_id = wish.server_id,
                        .user_id = wish.user_id,
                        .display_name = wish.display_name,
                        .status = ConnectionStatus::connected,
                        .metadata = wish.metadata,
                        .created_at = now,
                        .connected_at = now};
  MALOTE_CHECK_OK(check_settings(connection));
  if (wish.credentials) {
    connection.sealed_credentials =
        context_.vault.seal(*wish.credentials, "credentials:" + connection.id);
  }
  connection.expires_at = wish.expires_at;
  if (wish.webhook_secret) {
    MALOTE_CHECK_OK(check_secret(connection, *wish.webhook_secret));
    connection.sealed_webhook_secret =
        context_.vault.seal(*wish.webhook_secret, "webhook:" + connection.id);
    connection.webhook_secret_set_at = now;
  }
  tx.insert_connection(connection);
  effects.connections.push_back(connection.id);  // a call may have found none before
  return connection;
}

Result<Connection> Connections::revoke(Tx& tx, Effects& effects, ProjectNo project,
                                       std::string_view id) const {
  MALOTE_TRY(auto connection, get(tx, project, id));
  if (connection.status != ConnectionStatus::revoked) {
    connection.status = ConnectionStatus::revoked;
    connection.revoked_at = context_.clock.now();
    connection.sealed_credentials.clear();
    connection.sealed_webhook_secret.clear();
    connection.sealed_previous_secret.clear();
    tx.update_connection(connection);
    effects.connections.push_back(connection.id);
  }
  return connection;
}

Result<void> Connections::remove(Tx& tx, Effects& effects, ProjectNo project,
                                 std::string_view id) const {
  MALOTE_TRY(const auto connection, get(tx, project, id));
  tx.delete_connection(connection.no);
  effects.connections.push_back(connection.id);
  return {};
}

Result<Connection> Connections::set_metadata(Tx& tx, Effects& effects, ProjectNo project,
                                             std::string_view id, std::string metadata,
                                             const std::optional<Secret>& credentials) const {
  MALOTE_TRY(auto connection, get(tx, project, id));
  if (credentials && connection.status == ConnectionStatus::revoked) {
    return fail(Errc::not_found, "the connection is revoked");
  }
  if (credentials) {
    connection.sealed_credentials =
        context_.vault.seal(*credentials, "credentials:" + connection.id);
  } else if (urls_of(connection.metadata) != urls_of(metadata)) {
    connection.sealed_credentials.clear();
  }
  connection.metadata = std::move(metadata);
  MALOTE_CHECK_OK(check_settings(connection));
  tx.update_connection(connection);
  effects.connections.push_back(connection.id);
  return connection;
}

Result<Connection> Connections::set_webhook_secret(Tx& tx, Effects& effects, ProjectNo project,
                                                   std::string_view id, const Secret& secret,
                                                   Millis overlap) const {
  MALOTE_TRY(auto connection, get(tx, project, id));
  if (connection.status == ConnectionStatus::revoked) {
    return fail(Errc::not_found, "the connection is revoked");
  }
  MALOTE_CHECK_OK(check_secret(connection, secret));
  connection.webhook_secret_set_at = context_.clock.now();
  connection.sealed_previous_secret = connection.sealed_webhook_secret;
  connection.previous_until = context_.clock.now() + overlap;
  connection.sealed_webhook_secret = context_.vault.seal(secret, "webhook:" + connection.id);
  tx.update_connection(connection);
  effects.connections.push_back(connection.id);
  return connection;
}

Result<Connection> Connections::set_expiry(Tx& tx, Effects& effects, ProjectNo project,
                                           std::string_view id, Timestamp expires_at) const {
  MALOTE_TRY(auto connection, get(tx, project, id));
  connection.expires_at = expires_at;
  const bool good = expires_at == Timestamp{} || expires_at > context_.clock.now();
  if (good && connection.status == ConnectionStatus::expired)
    connection.status = ConnectionStatus::connected;
  tx.update_connection(connection);
  effects.connections.push_back(connection.id);
  return connection;
}

int Connections::expire(Tx& tx, Effects& effects, Timestamp now, int limit,
                        const IsKept& is_kept) const {
  constexpr int kMaxLooked = 10'000;  // those that are kept stay at the head of the list
  int expired = 0;
  for (auto& connection : tx.expired_connections(now, is_kept ? kMaxLooked : limit)) {
    if (expired >= limit) break;
    if (is_kept && is_kept(connection)) continue;
    connection.status = ConnectionStatus::expired;
    tx.update_connection(connection);
    effects.connections.push_back(connection.id);
    json::Writer data;
    data.object().field("id", connection.id).field("connection_id", connection.id);
    data.field("server_id", connection.server_id).field("status", "expired");
    data.field("reason", "token_expired");
    data.field("expires_at", format_rfc3339(connection.expires_at));
    bool livemode = true;
    for (const auto& project : tx.projects()) {
      if (project.no == connection.project) livemode = project.livemode;
    }
    Event event{.project = connection.project,
                .type = "connection.expired",
                .source = connection.server_id,
                .connection = connection.no,
                .occurred_at = connection.expires_at,
                .received_at = now,
                .livemode = livemode,
                .dedupe_key = "expired|" + format_rfc3339(connection.expires_at),
                .data = std::move(data.end()).text()};
    append_and_fan_out(context_, tx, effects, event, now);
    ++expired;
  }
  return expired;
}

}  // namespace malote::engine
