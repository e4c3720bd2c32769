#include "store/sqlite_tools.h"

#include <filesystem>

#include "sqlite/db.h"

namespace malote::store {

using sqlite::Db;
using sqlite::Statement;

namespace {

struct Rule {
  const char* sql;  // counts what breaks it
  const char* problem;
};

constexpr Rule kRules[] = {
    {"SELECT count(*) FROM deliveries d WHERE state < 2 AND NOT EXISTS (SELECT 1 FROM queue q WHERE"
     " q.key = d.key) AND NOT EXISTS (SELECT 1 FROM graves g WHERE g.trigger = d.trigger)",
     "unfinished deliveries are not queued"},
    {"SELECT count(*) FROM queue q JOIN deliveries d ON d.key = q.key WHERE d.state >= 2",
     "finished deliveries are still queued"},
    {"SELECT count(*) FROM queue q WHERE lane & 3 = 0 AND NOT EXISTS (SELECT 1 FROM deliveries d"
     " WHERE d.key = q.key)",
     "queued deliveries do not exist"},
    {"SELECT count(*) FROM queue q WHERE lane & 3 = 1 AND NOT EXISTS (SELECT 1 FROM fetches f WHERE"
     " f.receipt = q.key)",
     "queued fetches do not exist"},
    {"SELECT count(*) FROM runs r WHERE state < 2 AND NOT EXISTS (SELECT 1 FROM queue q WHERE"
     " q.key = r.key)",
     "unfinished runs are not queued"},
    {"SELECT count(*) FROM queue q WHERE lane & 3 = 2 AND NOT EXISTS (SELECT 1 FROM runs r WHERE"
     " r.key = q.key AND r.state < 2)",
     "queued runs do not exist or are finished"},
    {"SELECT count(*) FROM runs r WHERE event > 0 AND NOT EXISTS (SELECT 1 FROM events e WHERE"
     " e.key = r.event)",
     "runs have lost their event"},
    {"SELECT count(*) FROM run_steps s WHERE NOT EXISTS (SELECT 1 FROM runs r WHERE r.key = s.run)",
     "journal entries have lost their run"},
    {"SELECT count(*) FROM deliveries d WHERE NOT EXISTS (SELECT 1 FROM events e WHERE e.key ="
     " d.event)",
     "deliveries have lost their event"},
    {"SELECT count(*) FROM deliveries d WHERE attempts != (SELECT count(*) FROM attempts a WHERE"
     " a.delivery = d.key)",
     "deliveries disagree with their attempt log"}};

std::int64_t count(const Db& db, const char* sql) {
  auto row = db.prepare(sql);
  return row.step() ? row.integer(0) : 0;
}

}  // namespace

Result<void> backup(const std::string& from, const std::string& to,
                    const std::function<void(int done_percent)>& progress) {
  if (std::filesystem::exists(to)) {
    return fail(Errc::invalid_request, to + " exists already; name a new file");
  }
  Db source;
  MALOTE_CHECK_OK(source.open(from, SQLITE_OPEN_READWRITE));
  Db target;
  MALOTE_CHECK_OK(target.open(to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE));
  sqlite3_backup* copy = sqlite3_backup_init(target.handle(), "main", source.handle(), "main");
  if (!copy) return fail(Errc::store_unavailable, sqlite3_errmsg(target.handle()));
  // All pages in one step: copying in slices would start over at every commit of the gateway. In
  // WAL mode a long read holds nobody up.
  if (progress) progress(0);
  const int code = sqlite3_backup_step(copy, -1);
  sqlite3_backup_finish(copy);
  if (code != SQLITE_DONE) {
    std::filesystem::remove(to);
    return fail(Errc::store_unavailable, "backup to " + to + " failed: " + sqlite3_errstr(code));
  }
  if (progress) progress(100);
  return {};
}

Result<Verification> verify(const std::string& path) {
  Db db;
  MALOTE_CHECK_OK(db.open(path, SQLITE_OPEN_READWRITE));
  MALOTE_CHECK_OK(db.execute("BEGIN"));
  Verification result;
  {
    auto rows = db.prepare("PRAGMA integrity_check(20)");
    while (rows.step()) {
      if (rows.text(0) != "ok") result.problems.push_back(rows.text(0));
    }
  }
  for (const auto& [sql, problem] : kRules) {
    const std::int64_t broken = count(db, sql);
    if (broken > 0) result.problems.push_back(std::to_string(broken) + " " + problem);
  }
  result.events = count(db, "SELECT count(*) FROM events");
  result.deliveries = count(db, "SELECT count(*) FROM deliveries");
  result.pending = count(db, "SELECT count(*) FROM queue");
  result.receipts = count(db, "SELECT count(*) FROM receipts");
  if (auto error = db.take_error()) return fail(std::move(*error));
  return result;
}

}  // namespace malote::store
