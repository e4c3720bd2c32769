// A SQLite file whose writes share transactions: callers hand in a piece of work and wait; one
// thread runs what has gathered, commits once, and wakes them. Ten callers cost one fsync.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

#include "sqlite/db.h"

namespace malote::receiver {

class CommitThread {
 public:
  /// Opens or creates the file in WAL mode, synchronous=FULL, and runs `schema`. Throws
  /// std::runtime_error with the path.
  CommitThread(const std::string& path, const char* schema);
  ~CommitThread();  // after what was handed in

  using Work = std::function<void(sqlite::Db&)>;
  /// Returns once `work` is on disk. Throws std::runtime_error when it is not.
  void run(const Work& work);

 private:
  /// Shared: whoever waits may be gone while the thread is still waking it.
  struct Waiting {
    const Work* work = nullptr;
    std::string error{};
    std::binary_semaphore done{0};
  };
  using Batch = std::vector<std::shared_ptr<Waiting>>;
  void loop();
  std::string commit(const Batch& batch);  // the error, or empty

  sqlite::Db db_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  Batch waiting_;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace malote::receiver
