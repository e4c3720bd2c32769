// malote serve
#include <CLI/CLI.hpp>

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <thread>

#include "app/builtin.h"
#include "app/commands.h"
#include "app/gateway.h"
#include "app/key_file.h"
#include "app/service_notify.h"
#include "app/stop_signals.h"
#include "base/log.h"
#include "net/system.h"

namespace malote::app {

namespace {

log::Level level_of(const std::string& name) {
  if (name == "debug") return log::Level::debug;
  if (name == "warn") return log::Level::warn;
  if (name == "error") return log::Level::error;
  if (name != "info") throw std::runtime_error("log.level takes debug, info, warn or error");
  return log::Level::info;
}

/// Descriptors that incoming connections must leave to deliveries and to the store.
std::size_t reserved_files(const Config& config) {
  constexpr std::size_t kOwn = 64;           // the store, the log, the event loops
  constexpr std::size_t kKeptAlive = 1'024;  // of net/curl_client.cc
  const auto in_flight = static_cast<std::size_t>(config.dispatch.max_in_flight_total);
  return kOwn + std::max(in_flight, kKeptAlive);
}

void fit_connections(Config& config) {
  const std::size_t files = net::raise_file_limit();
  const std::size_t left = files - std::min(reserved_files(config), files / 2);
  if (left >= static_cast<std::size_t>(config.http.max_connections)) return;
  config.http.max_connections = static_cast<int>(left);
  log::warn("http.max_connections is " + std::to_string(left) + ": this process may open " +
            std::to_string(files) + " files");
}

void print_start(const Config& config, const Gateway& gateway) {
  std::printf("malote %s is listening on %s\n", kVersion, gateway.url().c_str());
  std::printf("  data     %s (SQLite, every acknowledged event is on disk)\n",
              config.data_dir.c_str());
  if (!builtin_console().empty())
    std::printf("  look     %s/ is the dashboard; sign in with an API key\n",
                gateway.url().c_str());
  if (config.dev)
    std::printf("  mode     --dev: loopback only, http and loopback targets allowed\n");
  if (!config.first_key_file.empty() && gateway.first_key()) {
    std::printf("  API key  in %s, which its owner alone can read\n",
                config.first_key_file.c_str());
  } else if (const auto& key = gateway.first_key()) {
    const std::string_view shown = key->full_key.reveal();  // the one time it is shown
    std::printf("  API key  %.*s\n", static_cast<int>(shown.size()), shown.data());
    std::printf("           shown this once; make others with: malote keys create NAME\n");
  }
  std::printf("  next     malote triggers create --help, or POST /v1/triggers; Ctrl-C stops\n");
  std::fflush(stdout);
}

/// Where standard output is kept, as in a service manager's journal, a key must not be shown there.
void keep_first_key(const Config& config, const Gateway& gateway) {
  const auto& key = gateway.first_key();
  if (!key || config.first_key_file.empty()) return;
  try {
    write_key_file(config.first_key_file, std::string{key->full_key.reveal()} + "\n");
  } catch (const std::exception& error) {
    throw std::runtime_error(std::string{"the first API key: "} + error.what() +
                             "; start once with MALOTE_API_KEY=csk_live_… to have another");
  }
}

/// Whoever asks twice does not want to wait for what is in flight.
void end_at_second(const StopSignals& signals) {
  std::thread{[signals] {
    while (signals.wait() == SIGHUP) {
    }
    constexpr std::string_view kLine =
        "stopped at once; nothing acknowledged is lost, what was in flight is sent again\n";
    (void)!::write(STDOUT_FILENO, kLine.data(), kLine.size());
    ::_exit(130);
  }}.detach();
}

int serve(const Flags& flags) {
  Config config = load_config(flags);
  log::set_level(level_of(config.log_level));
  log::set_json(config.log_json);
  fit_connections(config);
  StopSignals signals;
  Gateway gateway{config};
  keep_first_key(config, gateway);
  gateway.start();
  print_start(config, gateway);
  notify_service("READY=1");
  int signal = signals.wait();
  for (; signal == SIGHUP; signal = signals.wait()) gateway.reload_data();
  notify_service("STOPPING=1");
  std::printf("stopping (%s): finishing what is in flight\n",
              signal == SIGINT ? "Ctrl-C" : "SIGTERM");
  std::fflush(stdout);
  end_at_second(signals);
  gateway.stop();
  return 0;
}

}  // namespace

void add_serve(CLI::App& app, Command& chosen) {
  auto* command = app.add_subcommand("serve", "Run the gateway");
  static Flags flags;
  command->add_option("--listen", flags.listen,
                      "ADDRESS:PORT (default 127.0.0.1:8080) [MALOTE_LISTEN]");
  command->add_option("--data", flags.data_dir,
                      "Data folder (default ./malote-data) [MALOTE_DATA]");
  command->add_option("--providers", flags.providers_dir,
                      "Folder of your own provider packs [MALOTE_PROVIDERS]");
  command->add_option("--tools", flags.tools_dir,
                      "Folder of your own tool servers, meta-tools in its meta/ [MALOTE_TOOLS]");
  command->add_option("--tls-certificate", flags.tls_certificate,
                      "PEM file, with its chain: serve https [MALOTE_TLS_CERTIFICATE]");
  command->add_option("--tls-key", flags.tls_key, "PEM file of its key [MALOTE_TLS_KEY]");
  command->add_option("--config", flags.config_file, "TOML file [MALOTE_CONFIG]");
  command->add_option(
      "--first-key-file", flags.first_key_file,
      "Write a first API key there, 0600, and do not show it [MALOTE_FIRST_KEY_FILE]");
  command->add_flag("--dev", flags.dev, "Loopback only; http and loopback targets; test-mode keys");
  command->footer(
      "Environment: MALOTE_API_KEY (a first key, taken as given), MALOTE_MASTER_KEY (32 bytes,\n"
      "hex or base64; else the data folder's master.key, made at first start).");
  command->callback([&chosen] { chosen = [] { return serve(flags); }; });
}

}  // namespace malote::app
