// The configuration: flags, then environment (MALOTE_*), then the file (TOML), then defaults.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/ip_address.h"
#include "base/secret.h"
#include "engine/chat.h"
#include "engine/connect_flow.h"
#include "engine/context.h"
#include "engine/dispatcher.h"
#include "engine/upkeep.h"
#include "net/http_server.h"

namespace malote::app {

/// Which delivery attempts have a line in the log.
enum class LoggedAttempts { none, failed, all };

struct Config {
  std::string listen{"127.0.0.1:8080"};
  std::string data_dir{"./malote-data"};
  bool dev = false;              // loopback only, http and loopback targets, test-mode keys
  Secret api_key{};              // MALOTE_API_KEY
  std::string first_key_file{};  // where a first key that was made is written; empty: it is shown
  Secret master_key{};           // MALOTE_MASTER_KEY: 32 bytes as hex or base64
  int io_threads = 1;
  int workers = 4;
  net::HttpLimits http{};
  net::TlsFiles tls{};  // both or neither; neither: plain HTTP
  engine::Retention retention{};
  engine::DeliveryDefaults deliveries{};
  engine::DispatchLimits dispatch{};
  std::vector<std::string> allow_targets{};
  std::vector<IpBlock> trusted_proxies{};       // whose X-Forwarded-For is believed
  std::string public_url{};                     // how browsers and providers reach the gateway
  engine::OAuthClients oauth{};                 // what providers know it as
  std::string providers_dir{};                  // own provider packs; empty: the built-in ones only
  std::string tools_dir{};                      // own tool servers and meta-tools; empty: none
  std::vector<tools::ServerPtr> mcp_servers{};  // remote MCP servers of the file, [mcp.<id>]
  engine::ChatSettings chat{};                  // who answers messages, [chat]; no base_url: nobody
  bool mock_refusals_by_status = false;         // 422 and 503 for provider tools instead of 200
  bool log_json = false;
  std::string log_level{"info"};
  LoggedAttempts log_attempts = LoggedAttempts::failed;

  bool is_tls() const { return !tls.certificate.empty(); }
  std::string database() const { return data_dir + "/malote.db"; }
};

/// Flags that were given; empty or false where not.
struct Flags {
  std::string listen{}, data_dir{}, config_file{}, providers_dir{}, tools_dir{};
  std::string tls_certificate{}, tls_key{}, first_key_file{};
  bool dev = false;
};

/// Throws std::runtime_error naming the key, the file and what is expected; an unknown key is
/// refused together with the nearest known one.
Config load_config(const Flags& flags);

/// The keys that the file may hold, "http.workers", but for those of [oauth.<id>] and [mcp.<id>].
std::vector<std::string> known_keys();

/// A variable of the process's environment; nothing where it is not set.
std::optional<std::string> find_variable(const std::string& name);

/// The master key: from the environment, or the data folder's master.key (0600), made when there is
/// neither the file nor a database yet. Throws std::runtime_error.
Secret load_master_key(const Config& config, Entropy& entropy);

}  // namespace malote::app
