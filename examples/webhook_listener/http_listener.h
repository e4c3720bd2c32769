// A plain HTTP/1.1 server, as small as the example allows: one request per connection, four
// connections at a time. A real application has one already; all that the handler needs of it is
// the raw body, byte for byte, and the headers.
#pragma once

#include <functional>
#include <map>
#include <string>

struct HttpRequest {
  std::string method;
  std::string path;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

struct HttpResponse {
  int status = 200;
  std::string body;  // JSON
};

/// Called from several threads.
using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

/// Binds an IPv4 address ("127.0.0.1:3000"; port 0 lets the system choose), prints
/// "listening on <address>" to the standard output and serves for ever. Throws std::runtime_error
/// when it cannot bind.
[[noreturn]] void serve_http(const std::string& address, const HttpHandler& handler);
