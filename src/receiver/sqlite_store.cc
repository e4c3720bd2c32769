#include "malote/receiver/idempotency_store.h"
#include "receiver/commit_thread.h"

namespace malote::receiver {

namespace {

constexpr const char* kSchema = R"(
  CREATE TABLE IF NOT EXISTS webhook_claims (
    key    TEXT PRIMARY KEY,
    done   INTEGER NOT NULL,
    until  INTEGER NOT NULL, -- Unix seconds: the lease's end, or when a done key is forgotten
    token  INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS webhook_claims_by_end ON webhook_claims (until);
)";
constexpr std::uint64_t kForgetEvery = 64;     // claims
constexpr int kForgetAtOnce = 256;             // rows: the table shrinks faster than it grows
constexpr std::int64_t kForgetLater = 86'400;  // so that a token is not given twice

class SqliteStore final : public IdempotencyStore {
 public:
  SqliteStore(const std::string& path, SqliteStoreOptions options)
      : options_(std::move(options)), file_(path, kSchema) {}

  Claim begin(std::string_view key, std::chrono::seconds lease) override {
    Claim claim;
    file_.run([&](sqlite::Db& db) {
      const std::int64_t now = options_.clock();
      if (++claims_ % kForgetEvery == 0) forget(db, now);
      std::int64_t token = 0;
      {
        auto row = db.prepare("SELECT done, until, token FROM webhook_claims WHERE key = ?1");
        row.bind(key);
        if (row.step()) {
          token = row.integer(2);
          if (row.integer(1) > now) {
            claim = {row.integer(0) != 0 ? Claim::State::done : Claim::State::in_flight};
          }
        }
      }
      if (claim.state == Claim::State::done) return;
      if (claim.state == Claim::State::in_flight) return limit(db, key, now + lease.count());
      claim = {Claim::State::acquired, static_cast<std::uint64_t>(token + 1)};
      db.prepare("INSERT OR REPLACE INTO webhook_claims VALUES (?1, 0, ?2, ?3)")
          .bind(key)
          .bind(now + lease.count())
          .bind(token + 1)
          .run();
    });
    return claim;
  }

  void commit(std::string_view key, std::uint64_t token, std::chrono::seconds ttl) override {
    file_.run([&](sqlite::Db& db) {
      db.prepare(
            "UPDATE webhook_claims SET done = 1, until = ?3"
            " WHERE key = ?1 AND token = ?2 AND done = 0")
          .bind(key)
          .bind(static_cast<std::int64_t>(token))
          .bind(options_.clock() + ttl.count())
          .run();
    });
  }

  void abort(std::string_view key, std::uint64_t token) override {
    // Its lease ends now; the row keeps the token, so that the next one is another.
    file_.run([&](sqlite::Db& db) {
      db.prepare("UPDATE webhook_claims SET until = ?3 WHERE key = ?1 AND token = ?2 AND done = 0")
          .bind(key)
          .bind(static_cast<std::int64_t>(token))
          .bind(options_.clock())
          .run();
    });
  }

 private:
  /// A clock that was set back must not make a claim last longer than its lease.
  static void limit(sqlite::Db& db, std::string_view key, std::int64_t until) {
    db.prepare("UPDATE webhook_claims SET until = ?2 WHERE key = ?1 AND until > ?2")
        .bind(key)
        .bind(until)
        .run();
  }

  static void forget(sqlite::Db& db, std::int64_t now) {
    db.prepare(
          "DELETE FROM webhook_claims WHERE key IN"
          " (SELECT key FROM webhook_claims WHERE until <= ?1 LIMIT ?2)")
        .bind(now - kForgetLater)
        .bind(kForgetAtOnce)
        .run();
  }

  const SqliteStoreOptions options_;
  std::uint64_t claims_ = 0;  // the commit thread's
  CommitThread file_;
};

}  // namespace

std::shared_ptr<IdempotencyStore> sqlite_store(const std::string& path,
                                               SqliteStoreOptions options) {
  return std::make_shared<SqliteStore>(path, std::move(options));
}

}  // namespace malote::receiver
