#include "net/mailbox.h"

namespace malote::net {

void Mailbox::post(std::function<void()> task) {
  bool wake = false;
  {
    const std::lock_guard guard{mutex_};
    wake = tasks_.empty();
    tasks_.push_back(std::move(task));
  }
  if (wake) wake_.notify_one();
}

void Mailbox::run_for(Millis timeout) {
  {
    std::unique_lock guard{mutex_};
    wake_.wait_for(guard, timeout, [&] { return !tasks_.empty(); });
    running_.swap(tasks_);
  }
  for (auto& task : running_) task();
  running_.clear();
}

}  // namespace malote::net
