// The HTTP/1.1 server: Boost.Beast behind a small face. Reads whole requests within limits, hands
// them to the handler as plain values, writes the answer. Callbacks, no coroutines
// (docs/decisions/002-no-coroutines.md).
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "net/tls.h"
#include "ports/http_types.h"

namespace malote::net {

struct HttpLimits {
  std::size_t max_body = 1024 * 1024;
  std::size_t max_headers = 32 * 1024;  // all header bytes of a request
  Millis request_time{15'000};          // from a request's first byte to its last
  Millis idle_time{75'000};             // between requests on one connection
  int max_connections = 4096;
  std::size_t max_unfinished = 256 * 1024 * 1024;  // of all requests that are not read to their end
};

/// Called on an I/O thread: must not block. `respond` may be called from any thread, at once or
/// later, exactly once.
using HttpHandler = std::function<void(Request, Respond)>;

class HttpServer {
 public:
  /// Binds and listens ("127.0.0.1:8080", "[::1]:0"). Throws std::runtime_error with a message for
  /// a person when the address is malformed or taken. With `tls`, which was read and outlives the
  /// server, every connection is TLS; each takes the certificate of the moment when it begins.
  HttpServer(const std::string& address, int io_threads, HttpLimits limits, HttpHandler handler,
             const TlsCertificate* tls = nullptr);
  ~HttpServer();

  /// The bound address, with the port the system chose for port 0.
  std::string address() const;

  void start();
  /// Takes no new connections, lets requests that were read be answered, then closes all. Waits at
  /// most `patience`.
  void stop(Millis patience);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace malote::net
