#include "http_listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

namespace {

constexpr std::size_t kMaxHead = 32 * 1024;
constexpr std::size_t kMaxBody = 1024 * 1024;
constexpr int kThreads = 4;

std::string to_lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
  });
  return text;
}

/// Appends what arrives; false at the end, on an error, or after five quiet seconds.
bool read_more(int socket, std::string& data) {
  char buffer[16 * 1024];
  const ssize_t count = recv(socket, buffer, sizeof buffer, 0);
  if (count <= 0) return false;
  data.append(buffer, static_cast<std::size_t>(count));
  return true;
}

std::optional<HttpRequest> parse_head(const std::string& head) {
  HttpRequest request;
  std::size_t at = head.find("\r\n");
  const std::string first = head.substr(0, at);
  const std::size_t path = first.find(' ');
  const std::size_t version = first.rfind(' ');
  if (path == version) return std::nullopt;
  request.method = first.substr(0, path);
  request.path = first.substr(path + 1, version - path - 1);
  while (at != std::string::npos && at + 2 < head.size()) {
    const std::size_t end = head.find("\r\n", at + 2);
    const std::string line = head.substr(at + 2, end == std::string::npos ? end : end - at - 2);
    at = end;
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) return std::nullopt;
    const std::size_t value = line.find_first_not_of(" \t", colon + 1);
    request.headers[to_lower(line.substr(0, colon))] =
        value == std::string::npos ? "" : line.substr(value);
  }
  return request;
}

/// The length of the body; nothing when the request does not say it the simple way.
std::optional<std::size_t> body_size(const HttpRequest& request) {
  if (request.headers.contains("transfer-encoding")) return std::nullopt;
  const auto header = request.headers.find("content-length");
  if (header == request.headers.end()) return 0;
  const std::string& text = header->second;
  std::size_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (error != std::errc{} || end != text.data() + text.size() || size > kMaxBody) {
    return std::nullopt;
  }
  return size;
}

std::optional<HttpRequest> read_request(int socket) {
  std::string data;
  std::size_t end = 0;
  while ((end = data.find("\r\n\r\n")) == std::string::npos) {
    if (data.size() > kMaxHead || !read_more(socket, data)) return std::nullopt;
  }
  std::optional<HttpRequest> request = parse_head(data.substr(0, end));
  const auto size = request ? body_size(*request) : std::nullopt;
  if (!size) return std::nullopt;
  request->body = data.substr(end + 4);
  while (request->body.size() < *size) {
    if (!read_more(socket, request->body)) return std::nullopt;
  }
  request->body.resize(*size);
  return request;
}

void write_response(int socket, const HttpResponse& response) {
  const std::string text = "HTTP/1.1 " + std::to_string(response.status) +
                           " \r\nContent-Type: application/json\r\nConnection: close\r\n"
                           "Content-Length: " +
                           std::to_string(response.body.size()) + "\r\n\r\n" + response.body;
  for (std::size_t sent = 0; sent < text.size();) {
    const ssize_t count = send(socket, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) return;
    sent += static_cast<std::size_t>(count);
  }
}

HttpResponse answer(const HttpHandler& handler, int socket) {
  const auto request = read_request(socket);
  if (!request) return {400, R"({"error":"malformed request"})"};
  try {
    return handler(*request);
  } catch (const std::exception& error) {  // the sender tries again
    std::cerr << "failed: " << error.what() << '\n';
    return {500, R"({"error":"internal error"})"};
  }
}

sockaddr_in parse_address(const std::string& address) {
  sockaddr_in parsed{};
  parsed.sin_family = AF_INET;
  const std::size_t colon = address.rfind(':');
  const std::string port = colon == std::string::npos ? "" : address.substr(colon + 1);
  std::uint16_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (port.empty() || error != std::errc{} || end != port.data() + port.size() ||
      inet_pton(AF_INET, address.substr(0, colon).c_str(), &parsed.sin_addr) != 1) {
    throw std::runtime_error{"'" + address + "' is no address: write 127.0.0.1:3000"};
  }
  parsed.sin_port = htons(number);
  return parsed;
}

int bind_socket(const std::string& address) {
  sockaddr_in name = parse_address(address);
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  socklen_t size = sizeof name;
  auto* raw = reinterpret_cast<sockaddr*>(&name);
  if (listener < 0 || bind(listener, raw, size) != 0 || listen(listener, 64) != 0 ||
      getsockname(listener, raw, &size) != 0) {
    throw std::runtime_error{"cannot listen on " + address + ": " + std::strerror(errno)};
  }
  char text[INET_ADDRSTRLEN];
  inet_ntop(AF_INET, &name.sin_addr, text, sizeof text);
  std::cout << "listening on " << text << ':' << ntohs(name.sin_port) << std::endl;
  return listener;
}

}  // namespace

void serve_http(const std::string& address, const HttpHandler& handler) {
  const int listener = bind_socket(address);
  const auto serve = [listener, &handler] {
    for (;;) {
      const int connection = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection < 0) continue;
      const timeval patience{.tv_sec = 5, .tv_usec = 0};
      setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
      setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
      write_response(connection, answer(handler, connection));
      close(connection);
    }
  };
  std::vector<std::jthread> threads;
  for (int i = 1; i < kThreads; ++i) threads.emplace_back(serve);
  for (;;) serve();
}
