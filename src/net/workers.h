// A small pool of threads for requests that read the store.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "ports/executor.h"

namespace malote::net {

class Workers final : public Executor {
 public:
  explicit Workers(int threads);
  /// Finishes what was posted.
  ~Workers() override;

  void post(std::function<void()> task) override;

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> tasks_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace malote::net
