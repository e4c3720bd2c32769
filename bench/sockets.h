// Plain IPv4 sockets for the load program: an owning handle, addresses, listening, connecting.
// All sockets are non-blocking and have Nagle's algorithm off.
// Errors: a wrong address or an unusable port throws std::runtime_error with a readable line, as
// that can only happen at start; a refused connection is an ordinary result.
// Threads: any, each handle in one.

#pragma once

#include <netinet/in.h>

#include <string_view>

namespace malote::bench {

class Socket {
 public:
  Socket() = default;
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept;
  Socket& operator=(Socket&& other) noexcept;
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() { close(); }

  int fd() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }
  void close();

 private:
  int fd_ = -1;
};

// Reads "127.0.0.1:8080".
sockaddr_in parse_address(std::string_view text);

Socket listen_on(const sockaddr_in& address);

// The next waiting connection of a listener; not open when none waits.
Socket accept_from(const Socket& listener);

// Starts to connect; writability tells that it is done. Not open when refused at once.
Socket begin_connect(const sockaddr_in& address);

// Whether a connection that became writable was really established.
bool is_connected(const Socket& socket);

// Throws when nothing listens at `address`.
void require_listener(const sockaddr_in& address);

// A thousand keep-alive connections need more descriptors than the usual soft limit.
void raise_descriptor_limit();

}  // namespace malote::bench
