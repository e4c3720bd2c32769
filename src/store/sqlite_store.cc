#include "store/sqlite_store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "base/check.h"
#include "base/embedded.h"
#include "base/log.h"
#include "store/sqlite_tx.h"

namespace malote {
std::span<const EmbeddedFile> migration_files();
}

namespace malote::store {

namespace {

// 8 KiB pages hold five 1 KiB events with little waste; larger pages make each commit write more.
// The caches bound the memory of the store: 16 MiB for the writer, 2 MiB for a reader.
constexpr const char* kCreatePragmas = "PRAGMA page_size = 8192; PRAGMA auto_vacuum = NONE;";
constexpr const char* kWriterPragmas =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF;"
    "PRAGMA cache_size = -16384; PRAGMA wal_autocheckpoint = 0; PRAGMA temp_store = MEMORY;"
    "PRAGMA journal_size_limit = 67108864;";
constexpr const char* kReaderPragmas =
    "PRAGMA query_only = ON; PRAGMA cache_size = -2048; PRAGMA temp_store = MEMORY;";

/// WAL size at which the log is copied into the database beside the writer, and at which the
/// writer itself finishes that copy so that the log can start over. In pages of 8 KiB.
constexpr int kCheckpointPages = 2000;  // 16 MiB
constexpr int kResetPages = 4000;       // 32 MiB

struct Pending {
  Store::WriteFn fn;
  Store::WriteDone done;
  Result<void> result{};
};

[[noreturn]] void give_up(const std::string& message) { throw std::runtime_error(message); }

void must(const Result<void>& result, const std::string& what) {
  if (!result) give_up(what + ": " + result.error().message);
}

/// Held for the life of the process; a second gateway on the same folder is refused.
class FolderLock {
 public:
  explicit FolderLock(const std::string& database) {
    if (database.empty()) return;
    const std::string path = database + ".lock";
    fd_ = ::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (fd_ < 0) give_up("cannot write " + path + "; is the data folder writable?");
    if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
      give_up(database + " is in use by another malote; stop it first or name another --data");
    }
  }
  ~FolderLock() {
    if (fd_ >= 0) ::close(fd_);
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int fd_ = -1;
};

int schema_version(const Db& db) {
  auto row = db.prepare("PRAGMA user_version");
  return row.step() ? row.small(0) : 0;
}

/// Migration files are named migrations/NNN_what.sql and applied in order, each in a transaction.
void migrate(const Db& db, const std::string& path) {
  const auto files = migration_files();
  const int newest = static_cast<int>(files.size());
  int version = schema_version(db);
  if (auto error = db.take_error())
    give_up(path + " is not a database of malote: " + error->message);
  if (version > newest) {
    give_up(path + " was written by a newer malote (schema " + std::to_string(version) +
            ", this one knows " + std::to_string(newest) + "); upgrade malote");
  }
  for (; version < newest; ++version) {
    const std::string sql = "BEGIN IMMEDIATE;" +
                            std::string{files[static_cast<std::size_t>(version)].text} +
                            "PRAGMA user_version = " + std::to_string(version + 1) + "; COMMIT;";
    must(db.execute(sql.c_str()), "cannot migrate " + path);
  }
}

std::int64_t largest_key(const Db& db) {
  auto row = db.prepare(
      "SELECT max(coalesce((SELECT max(key) FROM events), 0),"
      " coalesce((SELECT max(key) FROM deliveries), 0), coalesce((SELECT max(key) FROM receipts), "
      "0), coalesce((SELECT max(key) FROM runs), 0))");
  return row.step() ? row.integer(0) : 0;
}

}  // namespace

class SqliteStore::Impl {
 public:
  explicit Impl(const SqliteOptions& options)
      : options_(options), lock_(options.path), uri_(uri_of(options)) {
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    must(writer_.open(uri_, flags), "cannot open the store");
    must(writer_.execute(kCreatePragmas), "cannot use " + options.path);
    must(writer_.execute(kWriterPragmas), "cannot use " + options.path);
    if (sqlite3_db_readonly(writer_.handle(), "main") == 1) {
      give_up(options.path + " is read-only; make it writable for this user");
    }
    migrate(writer_, options.path);
    state_.last_key = largest_key(writer_);
    if (options_.path.empty()) return;
    sqlite3_wal_hook(writer_.handle(), &Impl::on_wal, this);
    if (!options_.inline_writes) {
      thread_ = std::thread{[this] { run(); }};
      checkpointer_ = std::thread{[this] { run_checkpoints(); }};
    }
  }

