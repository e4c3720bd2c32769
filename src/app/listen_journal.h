// What a listening process remembers over its own restarts: which attempts it has made and what
// came of them, so that one whose outcome the gateway did not hear is reported again instead of
// made again. A SQLite file per listener and process; a lock file keeps two processes off one. Not
// thread-safe.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "ports/http_types.h"
#include "sqlite/db.h"

namespace malote::app {

class ListenJournal {
 public:
  /// Takes the first file in `folder` of this listener that no other process uses. Throws
  /// std::runtime_error.
  ListenJournal(const std::string& folder, const std::string& listener);
  ~ListenJournal();
  ListenJournal(const ListenJournal&) = delete;
  ListenJournal& operator=(const ListenJournal&) = delete;

  /// By which the gateway knows this process, also after its restart.
  const std::string& instance() const { return instance_; }

  std::optional<HttpOutcome> find(const std::string& delivery, int attempt) const;
  /// Survives the process, whatever ends it.
  Result<void> note(const std::string& delivery, int attempt, const HttpOutcome& outcome);

 private:
  bool lock(const std::string& path);
  void set_up(const std::string& path);

  int lock_ = -1;
  sqlite::Db db_;
  std::string instance_;
};

}  // namespace malote::app
