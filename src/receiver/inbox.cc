#include "malote/receiver/inbox.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <stdexcept>

#include "receiver/commit_thread.h"

namespace malote::receiver {

namespace {

constexpr const char* kSchema = R"(
  CREATE TABLE IF NOT EXISTS webhook_inbox (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    key         TEXT NOT NULL UNIQUE,
    state       INTEGER NOT NULL, -- 0 waiting, 1 done, 2 parked
    due_at      INTEGER NOT NULL, -- Unix seconds; of a done one, when it is forgotten
    attempts    INTEGER NOT NULL,
    reason      TEXT NOT NULL,
    id          TEXT NOT NULL,
    type        TEXT NOT NULL,
    canonical   TEXT NOT NULL,
    delivery_id TEXT NOT NULL,
    occurred_at TEXT NOT NULL,
    data        TEXT NOT NULL,
    raw         BLOB NOT NULL
  );
  CREATE INDEX IF NOT EXISTS webhook_inbox_due ON webhook_inbox (state, due_at);
)";
enum class RowState { waiting = 0, done = 1, parked = 2 };

#define INBOX_COLUMNS                                                                     \
  "seq, attempts, reason, id, type, canonical, key, delivery_id, occurred_at, data, raw " \
  "FROM webhook_inbox "

struct Row {
  std::int64_t seq = 0;
  int attempts = 0;
  std::string reason{};
  Event event{};
};

Row row_of(const sqlite::Statement& row) {
  return {.seq = row.integer(0),
          .attempts = row.small(1),
          .reason = row.text(2),
          .event = {.id = row.text(3),
                    .type = row.text(4),
                    .canonical = row.text(5),
                    .key = row.text(6),
                    .delivery_id = row.text(7),
                    .occurred_at = row.text(8),
                    .raw = row.text(10),
                    .data_text = row.text(9)}};
}

/// What handling a row came to, as it is kept.
struct Settled {
  std::int64_t seq = 0;
  RowState state{};
  std::int64_t due_at = 0;
  int attempts = 0;
  std::string reason{};
};

/// One process per file: two would handle the same events.
class FileLock {
 public:
  explicit FileLock(const std::string& path)
      : fd_(::open((path + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    if (fd_ >= 0 && ::flock(fd_, LOCK_EX | LOCK_NB) == 0) return;
    if (fd_ >= 0) ::close(fd_);
    throw std::runtime_error{path + ": the inbox is in use by another process, or cannot be made"};
  }
  ~FileLock() { ::close(fd_); }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int fd_;
};

}  // namespace

struct Inbox::State {
  State(const std::string& path, InboxOptions o)
      : options(std::move(o)), lock(path), file(path, kSchema) {}

  const InboxOptions options;
  FileLock lock;
  mutable CommitThread file;
  std::mutex mutex{};
  std::condition_variable arrived{};
  bool has_news = false;
  /// What could not be kept, say for a full disk: nothing is handled before it is. work()'s.
  std::optional<Settled> unsaved{};

  std::optional<Row> next_due() {
    std::optional<Row> due;
    file.run([&](sqlite::Db& db) {
      due.reset();
      auto row = db.prepare("SELECT " INBOX_COLUMNS
                            "WHERE state = 0 AND due_at <= ?1 ORDER BY due_at, seq LIMIT 1");
      row.bind(options.clock());
      if (row.step()) due = row_of(row);
    });
    return due;
  }

  Settled settle(const Row& row, Result result) const {
    const auto& retries = options.retries;
    const std::int64_t now = options.clock();
    const auto tried = static_cast<std::size_t>(row.attempts);
    Settled settled{.seq = row.seq,
                    .state = RowState::done,
                    .due_at = now + options.keep_done.count(),
                    .attempts = row.attempts + 1,
                    .reason = std::move(result.reason)};
    const bool failed = result.kind == Result::Kind::failed;
    if (result.kind == Result::Kind::parked || (failed && tried >= retries.size())) {
      settled.state = RowState::parked;
    } else if (failed) {
      settled.state = RowState::waiting;
      settled.due_at = now + std::max(retries[tried], result.after).count();
    }
    return settled;
  }

