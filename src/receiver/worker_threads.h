// Threads that run handlers, so that whoever answers the sender can stop waiting for one. Grows
// when all are busy; the destructor waits for what runs.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace malote::receiver {

class WorkerThreads {
 public:
  static constexpr std::size_t kMost = 256;

  WorkerThreads() = default;
  ~WorkerThreads();

  /// False when kMost threads are busy. `job` must not throw.
  bool post(std::function<void()> job);

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  bool stopped_ = false;
};

}  // namespace malote::receiver
