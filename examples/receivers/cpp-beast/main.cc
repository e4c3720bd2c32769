// A webhook endpoint on Boost.Beast. MALOTE_WEBHOOK_SECRET is needed; PORT, EFFECTS_FILE and
// STATE_DIR may be set.
#include <boost/asio/io_context.hpp>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>

#include "malote/receiver/webhook_handler.h"
#include "session.h"

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

using boost::asio::ip::tcp;

void accept(tcp::acceptor& acceptor, const webhooks::WebhookHandler& hooks,
            boost::asio::thread_pool& workers) {
  acceptor.async_accept([&](boost::beast::error_code error, tcp::socket socket) {
    if (error == boost::asio::error::operation_aborted) return;
    const auto any_path = [&](std::string_view) -> const auto& { return hooks; };
    if (!error) std::make_shared<Session>(std::move(socket), any_path, workers)->read();
    accept(acceptor, hooks, workers);
  });
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
  boost::asio::thread_pool workers{8};
  boost::asio::io_context io{1};
  tcp::acceptor acceptor{io, {boost::asio::ip::make_address("127.0.0.1"), port()}};
  accept(acceptor, hooks, workers);
  std::thread thread{[&] { io.run(); }};
  std::cout << "listening on http://127.0.0.1:" << acceptor.local_endpoint().port() << std::endl;

  int signal = 0;
  sigwait(&stop, &signal);
  boost::asio::post(io, [&] { acceptor.close(); });
  workers.join();  // what was read is handled
  io.stop();
  thread.join();
}

}  // namespace

int main() {
  const sigset_t stop = block_stop_signals();  // before there are other threads
  try {
    const webhooks::WebhookHandler hooks = make_hooks();
    serve(hooks, stop);
  } catch (const std::exception& error) {  // no secret, no folder, no port
    std::cerr << "cpp-beast: " << error.what() << '\n';
    return 2;
  }
}
