#include "net/event_loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>

#include "base/check.h"

namespace malote::net {

EventLoop::EventLoop()
    : epoll_(epoll_create1(EPOLL_CLOEXEC)), wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  MALOTE_CHECK(epoll_ >= 0 && wake_ >= 0, "the system must give an epoll and an eventfd");
  watch(wake_, EPOLLIN, false);
}

EventLoop::~EventLoop() {
  ::close(wake_);
  ::close(epoll_);
}

void EventLoop::post(std::function<void()> task) {
  bool wake = false;
  {
    const std::lock_guard guard{mutex_};
    tasks_.push_back(std::move(task));
    wake = waiting_;
    waiting_ = false;
  }
  if (!wake) return;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_, &one, sizeof one);
}

void EventLoop::watch(int fd, unsigned events, bool known) {
  epoll_event event{.events = events, .data = {.fd = fd}};
  epoll_ctl(epoll_, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
}

void EventLoop::unwatch(int fd) { epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr); }

void EventLoop::run_for(Millis timeout) {
  {
    const std::lock_guard guard{mutex_};
    if (!tasks_.empty()) timeout = Millis{0};
    waiting_ = timeout > Millis{0};
  }
  std::array<epoll_event, 256> events{};
  const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()),
                               static_cast<int>(timeout.count()));
  for (int i = 0; i < count; ++i) {
    const auto& event = events[static_cast<std::size_t>(i)];
    if (event.data.fd == wake_) {
      std::uint64_t ignored = 0;
      [[maybe_unused]] const auto size = ::read(wake_, &ignored, sizeof ignored);
    } else if (on_ready_) {
      on_ready_(event.data.fd, event.events);
    }
  }
  {
    const std::lock_guard guard{mutex_};
    running_.swap(tasks_);
    waiting_ = false;
  }
  for (auto& task : running_) task();
  running_.clear();
}

}  // namespace malote::net
