#include "poller.h"

#include <sys/prctl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <stdexcept>
#include <string>

namespace malote::bench {
namespace {

epoll_event make_event(Owner owner, std::uint32_t slot, Poller::Interest interest) {
  epoll_event event{};
  event.events = static_cast<std::uint32_t>(interest);
  event.data.u64 = std::uint64_t{static_cast<std::uint32_t>(owner)} << 32 | slot;
  return event;
}

Ready to_ready(const epoll_event& event) {
  constexpr std::uint32_t kFailed = static_cast<std::uint32_t>(EPOLLHUP) | EPOLLERR;
  return Ready{.owner = static_cast<Owner>(event.data.u64 >> 32),
               .slot = static_cast<std::uint32_t>(event.data.u64 & 0xffffffffU),
               .is_readable = (event.events & (EPOLLIN | kFailed)) != 0,
               .is_writable = (event.events & (EPOLLOUT | kFailed)) != 0};
}

void control(const Socket& epoll, int operation, int fd, epoll_event event) {
  if (epoll_ctl(epoll.fd(), operation, fd, &event) != 0) {
    throw std::runtime_error(std::string("epoll_ctl failed: ") + std::strerror(errno));
  }
}

}  // namespace

Poller::Poller() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  if (!epoll_.is_open()) {
    throw std::runtime_error(std::string("cannot open epoll: ") + std::strerror(errno));
  }
  // The default slack of 50 µs would show up as lateness of every event in an open loop.
  prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
}

void Poller::watch(int fd, Owner owner, std::uint32_t slot, Interest interest) {
  control(epoll_, EPOLL_CTL_ADD, fd, make_event(owner, slot, interest));
}

void Poller::change(int fd, Owner owner, std::uint32_t slot, Interest interest) {
  control(epoll_, EPOLL_CTL_MOD, fd, make_event(owner, slot, interest));
}

void Poller::forget(int fd) { control(epoll_, EPOLL_CTL_DEL, fd, epoll_event{}); }

int Poller::wait_for_events(Nanos timeout) {
  const Nanos bounded = std::max<Nanos>(timeout, 0);
  if (has_fine_timeouts_) {
    const timespec fine{.tv_sec = bounded / kSecond, .tv_nsec = bounded % kSecond};
    const int count = epoll_pwait2(epoll_.fd(), events_.data(), kBatch, &fine, nullptr);
    if (count >= 0 || errno != ENOSYS) return count;
    has_fine_timeouts_ = false;  // a kernel before 5.11
  }
  const int coarse_ms = static_cast<int>((bounded + kMillisecond - 1) / kMillisecond);
  return epoll_wait(epoll_.fd(), events_.data(), kBatch, coarse_ms);
}

std::span<const Ready> Poller::wait(Nanos timeout) {
  const int count = wait_for_events(timeout);
  if (count < 0 && errno != EINTR) {
    throw std::runtime_error(std::string("epoll failed: ") + std::strerror(errno));
  }
  const std::size_t used = count > 0 ? static_cast<std::size_t>(count) : 0;
  std::transform(events_.begin(), events_.begin() + static_cast<std::ptrdiff_t>(used),
                 ready_.begin(), to_ready);
  return {ready_.data(), used};
}

}  // namespace malote::bench
