// A place to run things later: the dispatcher's thread, a worker, or the simulator's event heap.
#pragma once

#include <functional>

namespace malote {

struct Executor {
  virtual ~Executor() = default;
  /// Runs `task` later, never from inside post(). Tasks of one poster run in order. Thread-safe.
  virtual void post(std::function<void()> task) = 0;
};

}  // namespace malote
