// The embedded store: SQLite in WAL mode with synchronous=FULL, one writer thread that commits
// whatever waits as one transaction (group commit), any number of readers beside it.
//
// One process owns a data folder (a lock file says so). Leases of claimed work therefore live in
// the dispatcher's memory and end with the process; what was not finished is due again at once
// after a restart (docs/decisions/004-rows-are-the-queue.md).
#pragma once

#include <memory>
#include <string>

#include "ports/store.h"

namespace malote::store {

struct SqliteOptions {
  std::string path{};          // the database file; empty: in memory, for tests and simulation
  bool inline_writes = false;  // no writer thread: submit() runs and completes at once
  int max_batch = 512;         // write functions in one commit
};

class SqliteStore final : public Store {
 public:
  /// Opens, creates or migrates. Throws std::runtime_error with a message for a person when the
  /// file is locked by another process, damaged, read-only, or made by a newer version.
  explicit SqliteStore(const SqliteOptions& options);

  /// Finishes what was submitted.
  ~SqliteStore() override;

  void submit(WriteFn fn, WriteDone done) override;
  Result<void> read(function_ref<Result<void>(const ReadTx&)> fn) const override;

  /// Write functions that wait for a commit now.
  std::size_t backlog() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace malote::store
