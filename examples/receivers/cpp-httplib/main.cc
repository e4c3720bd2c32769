// A webhook endpoint on cpp-httplib. MALOTE_WEBHOOK_SECRET is needed; PORT, EFFECTS_FILE and
// STATE_DIR may be set.
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>

#include "malote/receiver/adapters/httplib.h"

namespace webhooks = malote::receiver;

namespace {

std::string setting(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

/// 0 is any free one.
std::uint16_t port() {
  const std::string text = setting("PORT");
  const bool is_number = text.size() <= 5 && text.find_first_not_of("0123456789") == text.npos;
  const int number = is_number && !text.empty() ? std::stoi(text) : 0;
  if (!is_number || number > 65535)
    throw std::invalid_argument{"PORT must be a number from 0 to 65535, not '" + text + "'"};
  return static_cast<std::uint16_t>(number);
}

/// Your work goes here. It runs once per event, however many copies arrive.
void handle(const webhooks::Event& event) {
  const std::string path = setting("EFFECTS_FILE");
  if (path.empty()) return;
  std::ofstream file{path, std::ios::app};
  file << event.id + " " + event.type + "\n" << std::flush;
  if (!file) throw std::runtime_error{"cannot write " + path};  // the sender tries again
}

webhooks::WebhookHandler make_hooks() {
  const std::string state = setting("STATE_DIR");
  return webhooks::WebhookHandler::Builder{"standard"}
      .secret(std::getenv("MALOTE_WEBHOOK_SECRET"))
      .idempotency(state.empty() ? webhooks::memory_store()
                                 : webhooks::sqlite_store(state + "/webhooks.db"))
      .on("order.created", handle)
      .on_unhandled(handle)
      .on_refused([](const webhooks::VerifyError& error, const webhooks::Request&) {
        std::cerr << "refused: " << webhooks::word(error.code) << ": " << error.hint << '\n';
      })
      .on_error([](const webhooks::Event*, std::string_view what) { std::cerr << what << '\n'; })
      .build();
}

/// From here on only sigwait() sees them, in whichever thread calls it.
sigset_t block_stop_signals() {
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigaddset(&stop, SIGINT);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);
  return stop;
}

void serve(const webhooks::WebhookHandler& hooks, const sigset_t& stop) {
  httplib::Server server;
  webhooks::httplib::limit(server, hooks);
  webhooks::httplib::mount(server, "/.*", hooks);
  const int wanted = port();
  int bound = wanted;
  if (wanted == 0) bound = server.bind_to_any_port("127.0.0.1");
  if (bound < 0 || (wanted != 0 && !server.bind_to_port("127.0.0.1", wanted)))
    throw std::runtime_error{"cannot listen on port " + std::to_string(wanted)};
  std::thread thread{[&] { server.listen_after_bind(); }};
  std::cout << "listening on http://127.0.0.1:" << bound << std::endl;

  int signal = 0;
  sigwait(&stop, &signal);
  server.stop();
  thread.join();  // what was read is handled
}

}  // namespace

int main() {
  const sigset_t stop = block_stop_signals();  // before there are other threads
  try {
    const webhooks::WebhookHandler hooks = make_hooks();
    serve(hooks, stop);
  } catch (const std::exception& error) {  // no secret, no folder, no port
    std::cerr << "cpp-httplib: " << error.what() << '\n';
    return 2;
  }
}
