// malote emulate
#include <CLI/CLI.hpp>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "app/commands.h"
#include "app/emulator_server.h"
#include "base/json_writer.h"
#include "base/log.h"

namespace malote::app {

namespace {

struct EmulateFlags {
  std::string listen{"127.0.0.1:9090"};
  std::string faults{};
  std::vector<std::string> webhooks{};
  std::size_t keep = emulator::Options{}.keep;
};

/// What a flag says: JSON itself, or the name of a file that holds it.
std::string json_of(const std::string& text) {
  if (text.starts_with('[') || text.starts_with('{')) return text;
  std::ifstream in{text, std::ios::binary};
  if (!in) throw std::runtime_error("--faults takes JSON or a file; there is no file " + text);
  return {std::istreambuf_iterator<char>{in}, {}};
}

std::string in_words(const Error& error) {
  std::string text = error.message;
  for (const auto& issue : error.issues) text += "\n  at " + issue.path + ": " + issue.message;
  return text;
}

/// "…/v1/webhooks/asaas/ca_…": the segment behind "webhooks" is the provider.
std::string registration_of(const std::string& url) {
  constexpr std::string_view kMark = "/webhooks/";
  const auto at = url.find(kMark);
  if (at == std::string::npos) {
    throw std::runtime_error(
        "--webhooks takes a connection's URL, …/v1/webhooks/PROVIDER/ID; got " + url);
  }
  const std::string rest = url.substr(at + kMark.size());
  const char* secret = std::getenv("MALOTE_WEBHOOK_SECRET");
  json::Writer w;
  w.object().field("provider", std::string_view{rest}.substr(0, rest.find('/')));
  w.field("url", url).field("secret", secret ? secret : "").end();
  return std::move(w).text();
}

void print_start(const EmulatorServer& server, const std::vector<std::string>& providers) {
  const std::string base = "http://" + server.address();
  std::printf("malote emulate is listening on %s\n", base.c_str());
  std::printf("  providers  %s/<provider>/<its own path>:", base.c_str());
  for (const auto& id : providers) std::printf(" /%s", id.c_str());
  std::printf("\n  look       GET %s/_emulator/effects, /state, /webhooks, /faults\n",
              base.c_str());
  std::printf("  steer      POST …/faults, /webhooks, /pay, /move, /credentials; Ctrl-C stops\n");
  std::fflush(stdout);
}

int emulate(const EmulateFlags& flags) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  log::set_level(log::Level::warn);
  net::raise_file_limit();

  EmulatorServer server{flags.listen, {.keep = flags.keep}};
  if (!flags.faults.empty()) {
    const auto set = server.emulator().set_faults(json_of(flags.faults));
    if (!set) throw std::runtime_error("--faults: " + in_words(set.error()));
  }
  for (const auto& url : flags.webhooks) {
    const auto added = server.emulator().add_webhook(registration_of(url));
    if (!added) throw std::runtime_error("--webhooks: " + in_words(added.error()));
  }
  server.start();
  print_start(server, server.emulator().providers());
  int number = 0;
  sigwait(&signals, &number);
  return 0;
}

}  // namespace

void add_emulate(CLI::App& app, Command& chosen) {
  static EmulateFlags flags;
  auto* command = app.add_subcommand(
      "emulate", "Stand in for providers' APIs: for tests, examples and the demo");
  command->add_option("--listen", flags.listen, "ADDRESS:PORT (default 127.0.0.1:9090)");
  command->add_option("--faults", flags.faults, "Faults to begin with: JSON, or a file of it");
  command->add_option("--webhooks", flags.webhooks,
                      "Connections' webhook URLs, …/v1/webhooks/PROVIDER/ID");
  command
      ->add_option("--keep", flags.keep,
                   "Resources of each kind, and effects, that are kept (default 200000)")
      ->check(CLI::Range(std::size_t{1}, std::size_t{100'000'000}));
  command->footer(
      "Each provider answers under its own prefix: /asaas/v3/payments, "
      "/stripe/v1/payment_intents.\n"
      "Any credential will do, but for those that begin with \"wrong\". State is in memory.\n"
      "  curl -s localhost:9090/_emulator/effects      what was asked for, and performed\n"
      "  curl -s localhost:9090/_emulator/faults -d\n"
      "    '{\"provider\":\"asaas\",\"path\":\"/v3/payments\",\"status\":500,\"times\":2}'\n"
      "Environment: MALOTE_WEBHOOK_SECRET (the secret of the connections under --webhooks).");
  command->callback([&chosen] { chosen = [] { return emulate(flags); }; });
}

}  // namespace malote::app
