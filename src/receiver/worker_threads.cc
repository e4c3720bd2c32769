#include "receiver/worker_threads.h"

#include <system_error>
#include <utility>

namespace malote::receiver {

WorkerThreads::~WorkerThreads() {
  {
    const std::lock_guard guard{mutex_};
    stopped_ = true;
  }
  changed_.notify_all();
  for (auto& thread : threads_) thread.join();
}

bool WorkerThreads::post(std::function<void()> job) {
  const std::lock_guard guard{mutex_};
  if (jobs_.size() >= idle_) {  // every idle thread has a job to wake up for
    if (threads_.size() >= kMost) return false;
    try {
      threads_.emplace_back([this] { run(); });
    } catch (const std::system_error&) {  // the machine has no thread to give
      return false;
    }
    ++idle_;
  }
  jobs_.push_back(std::move(job));
  changed_.notify_one();
  return true;
}

void WorkerThreads::run() {
  std::unique_lock lock{mutex_};
  while (true) {
    changed_.wait(lock, [this] { return stopped_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    const auto job = std::move(jobs_.front());
    jobs_.pop_front();
    --idle_;
    lock.unlock();
    job();
    lock.lock();
    ++idle_;
  }
}

}  // namespace malote::receiver
