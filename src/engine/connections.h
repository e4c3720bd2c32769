// Use cases on connections: accounts at providers. Inside the caller's transaction.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "engine/context.h"

namespace malote::engine {

struct ConnectionWish {
  std::string server_id{}, user_id{}, display_name{};
  std::string metadata{"{}"};              // JSON object
  std::optional<Secret> credentials{};     // JSON {name: value}, to call the provider
  std::optional<Secret> webhook_secret{};  // to prove its webhooks
  Timestamp expires_at{};                  // of the credentials; epoch: nobody says
};

class Connections {
 public:
  explicit Connections(const Context& context) : context_(context) {}

  Result<Connection> create(Tx& tx, Effects& effects, ProjectNo project,
                            const ConnectionWish& wish) const;
  Result<Connection> revoke(Tx& tx, Effects& effects, ProjectNo project, std::string_view id) const;
  Result<void> remove(Tx& tx, Effects& effects, ProjectNo project, std::string_view id) const;
  /// `metadata` is the whole new object. A new api_base_url or token_url drops the credentials
  /// unless they come along: who may redirect the calls must not get to see what they carry.
  Result<Connection> set_metadata(Tx& tx, Effects& effects, ProjectNo project, std::string_view id,
                                  std::string metadata,
                                  const std::optional<Secret>& credentials = {}) const;
  /// The secret before stays valid for `overlap`, so that a rotation loses nothing.
  Result<Connection> set_webhook_secret(Tx& tx, Effects& effects, ProjectNo project,
                                        std::string_view id, const Secret& secret,
                                        Millis overlap) const;
  /// Until when the credentials are good. A time to come makes an expired connection good again.
  Result<Connection> set_expiry(Tx& tx, Effects& effects, ProjectNo project, std::string_view id,
                                Timestamp expires_at) const;
  /// Marks connections whose credentials ran out and raises connection.expired for each, at most
  /// `limit`. Returns how many.
  /// Those that `is_kept` says are renewed instead stay as they are.
  using IsKept = std::function<bool(const Connection&)>;
  int expire(Tx& tx, Effects& effects, Timestamp now, int limit, const IsKept& is_kept = {}) const;

  Result<Connection> get(const ReadTx& tx, ProjectNo project, std::string_view id) const;

 private:
  Result<void> check_settings(const Connection& connection) const;
  Result<void> check_secret(const Connection& connection, const Secret& secret) const;

  const Context& context_;
};

}  // namespace malote::engine
