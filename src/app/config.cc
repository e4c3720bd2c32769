#include "app/config.h"

#include <sys/stat.h>
#include <unistd.h>

#include <toml++/toml.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <span>
#include <stdexcept>

#include "app/builtin.h"
#include "app/key_file.h"
#include "base/bytes.h"
#include "base/json_writer.h"
#include "base/nearest.h"

namespace malote::app {

namespace {

using namespace std::chrono_literals;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

[[noreturn]] void refuse(const std::string& message) { throw std::runtime_error(message); }

[[noreturn]] void refuse_unknown(const std::string& where, const std::string& key,
                                 const std::vector<std::string>& known) {
  refuse(where + ": unknown key " + key + "; did you mean " + nearest(key, known) + "?");
}

/// Refuses a member of the table `prefix`, "mcp.crm.", that is none of these.
void check_member(const std::string& prefix, const std::string& member,
                  std::span<const std::string_view> names) {
  std::vector<std::string> known;
  for (const auto name : names) known.push_back(prefix + std::string{name});
  if (std::ranges::find(known, prefix + member) == known.end())
    refuse_unknown("config", prefix + member, known);
}

using Setter = std::function<void(Config&, const toml::node&, const std::string& key)>;

template <class T>
T value_of(const toml::node& node, const std::string& key, const char* expected) {
  const auto value = node.value_exact<T>();
  if (!value) refuse("config: " + key + " takes " + expected);
  return *value;
}

Setter text(std::string Config::*member) {
  return [member](Config& c, const toml::node& n, const std::string& key) {
    c.*member = value_of<std::string>(n, key, "a text");
  };
}

std::int64_t whole(const toml::node& n, const std::string& key, std::int64_t min,
                   std::int64_t max) {
  const auto value = value_of<std::int64_t>(n, key, "a whole number");
  if (value < min || value > max) {
    refuse("config: " + key + " takes " + std::to_string(min) + " to " + std::to_string(max));
  }
  return value;
}

Millis duration(const toml::node& n, const std::string& key, Millis min, Millis max) {
  const auto value = parse_duration(value_of<std::string>(n, key, "a duration such as \"10s\""));
  if (!value) refuse("config: " + key + " takes a duration such as \"10s\", \"30d\"");
  if (*value < min || *value > max) {
    refuse("config: " + key + " takes " + format_duration(min) + " to " + format_duration(max));
  }
  return *value;
}

Setter timespan(Millis& (*member)(Config&), Millis min, Millis max) {
  return [=](Config& c, const toml::node& n, const std::string& key) {
    member(c) = duration(n, key, min, max);
  };
}

std::vector<std::string> texts(const toml::node& n, const std::string& key) {
  std::vector<std::string> list;
  const auto* array = n.as_array();
  if (!array) refuse("config: " + key + " takes a list of texts");
  for (const auto& item : *array)
    list.push_back(value_of<std::string>(item, key, "a list of texts"));
  return list;
}

std::string web_address(const toml::node& n, const std::string& key) {
  auto url = value_of<std::string>(n, key, "an address");
  const bool web = url.starts_with("https://") || url.starts_with("http://");
  if (!web || url.find_first_of(" \"<>\\#\r\n\t") != std::string::npos)
    refuse("config: " + key + " takes an address that begins with https:// or http://");
  return url;
}

void public_url(Config& c, const toml::node& n, const std::string& key) {
  c.public_url = web_address(n, key);
  while (c.public_url.ends_with('/')) c.public_url.pop_back();
}

constexpr std::string_view kOAuth = "oauth.";
constexpr std::string_view kOAuthMembers[] = {"client_id", "client_secret", "authorize_url",
                                              "token_url", "scopes"};

/// A member of [oauth.<server_id>].
void set_oauth(Config& c, const toml::node& n, const std::string& key) {
  const auto dot = key.rfind('.');
  if (dot < kOAuth.size()) refuse("config: [oauth] takes tables such as [oauth.mercado-pago]");
  engine::OAuthClient& client = c.oauth[key.substr(kOAuth.size(), dot - kOAuth.size())];
  const std::string member = key.substr(dot + 1);
  check_member(key.substr(0, dot + 1), member, kOAuthMembers);
  if (member == "client_id") {
    client.client_id = value_of<std::string>(n, key, "a text");
  } else if (member == "client_secret") {
    client.client_secret = Secret{value_of<std::string>(n, key, "a text")};
  } else if (member == "authorize_url") {
    client.authorize_url = web_address(n, key);
  } else if (member == "token_url") {
    client.token_url = web_address(n, key);
  } else {
    client.scopes = value_of<std::string>(n, key, "a text");
  }
}

void check_oauth(const Config& c) {
  for (const auto& [id, client] : c.oauth) {
    if (client.client_id.empty() || client.client_secret.empty() || client.authorize_url.empty() ||
        client.token_url.empty())
      refuse("config: [oauth." + id +
             "] needs client_id, client_secret, authorize_url and token_url");
  }
  if (!c.oauth.empty() && c.public_url.empty())
    refuse("config: [oauth.…] needs public_url, where providers send users back to");
}

constexpr std::string_view kMcpMembers[] = {"url",         "headers",  "command",
                                            "environment", "folder",   "name",
                                            "description", "category", "country"};

json::Writer& write_text(json::Writer& w, std::string_view name, const toml::node& node,
                         const std::string& key) {
  return w.field(name, value_of<std::string>(node, key, "a text"));
}

void write_texts(json::Writer& w, const toml::node& node, const std::string& key) {
  const auto* table = node.as_table();
  if (!table) refuse("config: " + key + " takes a table of texts");
  w.object();
  for (const auto& [name, text] : *table)
    write_text(w, name.str(), text, key + "." + std::string{name.str()});
  w.end();
}

/// The table [mcp.<id>] as the file of a tool server, which says what is wrong with it.
tools::ServerPtr mcp_server(const std::string& id, const toml::table& table) {
  json::Writer w, mcp;
  w.object().field("id", id);
  mcp.object();
  for (const auto& [name, node] : table) {
    const std::string prefix = "mcp." + id + ".", key = prefix + std::string{name.str()};
    check_member(prefix, std::string{name.str()}, kMcpMembers);
    if (name == "headers" || name == "environment") {
      write_texts(mcp.key(name.str()), node, key);
    } else if (name == "command") {
      mcp.key("command").array();
      for (const auto& argument : texts(node, key)) mcp.string(argument);
      mcp.end();
    } else {
      write_text(name == "url" || name == "folder" ? mcp : w, name.str(), node, key);
    }
  }
  w.key("mcp").raw(std::move(mcp.end()).text()).end();
  auto server = tools::parse_server(std::move(w).text());
  if (!server) refuse("config: [mcp." + id + "]: " + server.error().message);
  return std::make_shared<const tools::Server>(std::move(*server));
}

void set_mcp(Config& config, const toml::table& table) {
  for (const auto& [id, node] : table) {
    const auto* server = node.as_table();
    if (!server) refuse("config: [mcp] takes tables such as [mcp.crm]");
    config.mcp_servers.push_back(mcp_server(std::string{id.str()}, *server));
  }
}

using Setters = std::map<std::string, Setter>;

/// The key itself stays out of the file.
void set_chat_key(Config& c, const toml::node& n, const std::string& key) {
  const auto name = value_of<std::string>(n, key, "the name of an environment variable");
  const std::string value = environment(name.c_str());
  if (value.empty()) refuse("config: " + key + " names " + name + ", which is not set");
  if (value.find_first_of("\r\n") != std::string::npos)
    refuse("config: " + name + " holds a line end, which no key has");
  c.chat.api_key = Secret{value};
}

Setters chat_setters() {
  return {
      {"chat.base_url",
       [](Config& c, const toml::node& n, const std::string& k) {
         c.chat.base_url = web_address(n, k);
         while (c.chat.base_url.ends_with('/')) c.chat.base_url.pop_back();
       }},
      {"chat.model",
       [](Config& c, const toml::node& n, const std::string& k) {
         c.chat.model = value_of<std::string>(n, k, "a text");
       }},
      {"chat.system",
       [](Config& c, const toml::node& n, const std::string& k) {
         c.chat.system = value_of<std::string>(n, k, "a text");
       }},
      {"chat.api_key_env", set_chat_key},
      {"chat.max_iterations",
       [](Config& c, const toml::node& n, const std::string& k) {
         c.chat.max_iterations = static_cast<int>(whole(n, k, 1, 100));
       }},
      {"chat.timeout", timespan([](Config& c) -> Millis& { return c.chat.timeout; }, 1s, 10min)}};
}

void check_chat(const Config& c) {
  if (c.chat.base_url.empty() != c.chat.model.empty())
    refuse("config: [chat] needs both base_url and model");
  if (c.chat.base_url.empty() && !c.chat.api_key.empty())
    refuse("config: [chat] needs base_url and model");
}

Setters http_setters() {
  return {{"http.tls_certificate",
           [](Config& c, const toml::node& n, const std::string& k) {
             c.tls.certificate = value_of<std::string>(n, k, "the path of a PEM file");
           }},
          {"http.tls_key",
           [](Config& c, const toml::node& n, const std::string& k) {
             c.tls.key = value_of<std::string>(n, k, "the path of a PEM file");
           }},
          {"http.trusted_proxies",
           [](Config& c, const toml::node& n, const std::string& k) {
             for (const auto& item : texts(n, k)) {
               const auto block = IpBlock::parse(item);
               if (!block)
                 refuse("config: " + k + " takes addresses and blocks like \"10.0.0.0/8\"");
               c.trusted_proxies.push_back(*block);
             }
           }},
          {"http.io_threads",
           [](Config& c, const toml::node& n, const std::string& k) {
             c.io_threads = static_cast<int>(whole(n, k, 1, 64));
           }},
          {"http.workers",
           [](Config& c, const toml::node& n, const std::string& k) {
             c.workers = static_cast<int>(whole(n, k, 1, 256));
           }},
          {"http.max_body_bytes",
           [](Config& c, const toml::node& n, const std::string& k) {
             c.http.max_body = static_cast<std::size_t>(whole(n, k, 1024, 64 << 20));
           }},
          {"http.max_connections",
           [](Config& c, const toml::node& n, const std::string& k) {
             c.http.max_connections = static_cast<int>(whole(n, k, 1, 100'000));
           }},
          {"http.max_unfinished_bytes",
           [](Config& c, const toml::node& n, const std::string& k) {
             c.http.max_unfinished = static_cast<std::size_t>(whole(n, k, 64 << 10, INT64_MAX));
           }},
          {"http.request_time",
           timespan([](Config& c) -> Millis& { return c.http.request_time; }, 10ms, 10min)},
          {"http.idle_time",
           timespan([](Config& c) -> Millis& { return c.http.idle_time; }, 10ms, 1h)}};
}

void set_log_attempts(Config& c, const toml::node& n, const std::string& key) {
  constexpr const char* kTakes = R"("none", "failed" or "all")";
  const auto word = value_of<std::string>(n, key, kTakes);
  if (word == "none") {
    c.log_attempts = LoggedAttempts::none;
  } else if (word == "failed") {
    c.log_attempts = LoggedAttempts::failed;
  } else if (word == "all") {
    c.log_attempts = LoggedAttempts::all;
  } else {
    refuse("config: " + key + " takes " + kTakes);
  }
}

void check_tls(const Config& c) {
  if (c.tls.certificate.empty() != c.tls.key.empty())
    refuse(std::string{"TLS needs a certificate and its key; "} +
           (c.tls.key.empty()
                ? "--tls-key (MALOTE_TLS_KEY, http.tls_key)"
                : "--tls-certificate (MALOTE_TLS_CERTIFICATE, http.tls_certificate)") +
           " is missing");
}

Setters general_setters() {
  return {
      {"listen", text(&Config::listen)},
      {"data", text(&Config::data_dir)},
      {"providers", text(&Config::providers_dir)},
      {"tools", text(&Config::tools_dir)},
      {"public_url", public_url},
      {"dev", [](Config& c, const toml::node& n,
                 const std::string& k) { c.dev = value_of<bool>(n, k, "true or false"); }},
      {"allow_targets",
       [](Config& c, const toml::node& n, const std::string& k) { c.allow_targets = texts(n, k); }},
      {"retention.keep",
       timespan([](Config& c) -> Millis& { return c.retention.keep; }, 1min, 24h * 36'500)},
      {"retention.max_bytes",
       [](Config& c, const toml::node& n, const std::string& k) {
         c.retention.max_bytes = whole(n, k, 0, INT64_MAX);
       }},
      {"deliveries.timeout",
       timespan([](Config& c) -> Millis& { return c.deliveries.timeout; }, 1ms, 120s)},
      {"deliveries.max_in_flight",
       [](Config& c, const toml::node& n, const std::string& k) {
         c.deliveries.max_in_flight = static_cast<int>(whole(n, k, 1, 1000));
       }},
      {"deliveries.max_in_flight_total",
       [](Config& c, const toml::node& n, const std::string& k) {
         c.dispatch.max_in_flight_total = static_cast<int>(whole(n, k, 1, 50'000));
       }},
      {"deliveries.retry_schedule",
       [](Config& c, const toml::node& n, const std::string& k) {
         c.deliveries.retry.gaps.clear();
         for (const auto& item : texts(n, k)) {
           const auto gap = parse_duration(item);
           if (!gap || *gap < 1ms || *gap > 24h * 30)
             refuse("config: " + k + " takes durations such as \"10s\", 1ms to 30d");
           c.deliveries.retry.gaps.push_back(*gap);
         }
       }},
      {"mock_refusals_by_status",
       [](Config& c, const toml::node& n, const std::string& k) {
         c.mock_refusals_by_status = value_of<bool>(n, k, "true or false");
       }},
      {"log.json",
       [](Config& c, const toml::node& n, const std::string& k) {
         c.log_json = value_of<bool>(n, k, "true or false");
       }},
      {"log.level", text(&Config::log_level)},
      {"log.attempts", set_log_attempts},
  };
}

const Setters& setters() {
  static const Setters table = [] {
    Setters all = general_setters();
    all.merge(http_setters());
    all.merge(chat_setters());
    return all;
  }();
  return table;
}

/// The tables of the file: what stands before a dot in a key.
std::vector<std::string> known_tables() {
  std::vector<std::string> tables{"mcp", "oauth"};
  for (const auto& key : known_keys()) {
    const auto dot = key.find('.');
    if (dot != std::string::npos) tables.push_back(key.substr(0, dot));
  }
  return tables;
}

bool is_table(const std::string& name) {
  const auto tables = known_tables();
  return std::ranges::find(tables, name.substr(0, name.find('.'))) != tables.end();
}

void apply_table(Config& config, const toml::table& table, const std::string& prefix,
                 const std::string& file) {
  for (const auto& [key, node] : table) {
    const std::string name = prefix + std::string{key.str()};
    if (name == "mcp" && node.is_table()) {
      set_mcp(config, *node.as_table());
      continue;
    }
    if (const auto* inner = node.as_table()) {
      if (inner->empty() && !is_table(name)) refuse_unknown(file, name, known_tables());
      apply_table(config, *inner, name + ".", file);
      continue;
    }
    if (name.starts_with(kOAuth)) {
      set_oauth(config, node, name);
      continue;
    }
    const auto at = setters().find(name);
    if (at == setters().end() && is_table(name) && prefix.empty())
      refuse(file + ": " + name + " is a table: [" + name + "]");
    if (at == setters().end()) refuse_unknown(file, name, known_keys());
    at->second(config, node, name);
  }
}

void apply_file(Config& config, const std::string& file) {
  if (::access(file.c_str(), R_OK) != 0) refuse("cannot read the configuration " + file);
  try {
    apply_table(config, toml::parse_file(file), "", file);
  } catch (const toml::parse_error& error) {
    refuse(file + ":" + std::to_string(error.source().begin.line) + ": " +
           std::string{error.description()});
  }
}

Secret decode_master_key(std::string_view text, const std::string& where) {
  text = trim(text);
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  auto bytes = hex_decode(text);
  if (!bytes || bytes->size() != 32) bytes = base64_decode(text);
  if (!bytes || bytes->size() != 32) {
    refuse(where +
           " must hold 32 random bytes as 64 hex digits or base64; make one with: openssl rand "
           "-hex 32");
  }
  return Secret{std::move(*bytes)};
}

}  // namespace

std::vector<std::string> known_keys() {
  std::vector<std::string> keys;
  for (const auto& [key, setter] : setters()) keys.push_back(key);
  return keys;
}

Config load_config(const Flags& flags) {
  Config config;
  config.deliveries = builtin_defaults();
  const std::string file =
      flags.config_file.empty() ? environment("MALOTE_CONFIG") : flags.config_file;
  if (!file.empty()) apply_file(config, file);
  check_oauth(config);
  check_chat(config);
  if (const auto value = environment("MALOTE_LISTEN"); !value.empty()) config.listen = value;
  if (const auto value = environment("MALOTE_DATA"); !value.empty()) config.data_dir = value;
  if (const auto value = environment("MALOTE_PROVIDERS"); !value.empty())
    config.providers_dir = value;
  if (const auto value = environment("MALOTE_TOOLS"); !value.empty()) config.tools_dir = value;
  if (const auto value = environment("MALOTE_TLS_CERTIFICATE"); !value.empty())
    config.tls.certificate = value;
  if (const auto value = environment("MALOTE_TLS_KEY"); !value.empty()) config.tls.key = value;
  config.first_key_file =
      flags.first_key_file.empty() ? environment("MALOTE_FIRST_KEY_FILE") : flags.first_key_file;
  config.api_key = Secret{environment("MALOTE_API_KEY")};
  config.master_key = Secret{environment("MALOTE_MASTER_KEY")};
  if (!flags.listen.empty()) config.listen = flags.listen;
  if (!flags.data_dir.empty()) config.data_dir = flags.data_dir;
  if (!flags.providers_dir.empty()) config.providers_dir = flags.providers_dir;
  if (!flags.tools_dir.empty()) config.tools_dir = flags.tools_dir;
  if (!flags.tls_certificate.empty()) config.tls.certificate = flags.tls_certificate;
  if (!flags.tls_key.empty()) config.tls.key = flags.tls_key;
  check_tls(config);
  config.dev = config.dev || flags.dev;
  if (!config.api_key.empty() && !config.api_key.reveal().starts_with("csk_live_") &&
      !config.api_key.reveal().starts_with("csk_test_")) {
    refuse("MALOTE_API_KEY must start with csk_live_ or csk_test_");
  }
  constexpr std::size_t kShortestKey = 9 + 16;
  if (!config.dev && !config.api_key.empty() && config.api_key.reveal().size() < kShortestKey) {
    refuse("MALOTE_API_KEY needs at least 16 characters after csk_live_ or csk_test_");
  }
  return config;
}

std::optional<std::string> find_variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value ? std::optional<std::string>{value} : std::nullopt;
}

Secret load_master_key(const Config& config, Entropy& entropy) {
  if (!config.master_key.empty()) {
    return decode_master_key(config.master_key.reveal(), "MALOTE_MASTER_KEY");
  }
  const std::string path = config.data_dir + "/master.key";
  if (!std::filesystem::exists(path)) {
    if (std::filesystem::exists(config.database())) {
      refuse(path +
             " is missing, and the store's secrets were sealed with it; put it back or set "
             "MALOTE_MASTER_KEY");
    }
    write_key_file(path, hex_encode(random_bytes(entropy, 32)) + "\n");
  }
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0 && (info.st_mode & 077) != 0) {
    refuse(path + " can be read by others; run: chmod 600 " + path);
  }
  std::ifstream in{path};
  std::string text;
  std::getline(in, text);
  return decode_master_key(text, path);
}

}  // namespace malote::app
