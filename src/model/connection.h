// A connection: one account at one provider. Holds the secrets that prove its webhooks and,
// where given, the credentials to call its API back.
#pragma once

#include <string>

#include "base/ids.h"
#include "base/time.h"

namespace malote {

enum class ConnectionStatus : std::uint8_t { pending, connected, revoked, expired };
std::string_view word(ConnectionStatus status);

struct Connection {
  ConnectionNo no{};
  std::string id{};
  ProjectNo project{};
  std::string server_id{};
  std::string user_id{};
  std::string display_name{};
  ConnectionStatus status = ConnectionStatus::pending;
  std::string metadata{};                // JSON object; `webhook_auth` in it overrides the pack
  std::string sealed_credentials{};      // JSON {name: value}; context "credentials:<id>"
  std::string sealed_webhook_secret{};   // context "webhook:<id>"
  std::string sealed_previous_secret{};  // the webhook secret before, until previous_until
  Timestamp previous_until{};
  Timestamp created_at{};
  Timestamp connected_at{};
  Timestamp revoked_at{};
  Timestamp webhook_secret_set_at{};
  Timestamp expires_at{};  // of the credentials; connection.expired is raised then
};

/// What came in through a connection.
struct InboundHealth {
  std::int64_t received = 0;  // proven requests
  std::int64_t refused = 0;
  Timestamp last_received_at{};  // epoch: none yet
  Timestamp last_refused_at{};
  std::string last_reason{};
};

}  // namespace malote
