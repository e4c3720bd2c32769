// Counts of minutes and hours, and what waits on a lane.
#include "store/sqlite_tx.h"

namespace malote::store {

std::vector<Count> SqliteReadTx::counts(const CountRange& range) const {
  auto rows = db_.prepare(
      "SELECT at, what, n FROM counts WHERE project = ?1 AND span = ?2 AND at >= ?3 AND at < ?4"
      " ORDER BY at, what");
  rows.bind(range.project.value).bind(number(range.span)).bind(range.since).bind(range.until);
  return all<Count>(rows, [](const Statement& row) {
    return Count{
        .at = row.time(0), .what = static_cast<Counted>(row.small(1)), .n = row.integer(2)};
  });
}

Backlog SqliteReadTx::backlog(Lane lane, int limit) const {
  auto row = db_.prepare(
      "SELECT count(*), min(key) FROM (SELECT key FROM queue INDEXED BY queue_by_lane"
      " WHERE lane = ?1 ORDER BY due_at, key LIMIT ?2)");
  row.bind(lane.value).bind(limit + 1);
  if (!row.step()) return {};
  const std::int64_t seen = row.integer(0);
  return {.waiting = std::min<std::int64_t>(seen, limit),
          .oldest_key = row.integer(1),
          .is_whole = seen <= limit};
}

void SqliteTx::count(ProjectNo project, Timestamp at, Counted what) {
  for (const auto span : {CountSpan::minute, CountSpan::hour}) {
    const auto length = length_of(span).count();
    const auto begin = to_ms(at) / length * length;
    ++state_.counts[{project.value, number(span), begin, number(what)}];
  }
}

Result<void> write_counts(const Db& db, const WriterState& state) {
  for (const auto& [key, n] : state.counts) {
    const auto [project, span, at, what] = key;
    db.prepare(
          "INSERT INTO counts VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET n = n + ?5")
        .bind(project)
        .bind(span)
        .bind(at)
        .bind(what)
        .bind(n)
        .run();
  }
  if (auto error = db.take_error()) return fail(std::move(*error));
  return {};
}

std::int64_t SqliteTx::trim_counts(Timestamp now, int limit) {
  std::int64_t removed = 0;
  for (const auto& [span, keep] :
       {std::pair{CountSpan::minute, kKeepMinutes}, {CountSpan::hour, kKeepHours}}) {
    db_.prepare(
           "DELETE FROM counts WHERE (project, span, at, what) IN"
           " (SELECT c.project, c.span, c.at, c.what FROM projects p CROSS JOIN counts c"
           " ON c.project = p.no AND c.span = ?1 AND c.at < ?2 LIMIT ?3)")
        .bind(number(span))
        .bind(now - keep)
        .bind(limit)
        .run();
    removed += db_.changes();
  }
  return removed;
}

}  // namespace malote::store
