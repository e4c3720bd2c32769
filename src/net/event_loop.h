// One thread's loop: tasks posted from any thread, and sockets to watch (epoll). The dispatcher has
// one, the HTTP client another.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <vector>

#include "base/time.h"
#include "ports/executor.h"

namespace malote::net {

class EventLoop final : public Executor {
 public:
  /// Readiness of a watched socket: `events` is an epoll mask.
  using OnReady = std::function<void(int fd, unsigned events)>;

  EventLoop();
  ~EventLoop() override;
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  /// Any thread.
  void post(std::function<void()> task) override;

  // The rest is for the loop's own thread.

  /// Waits until there is something to do, at most `timeout`, and does it once.
  void run_for(Millis timeout);

  /// Who is told when watched sockets are ready, and who is asked after every round.
  void set_handler(OnReady on_ready) { on_ready_ = std::move(on_ready); }
  void watch(int fd, unsigned events, bool known);
  void unwatch(int fd);

 private:
  int epoll_ = -1;
  int wake_ = -1;
  OnReady on_ready_;
  std::mutex mutex_;
  std::vector<std::function<void()>> tasks_;
  bool waiting_ = false;                        // run_for() waits, or is about to
  std::vector<std::function<void()>> running_;  // keeps its memory between rounds
};

}  // namespace malote::net
