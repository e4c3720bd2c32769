#include "app/emulator_server.h"

#include <algorithm>

#include "app/builtin.h"

namespace malote::app {

namespace {

net::HttpLimits limits() {
  net::HttpLimits limits;
  limits.max_body = 16 * 1024 * 1024;  // images and certificates travel as base64
  return limits;
}

}  // namespace

EmulatorServer::EmulatorServer(const std::string& listen, emulator::Options options)
    : packs_(builtin_providers()),
      http_(clock_, [](std::string_view, std::string_view) { return std::string{}; }),
      emulator_({.clock = clock_, .entropy = entropy_, .http = http_, .packs = packs_}, options),
      server_(listen, 1, limits(),
              [this](Request request, Respond respond) { handle(request, respond); }) {}

EmulatorServer::~EmulatorServer() {
  {
    const std::lock_guard guard{mutex_};
    stopping_ = true;
  }
  wake_.notify_all();
  if (late_thread_.joinable()) late_thread_.join();
  for (auto& [due, late] : late_) late.first({.status = 0});
  late_.clear();
  server_.stop(Millis{200});
  http_.stop();
}

void EmulatorServer::start() {
  server_.start();
  late_thread_ = std::thread{[this] { run_late(); }};
}

void EmulatorServer::handle(const Request& request, const Respond& respond) {
  emulator::Reply reply = emulator_.handle(request);
  if (reply.delay.count() == 0) return respond(std::move(reply.response));
  {
    const std::lock_guard guard{mutex_};
    late_.emplace(clock_.now() + reply.delay, std::pair{respond, std::move(reply.response)});
  }
  wake_.notify_all();
}

/// Gives late answers when their time has come, and lets webhooks be tried again.
void EmulatorServer::run_late() {
  constexpr Millis kTick{50};
  std::unique_lock guard{mutex_};
  while (!stopping_) {
    const Timestamp now = clock_.now();
    while (!late_.empty() && late_.begin()->first <= now) {
      auto item = late_.extract(late_.begin());
      guard.unlock();
      item.mapped().first(std::move(item.mapped().second));
      guard.lock();
    }
    guard.unlock();
    emulator_.tick();
    guard.lock();
    if (stopping_) return;
    const Millis wait = late_.empty() ? kTick : std::min(kTick, late_.begin()->first - now);
    wake_.wait_for(guard, std::max(wait, Millis{1}));
  }
}

}  // namespace malote::app
