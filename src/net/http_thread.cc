#include "net/http_thread.h"

#include <memory>

namespace malote::net {

HttpThread::HttpThread(const Clock& clock, AddressCheck check)
    : client_(clock, loop_, std::move(check)), thread_([this] { run(); }) {}

HttpThread::~HttpThread() { stop(); }

void HttpThread::stop() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  loop_.post([] {});
  thread_.join();
}

void HttpThread::start(HttpRequest request, Done done) {
  // std::function copies its captures when it is copied; the request is shared instead.
  const auto shared = std::make_shared<HttpRequest>(std::move(request));
  loop_.post([this, shared, done = std::move(done)] { client_.start(std::move(*shared), done); });
}

void HttpThread::run() {
  while (!stopping_) {
    loop_.run_for(client_.due());
    client_.poll();
  }
}

}  // namespace malote::net
