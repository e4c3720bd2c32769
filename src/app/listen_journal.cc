#include "app/listen_journal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>

#include "net/system.h"

namespace malote::app {

namespace {

constexpr int kMostProcesses = 64;  // the gateway's limit for one listener
constexpr int kRemembered = 20'000;

constexpr const char* kSchema =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
    "CREATE TABLE IF NOT EXISTS identity (instance TEXT NOT NULL);"
    "CREATE TABLE IF NOT EXISTS made (no INTEGER PRIMARY KEY, delivery TEXT NOT NULL,"
    " attempt INTEGER NOT NULL, status INTEGER NOT NULL, error TEXT, body BLOB, retry_after TEXT,"
    " duration_ms INTEGER NOT NULL, UNIQUE (delivery, attempt));";

void must(const Result<void>& result) {
  if (!result) throw std::runtime_error("the listener's journal: " + result.error().message);
}

}  // namespace

ListenJournal::ListenJournal(const std::string& folder, const std::string& listener) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw std::runtime_error("cannot create " + folder + ": " + error.message());
  for (int i = 1; i <= kMostProcesses; ++i) {
    const std::string path = folder + "/" + listener + "." + std::to_string(i);
    if (!lock(path + ".lock")) continue;
    set_up(path + ".db");
    return;
  }
  throw std::runtime_error("64 processes of this listener are running here");
}

ListenJournal::~ListenJournal() {
  if (lock_ >= 0) ::close(lock_);
}

bool ListenJournal::lock(const std::string& path) {
  lock_ = ::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  if (lock_ < 0) throw std::runtime_error("cannot write " + path);
  if (::flock(lock_, LOCK_EX | LOCK_NB) == 0) return true;
  ::close(lock_);
  lock_ = -1;
  return false;
}

void ListenJournal::set_up(const std::string& path) {
  must(db_.open(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE));
  must(db_.execute(kSchema));
  {
    auto row = db_.prepare("SELECT instance FROM identity");
    if (row.step()) instance_ = row.text(0);
  }
  if (!instance_.empty()) return;
  net::OsEntropy entropy;
  instance_ = random_id(entropy, "lst_");
  db_.prepare("INSERT INTO identity VALUES (?1)").bind(instance_).run();
  if (const auto failed = db_.take_error()) must(tl::unexpected{*failed});
}

std::optional<HttpOutcome> ListenJournal::find(const std::string& delivery, int attempt) const {
  auto row = db_.prepare(
      "SELECT status, error, body, retry_after, duration_ms FROM made WHERE delivery = ?1 AND"
      " attempt = ?2");
  row.bind(delivery).bind(attempt);
  if (!row.step()) return {};
  return HttpOutcome{.status = row.small(0),
                     .error = row.text(1),
                     .body = row.text(2),
                     .retry_after = row.text(3),
                     .duration = Millis{row.integer(4)}};
}

Result<void> ListenJournal::note(const std::string& delivery, int attempt,
                                 const HttpOutcome& outcome) {
  db_.prepare(
         "INSERT OR IGNORE INTO made (delivery, attempt, status, error, body, retry_after,"
         " duration_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")
      .bind(delivery)
      .bind(attempt)
      .bind(outcome.status)
      .bind(outcome.error)
      .bind_blob(outcome.body)
      .bind(outcome.retry_after)
      .bind(outcome.duration.count())
      .run();
  db_.prepare("DELETE FROM made WHERE no <= ?1").bind(db_.last_row() - kRemembered).run();
  if (auto failed = db_.take_error()) return tl::unexpected{std::move(*failed)};
  return {};
}

}  // namespace malote::app
