#include "sockets.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>

namespace malote::bench {
namespace {

constexpr int kListenBacklog = 4096;

std::string describe(const sockaddr_in& address) {
  char host[INET_ADDRSTRLEN] = {};
  inet_ntop(AF_INET, &address.sin_addr, host, sizeof host);
  return std::string(host) + ":" + std::to_string(ntohs(address.sin_port));
}

const sockaddr* as_generic(const sockaddr_in& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

void enable(int fd, int level, int option) {
  const int on = 1;
  setsockopt(fd, level, option, &on, sizeof on);
}

Socket open_socket() {
  Socket socket{::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!socket.is_open()) {
    throw std::runtime_error(std::string("cannot open a socket: ") + std::strerror(errno));
  }
  return socket;
}

}  // namespace

Socket::Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

Socket& Socket::operator=(Socket&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

void Socket::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

sockaddr_in parse_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  sockaddr_in address{};
  address.sin_family = AF_INET;
  if (colon != std::string_view::npos) {
    const std::string host(text.substr(0, colon));
    const std::string_view port_text = text.substr(colon + 1);
    std::uint16_t port = 0;
    const auto [end, error] =
        std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
    const bool is_port = error == std::errc{} && end == port_text.data() + port_text.size();
    address.sin_port = htons(port);
    if (is_port && inet_pton(AF_INET, host.c_str(), &address.sin_addr) == 1) return address;
  }
  throw std::runtime_error("not an IPv4 address with a port: '" + std::string(text) + "'");
}

Socket listen_on(const sockaddr_in& address) {
  Socket listener = open_socket();
  enable(listener.fd(), SOL_SOCKET, SO_REUSEADDR);
  if (bind(listener.fd(), as_generic(address), sizeof address) != 0 ||
      listen(listener.fd(), kListenBacklog) != 0) {
    throw std::runtime_error("cannot listen on " + describe(address) + ": " + std::strerror(errno));
  }
  return listener;
}

Socket accept_from(const Socket& listener) {
  Socket accepted{accept4(listener.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
  if (accepted.is_open()) enable(accepted.fd(), IPPROTO_TCP, TCP_NODELAY);
  return accepted;
}

Socket begin_connect(const sockaddr_in& address) {
  Socket socket = open_socket();
  enable(socket.fd(), IPPROTO_TCP, TCP_NODELAY);
  const int result = connect(socket.fd(), as_generic(address), sizeof address);
  if (result != 0 && errno != EINPROGRESS) socket.close();
  return socket;
}

bool is_connected(const Socket& socket) {
  int error = 0;
  socklen_t size = sizeof error;
  return getsockopt(socket.fd(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
}

void require_listener(const sockaddr_in& address) {
  const Socket probe{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (connect(probe.fd(), as_generic(address), sizeof address) != 0) {
    throw std::runtime_error("cannot reach the gateway at " + describe(address) + ": " +
                             std::strerror(errno));
  }
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace malote::bench
