// HTTP requests and responses as plain values; no library type. Header names compare without case.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"

namespace malote {

using Headers = std::vector<std::pair<std::string, std::string>>;

/// The first value of a header, or nullptr.
const std::string* find_header(const Headers& headers, std::string_view name);
std::size_t count_header(const Headers& headers, std::string_view name);

/// What a client sent to us.
struct Request {
  std::string method{};
  std::string path{};   // without the query, percent-decoding not applied
  std::string query{};  // without the question mark
  Headers headers{};
  std::string body{};
  std::string remote_ip{};
  bool secure = false;  // it came through TLS
};

/// The body of an answer that goes on, such as server-sent events. Any thread.
class ResponseStream {
 public:
  virtual ~ResponseStream() = default;
  /// False once the client is gone, or has read so little that it was dropped.
  virtual bool write(std::string text) = 0;
  /// Bytes written that the client has not taken yet.
  virtual std::size_t unsent() const = 0;
  /// Ends the answer after what was written; the destructor does it, too.
  virtual void close() = 0;
};

struct Response {
  int status = 200;  // 0: no answer at all, the connection is dropped
  std::string content_type = "application/json";
  Headers headers{};
  std::string body{};
  /// When set, the body follows through this: called once, after `body`, on an I/O thread; must not
  /// block.
  std::function<void(std::shared_ptr<ResponseStream>)> stream{};
};

/// Called exactly once, on any thread.
using Respond = std::function<void(Response)>;

/// A request of ours.
struct HttpRequest {
  std::string method = "POST";
  std::string url{};
  Headers headers{};
  std::string body{};
  Millis timeout{10'000};          // for the whole exchange: connect, send and the complete answer
  std::size_t response_limit = 0;  // bytes of the body read before the connection is dropped
  std::size_t response_kept = 0;   // bytes of it handed back
  bool once = false;  // over a new connection: on a kept one that closes, libcurl sends it again
  /// Asked after each piece of the body, on the client's thread: true ends the exchange there, as
  /// if the answer were complete. For answers whose stream may stay open.
  std::function<bool(std::string_view body)> is_whole{};
};

/// What came of it: an answer (status > 0) or a failure in words ("timeout", "connect: …",
/// "ssrf_blocked:private", "response_too_large").
struct HttpOutcome {
  int status = 0;
  std::string error{};
  std::string body{};
  std::string retry_after{};
  std::string receipt{};  // X-CodeSpar-Receipt
  std::string rate_remaining{};
  std::string mcp_session{};  // Mcp-Session-Id
  Timestamp started_at{};
  Millis duration{};
  bool local = false;  // this machine had no socket to spare: nothing was tried, nobody is to blame
};

/// Query parameters, percent-decoded, in order.
std::vector<std::pair<std::string, std::string>> parse_query(std::string_view query);

}  // namespace malote