  ~Impl() {
    {
      const std::lock_guard guard{mutex_};
      stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
    {
      const std::lock_guard guard{checkpoint_mutex_};
      checkpoint_stop_ = true;
    }
    checkpoint_wake_.notify_all();
    if (checkpointer_.joinable()) checkpointer_.join();
    if (!options_.path.empty()) {
      sqlite3_wal_checkpoint_v2(writer_.handle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr,
                                nullptr);
    }
  }

  void submit(WriteFn fn, WriteDone done) {
    if (options_.inline_writes) {
      std::vector<Pending> batch;
      batch.push_back({std::move(fn), std::move(done)});
      commit(batch);
      batch.front().done(batch.front().result);
      return;
    }
    bool wake = false;
    {
      const std::lock_guard guard{mutex_};
      wake = queue_.empty();
      queue_.push_back({std::move(fn), std::move(done)});
    }
    if (wake) wake_.notify_one();
  }

  Result<void> read(function_ref<Result<void>(const ReadTx&)> fn) {
    if (options_.path.empty())
      return read_on(writer_, fn);  // in memory: one connection, one thread
    std::unique_ptr<Db> db = borrow_reader();
    if (!db) return fail(Errc::store_unavailable, "store: cannot open a reader");
    auto result = read_on(*db, fn);
    const std::lock_guard guard{readers_mutex_};
    readers_.push_back(std::move(db));
    return result;
  }

  std::size_t backlog() const {
    const std::lock_guard guard{mutex_};
    return queue_.size();
  }

 private:
  static std::string uri_of(const SqliteOptions& options) {
    return options.path.empty() ? ":memory:" : options.path;
  }

  static int on_wal(void* self, sqlite3*, const char*, int pages) {
    static_cast<Impl*>(self)->wal_pages_ = pages;
    return SQLITE_OK;
  }

  // --- the writer ---------------------------------------------------------------------------

  void run() {
    std::vector<Pending> batch;
    while (take_batch(batch)) {
      commit(batch);
      for (auto& item : batch) item.done(std::move(item.result));
      batch.clear();
      care_for_wal();
    }
  }

  bool take_batch(std::vector<Pending>& batch) {
    std::unique_lock guard{mutex_};
    wake_.wait(guard, [&] { return stopping_ || !queue_.empty(); });
    const auto limit = static_cast<std::size_t>(options_.max_batch);
    while (!queue_.empty() && batch.size() < limit) {
      batch.push_back(std::move(queue_.front()));
      queue_.pop_front();
    }
    return !batch.empty();
  }

  /// All in one transaction; when one of them fails, each in its own, so that it fails alone.
  void commit(std::vector<Pending>& batch) {
    if (run_transaction(batch)) return;
    if (batch.size() == 1) return;
    for (auto& item : batch) {
      std::vector<Pending> alone;
      alone.push_back(std::move(item));
      run_transaction(alone);
      item = std::move(alone.front());
    }
  }

  /// True when every function succeeded and the commit is durable; otherwise nothing was kept.
  bool run_transaction(std::vector<Pending>& batch) {
    Result<void> outcome = writer_.execute("BEGIN IMMEDIATE");
    const std::int64_t last_key = state_.last_key;
    state_.counts.clear();
    if (outcome) {
      for (auto& item : batch) {
        SqliteTx tx{writer_, state_};
        item.result = item.fn(tx);
        if (auto error = writer_.take_error()) item.result = fail(std::move(*error));
        if (!item.result) {
          outcome = fail(item.result.error());
          break;
        }
      }
      if (outcome) outcome = write_counts(writer_, state_);
      if (outcome) outcome = writer_.execute("COMMIT");
    }
    if (outcome) return true;
    if (!sqlite3_get_autocommit(writer_.handle())) (void)writer_.execute("ROLLBACK");
    state_.last_key = last_key;
    state_.cache.clear();
    for (auto& item : batch) item.result = fail(outcome.error());
    return false;
  }

  // --- the write-ahead log --------------------------------------------------------------------

  void care_for_wal() {
    if (wal_pages_ < kCheckpointPages) return;
    if (wal_pages_ > kResetPages && checkpointed_) {
      // Almost all was copied already; this copies the rest and lets the log start over. A reader
      // in the middle of something makes it return at once: the log grows on until next time.
      sqlite3_wal_checkpoint_v2(writer_.handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr,
                                nullptr);
      checkpointed_ = false;
      return;
    }
    {
      const std::lock_guard guard{checkpoint_mutex_};
      checkpoint_wanted_ = true;
    }
    checkpoint_wake_.notify_one();
  }

  void run_checkpoints() {
    Db db;
    if (!db.open(uri_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX)) return;
    (void)db.execute("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;");
    std::unique_lock guard{checkpoint_mutex_};
    while (true) {
      checkpoint_wake_.wait(guard, [&] { return checkpoint_stop_ || checkpoint_wanted_; });
      if (checkpoint_stop_) return;
      checkpoint_wanted_ = false;
      guard.unlock();
      sqlite3_wal_checkpoint_v2(db.handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
      checkpointed_ = true;
      guard.lock();
    }
  }

  // --- readers --------------------------------------------------------------------------------

  std::unique_ptr<Db> borrow_reader() {
    {
      const std::lock_guard guard{readers_mutex_};
      if (!readers_.empty()) {
        auto db = std::move(readers_.back());
        readers_.pop_back();
        return db;
      }
    }
    auto db = std::make_unique<Db>();
    if (!db->open(uri_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX)) return nullptr;
    if (!db->execute(kReaderPragmas)) return nullptr;
    return db;
  }

  static Result<void> read_on(Db& db, function_ref<Result<void>(const ReadTx&)> fn) {
    MALOTE_CHECK_OK(db.execute("BEGIN"));
    SubscriptionCache cache;
    const SqliteReadTx tx{db, cache};
    auto result = fn(tx);
    (void)db.execute("COMMIT");
    if (auto error = db.take_error()) return fail(std::move(*error));
    return result;
  }

  const SqliteOptions options_;
  const FolderLock lock_;
  const std::string uri_;
  Db writer_;
  WriterState state_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Pending> queue_;
  bool stopping_ = false;

  int wal_pages_ = 0;  // writer's thread only
  std::atomic<bool> checkpointed_ = false;
  std::mutex checkpoint_mutex_;
  std::condition_variable checkpoint_wake_;
  bool checkpoint_wanted_ = false;
  bool checkpoint_stop_ = false;

  std::mutex readers_mutex_;
  std::vector<std::unique_ptr<Db>> readers_;

  std::thread thread_;
  std::thread checkpointer_;
};

SqliteStore::SqliteStore(const SqliteOptions& options) : impl_(std::make_unique<Impl>(options)) {}
SqliteStore::~SqliteStore() = default;

void SqliteStore::submit(WriteFn fn, WriteDone done) {
  impl_->submit(std::move(fn), std::move(done));
}

Result<void> SqliteStore::read(function_ref<Result<void>(const ReadTx&)> fn) const {
  return impl_->read(fn);
}

std::size_t SqliteStore::backlog() const { return impl_->backlog(); }

}  // namespace malote::store
