#include "receiver/commit_thread.h"

#include <stdexcept>

namespace malote::receiver {

CommitThread::CommitThread(const std::string& path, const char* schema) {
  const auto opened =
      db_.open(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX);
  if (!opened) throw std::runtime_error{path + ": " + opened.error().message};
  // Another process may be committing: 5 s, in which a hundred commits fit.
  for (const char* sql :
       {"PRAGMA busy_timeout=5000", "PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", schema}) {
    const auto done = db_.execute(sql);
    if (!done) throw std::runtime_error{path + ": " + done.error().message};
  }
  thread_ = std::thread{[this] { loop(); }};
}

CommitThread::~CommitThread() {
  {
    const std::lock_guard guard{mutex_};
    stopped_ = true;
  }
  arrived_.notify_one();
  thread_.join();
}

void CommitThread::run(const Work& work) {
  const auto mine = std::make_shared<Waiting>();
  mine->work = &work;
  {
    const std::lock_guard guard{mutex_};
    waiting_.push_back(mine);
    if (waiting_.size() == 1) arrived_.notify_one();
  }
  mine->done.acquire();
  if (!mine->error.empty()) throw std::runtime_error{mine->error};
}

void CommitThread::loop() {
  std::unique_lock lock{mutex_};
  while (true) {
    arrived_.wait(lock, [this] { return stopped_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const Batch batch = std::move(waiting_);
    waiting_.clear();
    lock.unlock();
    const std::string error = commit(batch);
    for (const auto& one : batch) {
      one->error = error;
      one->done.release();
    }
    lock.lock();
  }
}

std::string CommitThread::commit(const Batch& batch) {
  (void)db_.take_error();
  if (const auto begun = db_.execute("BEGIN IMMEDIATE"); !begun) return begun.error().message;
  std::string error;
  try {
    for (const auto& one : batch) (*one->work)(db_);
    if (const auto failed = db_.take_error()) error = failed->message;
  } catch (const std::exception& e) {
    error = e.what();
  }
  if (error.empty()) {
    const auto committed = db_.execute("COMMIT");
    if (committed) return {};
    error = committed.error().message;
  }
  (void)db_.execute("ROLLBACK");
  return error;
}

}  // namespace malote::receiver
