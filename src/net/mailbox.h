// Tasks for one thread, from any thread: the dispatcher's executor.
#pragma once

#include <condition_variable>
#include <mutex>
#include <vector>

#include "base/time.h"
#include "ports/executor.h"

namespace malote::net {

class Mailbox final : public Executor {
 public:
  void post(std::function<void()> task) override;

  /// Waits until something was posted or `timeout` has passed, then runs all that was posted.
  /// REQUIRES: always the same thread.
  void run_for(Millis timeout);

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<std::function<void()>> tasks_;
  std::vector<std::function<void()>> running_;  // keeps its memory between rounds
};

}  // namespace malote::net
