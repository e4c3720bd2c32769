// How the client talks HTTP. The default is libcurl; give ClientConfig::transport another function
// to send through a stack of your own, or to answer from a test.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace malote::client {

struct HttpCall {
  std::string method{};
  std::string url{};
  std::vector<std::pair<std::string, std::string>> headers{};  // hold the API key: never log them
  std::string body{};
  std::chrono::milliseconds timeout{};  // from connecting to the last byte of the answer
};

/// An answer (status > 0), or a failure in words that hold no secret.
struct HttpReply {
  int status = 0;
  std::string body{};
  std::string failure{};
  bool timed_out = false;
  std::chrono::milliseconds duration{};
};

/// One exchange, blocking. Redirects are not followed: the API key goes to nobody else. Must not
/// throw, and is called from every thread that uses the client.
using Transport = std::function<HttpReply(const HttpCall&)>;

/// libcurl: keeps connections open between calls, verifies certificates, refuses answers above
/// 64 MiB. Copies share the connections.
Transport make_curl_transport();

}  // namespace malote::client
