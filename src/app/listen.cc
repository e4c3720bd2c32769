// malote listen: deliveries to a program on this machine, from where they were left off.
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <thread>
#include <utility>

#include "app/cli_parts.h"
#include "app/listener_client.h"
#include "app/stop_signals.h"
#include "base/json_writer.h"
#include "net/system.h"

namespace malote::app {

namespace {

struct ListenGiven {
  ListenerOptions options{};
  int timeout_seconds = 30;
};
ListenGiven& listen_given() {
  static ListenGiven instance;
  return instance;
}

std::string host_name() {
  char name[65] = {};
  if (::gethostname(name, sizeof name - 1) != 0) return "listener";
  std::string text;
  for (const char* c = name; *c; ++c)
    text += std::isalnum(static_cast<unsigned char>(*c)) ? *c : '-';
  return text;
}

std::string state_folder() {
  const auto from = [](const char* name) -> std::string {
    const char* value = std::getenv(name);
    return value && *value ? value : "";
  };
  if (const auto state = from("XDG_STATE_HOME"); !state.empty()) return state + "/malote";
  if (const auto home = from("HOME"); !home.empty()) return home + "/.local/state/malote";
  throw std::runtime_error("there is no HOME to keep the journal in; use --state DIR");
}

void check_forward_to(const std::string& url) {
  if (url.starts_with("http://") || url.starts_with("https://")) return;
  throw std::runtime_error("--forward-to takes a URL such as http://localhost:3000/hooks, got " +
                           printable(url));
}

/// "14:03:07", in this machine's zone.
std::string local_time() {
  const std::time_t now = std::chrono::system_clock::to_time_t(net::SystemClock{}.now());
  std::tm parts{};
  localtime_r(&now, &parts);
  char text[16];
  std::strftime(text, sizeof text, "%H:%M:%S", &parts);
  return text;
}

void print_row(const Forwarded& f) {
  const std::string result =
      f.outcome.status > 0 ? std::to_string(f.outcome.status) : printable(f.outcome.error);
  std::printf("%-8s  %4d  %-28s  %-6s  %6lld ms  %s%s\n", local_time().c_str(), f.number,
              printable(f.type).c_str(), result.c_str(),
              static_cast<long long>(f.outcome.duration.count()), f.delivery_id.c_str(),
              f.attempt > 1 ? (" attempt " + std::to_string(f.attempt)).c_str() : "");
  std::fflush(stdout);
}

void print_json(const Forwarded& f) {
  json::Writer w;
  w.object().field("number", f.number).field("delivery_id", f.delivery_id);
  w.field("event_id", f.event_id).field("type", f.type).field("attempt", f.attempt);
  w.field("status", f.outcome.status).field_or_null("error", std::string_view{f.outcome.error});
  w.field("duration_ms", f.outcome.duration.count());
  std::printf("%s\n", std::move(w.end()).text().c_str());
  std::fflush(stdout);
}

/// Single keys, while it lives and somebody sits there.
class Keyboard {
 public:
  Keyboard() {
    if (!::isatty(STDIN_FILENO) || ::tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios raw = before_;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    is_open_ = ::tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
  }
  ~Keyboard() { restore(); }
  Keyboard(const Keyboard&) = delete;
  Keyboard& operator=(const Keyboard&) = delete;
  bool is_open() const { return is_open_; }
  void restore() const {
    if (is_open_) ::tcsetattr(STDIN_FILENO, TCSANOW, &before_);
  }

  /// r sends the last one again, 12r the twelfth; q ends. Until the end of input.
  static void serve(ListenerClient& client) {
    constexpr int kMostNumber = 1'000'000;
    int number = 0;
    char key = 0;
    while (::read(STDIN_FILENO, &key, 1) == 1) {
      if (key >= '0' && key <= '9' && number < kMostNumber) {
        number = 10 * number + (key - '0');
        continue;
      }
      if (key == 'r') std::printf("%s\n", client.resend(number).c_str());
      if (key == 'q') ::kill(::getpid(), SIGINT);
      number = 0;
      std::fflush(stdout);
    }
  }

 private:
  termios before_{};
  bool is_open_ = false;
};

void print_banner(const ListenerOptions& options, const std::string& secret, bool has_keyboard) {
  std::printf("listening as \"%s\"; what came while nobody listened comes now\n",
              options.name.c_str());
  std::printf("  to       %s\n  signed   %s (the secret of this listener; verify with it)\n",
              printable(options.forward_to).c_str(), secret.c_str());
  if (has_keyboard) std::printf("  keys     r resends the last one, 12r the twelfth; q ends\n");
  std::printf("%-8s  %4s  %-28s  %-6s  %9s  %s\n", "TIME", "#", "TYPE", "STATUS", "TOOK",
              "DELIVERY");
  std::fflush(stdout);
}

/// The first signal ends it after what is under way, the next one at once. A terminal that is
/// closed is such a signal, unless that was asked to be ignored (nohup).
void end_on_signals(const StopSignals& signals, bool ignores_hangup, ListenerClient& client,
                    const std::weak_ptr<Keyboard>& keyboard) {
  constexpr int kInterrupted = 130;
  const auto next = [&] {
    while (signals.wait() == SIGHUP && ignores_hangup) {
    }
  };
  next();
  if (const auto left = client.end_soon(); left > 0)
    std::fprintf(stderr, "waiting for %zu under way; once more ends at once\n", left);
  next();
  if (const auto still_open = keyboard.lock()) still_open->restore();
  ::_exit(kInterrupted);
}

/// Nobody reads what is printed any more.
void end_without_reader() {
  static bool ended = false;
  if (std::ferror(stdout) && !std::exchange(ended, true)) ::kill(::getpid(), SIGTERM);
}

int run_listen(const Target& target) {
  ListenerOptions options = listen_given().options;
  check_forward_to(options.forward_to);
  options.gateway = target;
  options.timeout = Millis{1000 * listen_given().timeout_seconds};
  if (options.name.empty()) options.name = host_name();
  if (options.state_folder.empty()) options.state_folder = state_folder();
  struct sigaction hangup {};
  ::sigaction(SIGHUP, nullptr, &hangup);
  const StopSignals signals;
  const bool as_json = target.json;
  const auto client = std::make_shared<ListenerClient>(  // its threads may outlive this call
      options,
      ListenerClient::Observer{
          .forwarded =
              [as_json](const Forwarded& f) {
                as_json ? print_json(f) : print_row(f);
                end_without_reader();
              },
          .noted = [](const std::string& text) { std::fprintf(stderr, "%s\n", text.c_str()); }});
  const auto keyboard = std::make_shared<Keyboard>();
  std::thread{[client, signals, ignores_hangup = hangup.sa_handler == SIG_IGN,
               watched = std::weak_ptr{keyboard}] {
    end_on_signals(signals, ignores_hangup, *client, watched);
  }}.detach();
  const std::string secret = client->start();
  if (!as_json) print_banner(options, secret, keyboard->is_open());
  if (keyboard->is_open()) std::thread{[client] { Keyboard::serve(*client); }}.detach();
  const std::string refused = client->wait();
  client->stop();
  if (refused.empty()) return 0;
  throw std::runtime_error("stopped listening: " + refused);
}

}  // namespace

void add_listen(CLI::App& app, Command& chosen) {
  auto* command =
      leaf(app, chosen, "listen",
           "Deliver to a program on this machine, from where it was left off", &run_listen);
  add_target(*command, "Options");
  ListenGiven& given = listen_given();
  ListenerOptions& options = given.options;
  command->add_option("--forward-to", options.forward_to, "Its URL, as http://localhost:3000/hooks")
      ->required();
  command->add_option("--event", options.events,
                      "payment.confirmed, payment.* or * (repeatable; default *)");
  command->add_option("--server", options.server_id, "Only events of this provider");
  command->add_option("--name", options.name,
                      "The listener (default: this machine's name). Processes with one name share "
                      "what comes; with different names each gets a copy");
  command->add_option("--timeout", given.timeout_seconds, "Seconds that the program may take")
      ->default_val(30)
      ->check(CLI::Range(1, 600));
  command->add_option("--concurrency", options.at_once, "Requests to it at a time")
      ->default_val(4)
      ->check(CLI::Range(1, 32));
  command
      ->add_option("--retries", options.retries,
                   "Tries more when it does not answer or with 5xx, before the gateway's own")
      ->default_val(3)
      ->check(CLI::Range(0, 20));
  command->add_option("--state", options.state_folder,
                      "Folder of the journal (default ~/.local/state/malote)");
}

}  // namespace malote::app
