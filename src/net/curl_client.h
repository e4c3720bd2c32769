// Outgoing HTTP on libcurl's multi interface, on an EventLoop: connections are kept alive and
// reused. Never follows redirects, never uses a proxy from the environment, checks every resolved
// address before it connects.
//
// Single-threaded: everything happens on the loop's thread, which calls due() and poll().
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "net/event_loop.h"
#include "ports/clock.h"
#include "ports/http_client.h"

namespace malote::net {

/// Given a request's host and a numeric address it resolved to: why there must be no connection to
/// it, or empty.
using AddressCheck = std::function<std::string(std::string_view host, std::string_view address)>;

class CurlClient final : public HttpClient {
 public:
  CurlClient(const Clock& clock, EventLoop& loop, AddressCheck check);
  /// Ends what is under way without calling `done`: the owner has drained it, or is going away too.
  ~CurlClient() override;

  void start(HttpRequest request, Done done) override;

  /// How long the loop may wait before poll() must be called.
  Millis due() const;
  /// Runs timers and hands over what has finished. Call once per round of the loop.
  void poll();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace malote::net
