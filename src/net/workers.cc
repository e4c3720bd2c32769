#include "net/workers.h"

namespace malote::net {

Workers::Workers(int threads) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
}

Workers::~Workers() {
  {
    const std::lock_guard guard{mutex_};
    stopping_ = true;
  }
  wake_.notify_all();
  for (auto& thread : threads_) thread.join();
}

void Workers::post(std::function<void()> task) {
  {
    const std::lock_guard guard{mutex_};
    tasks_.push_back(std::move(task));
  }
  wake_.notify_one();
}

void Workers::run() {
  while (true) {
    std::function<void()> task;
    {
      std::unique_lock guard{mutex_};
      wake_.wait(guard, [&] { return stopping_ || !tasks_.empty(); });
      if (tasks_.empty()) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    task();
  }
}

}  // namespace malote::net
