// Outgoing HTTP on libcurl's multi interface: one thread, epoll, connections kept alive and
// reused. Never follows redirects, never uses a proxy from the environment, checks every resolved
// address before it connects.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "ports/clock.h"
#include "ports/http_client.h"

namespace malote::net {

/// Given a numeric address: why it must not be connected to, or empty.
using AddressCheck = std::function<std::string(std::string_view)>;

class CurlClient final : public HttpClient {
 public:
  CurlClient(const Clock& clock, AddressCheck check);
  /// Ends what is under way; every `done` has been called when it returns.
  ~CurlClient() override;

  void start(HttpRequest request, Done done) override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace malote::net
