// Loops, runs and their journals in the SQLite store.
#include "store/sqlite_tx.h"

namespace malote::store {

namespace {

#define LOOP_SELECT                                                                               \
  "SELECT l.no, l.id, l.project, l.name, l.version, l.enabled, l.deleted, l.events, l.server_id," \
  " l.condition, v.definition, l.max_in_flight, l.created_at, l.updated_at FROM loops l"          \
  " JOIN loop_versions v ON v.loop = l.no AND v.version = l.version WHERE"

Loop loop_of_row(const Statement& row) {
  return {.no = {row.integer(0)},
          .id = row.text(1),
          .project = {row.integer(2)},
          .name = row.text(3),
          .version = row.small(4),
          .enabled = row.small(5) != 0,
          .deleted = row.small(6) != 0,
          .events = decode_list(row.text(7)),
          .server_id = row.text(8),
          .condition = row.text(9),
          .definition = row.text(10),
          .max_in_flight = row.small(11),
          .created_at = row.time(12),
          .updated_at = row.time(13)};
}

#define RUN_COLUMNS                                                                           \
  "key, loop, version, project, event, payload, state, origin, attempts, due_at, started_at," \
  " finished_at, error, failed_step"

Run run_of(const Statement& row) {
  return {.key = {row.integer(0)},
          .loop = {row.integer(1)},
          .version = row.small(2),
          .project = {row.integer(3)},
          .event = {row.integer(4)},
          .payload = row.text(5),
          .state = static_cast<RunState>(row.small(6)),
          .origin = static_cast<RunOrigin>(row.small(7)),
          .attempts = row.small(8),
          .due_at = row.time(9),
          .started_at = row.time(10),
          .finished_at = row.time(11),
          .error = row.text(12),
          .failed_step = row.text(13)};
}

StepRecord step_of(const Statement& row) {
  return {.run = {row.integer(0)},
          .position = row.small(1),
          .generation = row.small(2),
          .name = row.text(3),
          .tool = row.text(4),
          .state = static_cast<StepState>(row.small(5)),
          .params = row.text(10),
          .result = row.text(11),
          .unknown = row.small(6) != 0,
          .attempts = row.small(7),
          .started_at = row.time(8),
          .finished_at = row.time(9)};
}

#define STEP_HEAD \
  "run, position, generation, name, tool, state, unknown, attempts, started_at, finished_at"

}  // namespace

std::optional<Loop> SqliteReadTx::loop(LoopNo no) const {
  auto row = db_.prepare(LOOP_SELECT " l.no = ?1");
  row.bind(no.value);
  return one<Loop>(row, loop_of_row);
}

std::optional<Loop> SqliteReadTx::loop(ProjectNo project, std::string_view id) const {
  auto row = db_.prepare(LOOP_SELECT " l.id = ?1 AND l.project = ?2 AND l.deleted = 0");
  row.bind(id).bind(project.value);
  return one<Loop>(row, loop_of_row);
}

std::optional<Loop> SqliteReadTx::loop_by_name(ProjectNo project, std::string_view name) const {
  auto row = db_.prepare(LOOP_SELECT " l.project = ?1 AND l.name = ?2 AND l.deleted = 0");
  row.bind(project.value).bind(name);
  return one<Loop>(row, loop_of_row);
}

std::vector<Loop> SqliteReadTx::loops(ProjectNo project, Page page) const {
  auto rows = db_.prepare(LOOP_SELECT
                          " l.project = ?1 AND l.no < ?2 AND l.deleted = 0"
                          " ORDER BY l.no DESC LIMIT ?3");
  rows.bind(project.value).bind(bound(page.before)).bind(page.limit);
  return all<Loop>(rows, loop_of_row);
}

std::optional<std::string> SqliteReadTx::loop_definition(LoopNo no, int version) const {
  auto row = db_.prepare("SELECT definition FROM loop_versions WHERE loop = ?1 AND version = ?2");
  row.bind(no.value).bind(version);
  return one<std::string>(row, [](const Statement& r) { return r.text(0); });
}

const std::vector<LoopSubscription>& SqliteReadTx::loop_subscriptions(ProjectNo project) const {
  const auto [at, fresh] = cache_.loops.try_emplace(project.value);
  if (!fresh) return at->second;
  auto rows = db_.prepare(
      "SELECT no, version, events, server_id, condition FROM loops"
      " WHERE project = ?1 AND deleted = 0 AND enabled = 1 AND events != '[]' ORDER BY no");
  rows.bind(project.value);
  at->second = all<LoopSubscription>(rows, [](const Statement& row) {
    return LoopSubscription{.no = {row.integer(0)},
                            .version = row.small(1),
                            .events = decode_list(row.text(2)),
                            .server_id = row.text(3),
                            .condition = row.text(4)};
  });
  return at->second;
}

std::optional<Run> SqliteReadTx::run(RunKey key) const {
  auto row = db_.prepare("SELECT " RUN_COLUMNS " FROM runs WHERE key = ?1");
  row.bind(key.value);
  return one<Run>(row, run_of);
}

std::vector<Run> SqliteReadTx::runs(const RunFilter& filter, Page page) const {
  const auto bind = [&](Statement& rows) {
    rows.bind(filter.project.value).bind(bound(page.before)).bind(filter.loop.value);
    rows.bind(filter.state ? number(*filter.state) : -1).bind(filter.event.value);
    rows.bind(page.limit);
  };
#define RUN_CONDITIONS                                      \
  " project = ?1 AND key < ?2 AND (?3 = 0 OR loop = ?3)"    \
  " AND (?4 = -1 OR state = ?4) AND (?5 = 0 OR event = ?5)" \
  " ORDER BY key DESC LIMIT ?6"
  if (filter.event) {
    auto rows = db_.prepare("SELECT " RUN_COLUMNS
                            " FROM runs WHERE event = ?5 AND event > 0 AND" RUN_CONDITIONS);
    bind(rows);
    return all<Run>(rows, run_of);
  }
  if (filter.loop) {
    auto rows = db_.prepare("SELECT " RUN_COLUMNS " FROM runs WHERE loop = ?3 AND" RUN_CONDITIONS);
    bind(rows);
    return all<Run>(rows, run_of);
  }
  auto rows = db_.prepare("SELECT " RUN_COLUMNS " FROM runs WHERE" RUN_CONDITIONS);
  bind(rows);
  return all<Run>(rows, run_of);
}

std::vector<StepRecord> SqliteReadTx::step_heads(RunKey run) const {
  auto rows = db_.prepare("SELECT " STEP_HEAD
                          ", NULL, NULL FROM run_steps WHERE run = ?1 ORDER BY position");
  rows.bind(run.value);
  return all<StepRecord>(rows, step_of);
}

std::optional<StepRecord> SqliteReadTx::step(RunKey run, int position) const {
  auto row = db_.prepare("SELECT " STEP_HEAD
                         ", params, result FROM run_steps WHERE run = ?1 AND position = ?2");
  row.bind(run.value).bind(position);
  return one<StepRecord>(row, step_of);
}

void SqliteTx::put_loop_version(const Loop& loop) {
  db_.prepare("INSERT OR IGNORE INTO loop_versions VALUES (?1, ?2, ?3)")
      .bind(loop.no.value)
      .bind(loop.version)
      .bind(loop.definition)
      .run();
}

void SqliteTx::insert_loop(Loop& l) {
  cache_.clear();
  db_.prepare("INSERT INTO loops VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)")
      .bind(l.id)
      .bind(l.project.value)
      .bind(l.name)
      .bind(l.version)
      .bind(number(l.enabled))
      .bind(number(l.deleted))
      .bind(encode_list(l.events))
      .bind(l.server_id)
      .bind(l.condition)
      .bind(l.max_in_flight)
      .bind(l.created_at)
      .bind(l.updated_at)
      .run();
  l.no = {db_.last_row()};
  put_loop_version(l);
}

void SqliteTx::update_loop(const Loop& l) {
  cache_.clear();
  db_.prepare(
         "UPDATE loops SET name = ?2, version = ?3, enabled = ?4, deleted = ?5, events = ?6,"
         " server_id = ?7, condition = ?8, max_in_flight = ?9, updated_at = ?10 WHERE no = ?1")
      .bind(l.no.value)
      .bind(l.name)
      .bind(l.version)
      .bind(number(l.enabled))
      .bind(number(l.deleted))
      .bind(encode_list(l.events))
      .bind(l.server_id)
      .bind(l.condition)
      .bind(l.max_in_flight)
      .bind(l.updated_at)
      .run();
  put_loop_version(l);
}

void SqliteTx::append_run(Run& r, Timestamp now) {
  r.key = {next_key(now)};
  db_.prepare(
         "INSERT INTO runs VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)")
      .bind(r.key.value)
      .bind(r.loop.value)
      .bind(r.version)
      .bind(r.project.value)
      .bind(r.event.value)
      .bind_or_null(r.payload)
      .bind(number(r.state))
      .bind(number(r.origin))
      .bind(r.attempts)
      .bind(r.due_at)
      .bind(r.started_at)
      .bind(r.finished_at)
      .bind_or_null(r.error)
      .bind_or_null(r.failed_step)
      .run();
  enqueue(r.key.value, lane_of(r.loop), r.due_at);
}

void SqliteTx::update_run(const Run& r) {
  db_.prepare(
         "UPDATE runs SET state = ?2, attempts = ?3, due_at = ?4, finished_at = ?5, error = ?6,"
         " failed_step = ?7 WHERE key = ?1")
      .bind(r.key.value)
      .bind(number(r.state))
      .bind(r.attempts)
      .bind(r.due_at)
      .bind(r.finished_at)
      .bind_or_null(r.error)
      .bind_or_null(r.failed_step)
      .run();
  if (is_finished(r.state)) {
    dequeue(r.key.value);
  } else if (db_.changes() > 0) {
    enqueue(r.key.value, lane_of(r.loop), r.due_at);
  }
}

void SqliteTx::put_step(const StepRecord& s) {
  db_.prepare("INSERT OR REPLACE INTO run_steps (" STEP_HEAD
              ", params, result) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)")
      .bind(s.run.value)
      .bind(s.position)
      .bind(s.generation)
      .bind(s.name)
      .bind(s.tool)
      .bind(number(s.state))
      .bind(number(s.unknown))
      .bind(s.attempts)
      .bind(s.started_at)
      .bind(s.finished_at)
      .bind_or_null(s.params)
      .bind_or_null(s.result)
      .run();
}

void SqliteTx::delete_run(std::int64_t key) {
  db_.prepare("DELETE FROM run_steps WHERE run = ?1").bind(key).run();
  dequeue(key);
  db_.prepare("DELETE FROM runs WHERE key = ?1").bind(key).run();
}

}  // namespace malote::store