  void save(const Settled& settled) {
    file.run([&](sqlite::Db& db) {
      db.prepare(
            "UPDATE webhook_inbox SET state = ?2, due_at = ?3, attempts = ?4, reason = ?5"
            " WHERE seq = ?1")
          .bind(settled.seq)
          .bind(static_cast<int>(settled.state))
          .bind(settled.due_at)
          .bind(settled.attempts)
          .bind(settled.reason)
          .run();
      db.prepare(
            "DELETE FROM webhook_inbox WHERE seq IN (SELECT seq FROM webhook_inbox"
            " WHERE state = 1 AND due_at <= ?1 LIMIT 4)")
          .bind(options.clock())
          .run();
    });
  }

  void wake() {
    const std::lock_guard guard{mutex};
    has_news = true;
    arrived.notify_all();
  }
};

Inbox::Inbox(const std::string& path, InboxOptions options)
    : state_(std::make_unique<State>(path, std::move(options))) {}
Inbox::~Inbox() = default;

bool Inbox::append(const Event& event) {
  bool is_new = false;
  state_->file.run([&](sqlite::Db& db) {
    db.prepare(
          "INSERT OR IGNORE INTO webhook_inbox"
          " VALUES (NULL, ?1, 0, ?2, 0, '', ?3, ?4, ?5, ?6, ?7, ?8, ?9)")
        .bind(event.key)
        .bind(state_->options.clock())
        .bind(event.id)
        .bind(event.type)
        .bind(event.canonical)
        .bind(event.delivery_id)
        .bind(event.occurred_at)
        .bind(event.data_text)
        .bind_blob(event.raw)
        .run();
    is_new = db.changes() == 1;
  });
  if (is_new) state_->wake();
  return is_new;
}

bool Inbox::work(const Handle& handle) {
  if (!state_->unsaved) {
    const auto due = state_->next_due();
    if (!due) return false;
    state_->unsaved = state_->settle(*due, handle(due->event, due->attempts + 1));
  }
  state_->save(*state_->unsaved);
  state_->unsaved.reset();
  return true;
}

void Inbox::wait() {
  std::unique_lock lock{state_->mutex};
  state_->arrived.wait_for(lock, std::chrono::seconds{1}, [this] { return state_->has_news; });
  state_->has_news = false;
}

void Inbox::interrupt() { state_->wake(); }

std::vector<ParkedEvent> Inbox::parked(int limit) const {
  std::vector<ParkedEvent> events;
  state_->file.run([&](sqlite::Db& db) {
    events.clear();
    auto row = db.prepare("SELECT " INBOX_COLUMNS "WHERE state = 2 ORDER BY seq LIMIT ?1");
    row.bind(limit);
    while (row.step()) {
      Row found = row_of(row);
      events.push_back({std::move(found.event), std::move(found.reason), found.attempts});
    }
  });
  return events;
}

bool Inbox::retry(std::string_view key) {
  bool found = false;
  state_->file.run([&](sqlite::Db& db) {
    db.prepare(
          "UPDATE webhook_inbox SET state = 0, attempts = 0, due_at = ?2"
          " WHERE key = ?1 AND state = 2")
        .bind(key)
        .bind(state_->options.clock())
        .run();
    found = db.changes() == 1;
  });
  if (found) state_->wake();
  return found;
}

std::int64_t Inbox::waiting() const {
  std::int64_t count = 0;
  state_->file.run([&](sqlite::Db& db) {
    auto row = db.prepare("SELECT count(*) FROM webhook_inbox WHERE state = 0");
    count = row.step() ? row.integer(0) : 0;
  });
  return count;
}

}  // namespace malote::receiver
