// A thin face over epoll, level-triggered, with timeouts in nanoseconds: an open loop of
// 2,000 events per second has 500 µs between two events, too fine for epoll_wait's milliseconds.
// Each descriptor carries a token (owner and slot) instead of a pointer, so that an event for a
// slot that was closed and taken again within one batch is merely spurious.
// Threads: one.

#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <span>

#include "clock.h"
#include "sockets.h"

namespace malote::bench {

enum class Owner : std::uint32_t { control, listener, sink, generator };

struct Ready {
  Owner owner;
  std::uint32_t slot;
  bool is_readable;  // also when the peer closed or the socket failed: reading tells which
  bool is_writable;
};

class Poller {
 public:
  enum class Interest : std::uint32_t { reading = EPOLLIN, writing = EPOLLOUT };

  Poller();

  // A descriptor leaves the poller when it is closed.
  void watch(int fd, Owner owner, std::uint32_t slot, Interest interest);
  void change(int fd, Owner owner, std::uint32_t slot, Interest interest);
  void forget(int fd);

  // Waits for at most `timeout`. The span is valid until the next call; empty when time ran out or
  // a signal came.
  std::span<const Ready> wait(Nanos timeout);

 private:
  static constexpr std::size_t kBatch = 512;

  int wait_for_events(Nanos timeout);

  Socket epoll_;
  bool has_fine_timeouts_ = true;
  std::array<epoll_event, kBatch> events_{};
  std::array<Ready, kBatch> ready_{};
};

}  // namespace malote::bench
