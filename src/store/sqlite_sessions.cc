// Sessions and tool calls in the SQLite store.
#include "store/sqlite_tx.h"

namespace malote::store {

namespace {

#define SESSION_COLUMNS                                                        \
  "no, id, project, user_id, servers, metadata, mocks, mock_counters, status," \
  " created_at, closed_at, last_used_at, tool_calls"

Session session_of(const Statement& row) {
  return {.no = {row.integer(0)},
          .id = row.text(1),
          .project = {row.integer(2)},
          .user_id = row.text(3),
          .servers = decode_list(row.text(4)),
          .metadata = row.text(5),
          .mocks = row.text(6),
          .mock_counters = row.text(7),
          .status = static_cast<SessionStatus>(row.small(8)),
          .created_at = row.time(9),
          .closed_at = row.time(10),
          .last_used_at = row.time(11),
          .tool_calls = row.integer(12)};
}

#define TOOL_CALL_COLUMNS                                                               \
  "no, project, session, session_id, server_id, tool, status, duration_ms, error_code," \
  " input, output, result, routing, idempotency_key, dedupe_key, fingerprint, called_at"

ToolCall tool_call_of(const Statement& row) {
  return {.no = {row.integer(0)},
          .project = {row.integer(1)},
          .session = {row.integer(2)},
          .session_id = row.text(3),
          .server_id = row.text(4),
          .tool = row.text(5),
          .status = static_cast<CallStatus>(row.small(6)),
          .duration = Millis{row.integer(7)},
          .error_code = row.text(8),
          .input = row.text(9),
          .output = row.text(10),
          .result = row.text(11),
          .routing = row.text(12),
          .idempotency_key = row.text(13),
          .dedupe_key = row.text(14),
          .fingerprint = row.text(15),
          .called_at = row.time(16)};
}

template <class Status>
std::int64_t status_number(std::string_view wanted, std::initializer_list<Status> all_statuses) {
  for (const Status status : all_statuses) {
    if (word(status) == wanted) return number(status);
  }
  return wanted.empty() ? -1 : -2;  // any; none
}

std::int64_t call_status(const ToolCallFilter& filter) {
  return status_number(filter.status,
                       {CallStatus::running, CallStatus::success, CallStatus::error});
}

}  // namespace

std::optional<Session> SqliteReadTx::session(ProjectNo project, std::string_view id) const {
  auto row = db_.prepare("SELECT " SESSION_COLUMNS " FROM sessions WHERE id = ?1 AND project = ?2");
  row.bind(id).bind(project.value);
  return one<Session>(row, session_of);
}

std::vector<Session> SqliteReadTx::sessions(const SessionFilter& filter, Page page) const {
  auto rows = db_.prepare("SELECT " SESSION_COLUMNS
                          " FROM sessions WHERE project = ?1 AND no < ?2"
                          " AND (?3 = -1 OR status = ?3) AND (?4 IS NULL OR user_id = ?4)"
                          " ORDER BY no DESC LIMIT ?5");
  rows.bind(filter.project.value).bind(bound(page.before));
  rows.bind(status_number(filter.status, {SessionStatus::active, SessionStatus::closed}));
  rows.bind_or_null(filter.user_id).bind(page.limit);
  return all<Session>(rows, session_of);
}

std::optional<ToolCall> SqliteReadTx::tool_call(ProjectNo project, ToolCallNo no) const {
  auto row =
      db_.prepare("SELECT " TOOL_CALL_COLUMNS " FROM tool_calls WHERE no = ?1 AND project = ?2");
  row.bind(no.value).bind(project.value);
  return one<ToolCall>(row, tool_call_of);
}

std::optional<ToolCall> SqliteReadTx::tool_call_by_dedupe(ProjectNo project,
                                                          std::string_view key) const {
  auto row = db_.prepare("SELECT " TOOL_CALL_COLUMNS
                         " FROM tool_calls WHERE project = ?1 AND dedupe_key = ?2");
  row.bind(project.value).bind(key);
  return one<ToolCall>(row, tool_call_of);
}

#define TOOL_CALL_CONDITIONS                                                 \
  " no < ?2 AND (?3 = -1 OR status = ?3) AND (?4 IS NULL OR server_id = ?4)" \
  " AND (?5 IS NULL OR tool = ?5) AND called_at >= ?6"

std::vector<ToolCall> SqliteReadTx::tool_calls(const ToolCallFilter& filter, Page page) const {
  const bool of_session = static_cast<bool>(filter.session);
  const bool is_of_few = !of_session && filter.status == word(CallStatus::running);
  auto rows =
      of_session  ? db_.prepare("SELECT " TOOL_CALL_COLUMNS
                                " FROM tool_calls WHERE session = ?1 AND" TOOL_CALL_CONDITIONS
                                " ORDER BY no DESC LIMIT ?7")
      : is_of_few ? db_.prepare("SELECT " TOOL_CALL_COLUMNS
                                " FROM tool_calls INDEXED BY tool_calls_running"
                                " WHERE project = ?1 AND status = 0 AND" TOOL_CALL_CONDITIONS
                                " ORDER BY no DESC LIMIT ?7")
                  : db_.prepare("SELECT " TOOL_CALL_COLUMNS
                                " FROM tool_calls WHERE project = ?1 AND" TOOL_CALL_CONDITIONS
                                " ORDER BY no DESC LIMIT ?7");
  rows.bind(of_session ? filter.session.value : filter.project.value).bind(bound(page.before));
  rows.bind(call_status(filter)).bind_or_null(filter.server_id).bind_or_null(filter.tool);
  rows.bind(filter.since).bind(page.limit);
  return all<ToolCall>(rows, tool_call_of);
}

std::int64_t SqliteReadTx::count_tool_calls(const ToolCallFilter& filter) const {
  auto row =
      db_.prepare("SELECT count(*) FROM tool_calls WHERE project = ?1 AND" TOOL_CALL_CONDITIONS);
  row.bind(filter.project.value).bind(kNoBound).bind(call_status(filter));
  row.bind_or_null(filter.server_id).bind_or_null(filter.tool).bind(filter.since);
  return row.step() ? row.integer(0) : 0;
}

void SqliteTx::insert_session(Session& s) {
  db_.prepare(
         "INSERT INTO sessions VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)")
      .bind(s.id)
      .bind(s.project.value)
      .bind(s.user_id)
      .bind(encode_list(s.servers))
      .bind(s.metadata)
      .bind(s.mocks)
      .bind(s.mock_counters)
      .bind(number(s.status))
      .bind(s.created_at)
      .bind(s.closed_at)
      .bind(s.last_used_at)
      .bind(s.tool_calls)
      .run();
  s.no = {db_.last_row()};
}

void SqliteTx::update_session(const Session& s) {
  db_.prepare(
         "UPDATE sessions SET mock_counters = ?2, status = ?3, closed_at = ?4, last_used_at = ?5,"
         " tool_calls = ?6 WHERE no = ?1")
      .bind(s.no.value)
      .bind(s.mock_counters)
      .bind(number(s.status))
      .bind(s.closed_at)
      .bind(s.last_used_at)
      .bind(s.tool_calls)
      .run();
}

void SqliteTx::insert_tool_call(ToolCall& c) {
  db_.prepare(
         "INSERT INTO tool_calls VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12,"
         " ?13, ?14, ?15, ?16)")
      .bind(c.project.value)
      .bind(c.session.value)
      .bind(c.session_id)
      .bind(c.server_id)
      .bind(c.tool)
      .bind(number(c.status))
      .bind(c.duration.count())
      .bind_or_null(c.error_code)
      .bind(c.input)
      .bind_or_null(c.output)
      .bind_or_null(c.result)
      .bind_or_null(c.routing)
      .bind_or_null(c.idempotency_key)
      .bind_or_null(c.dedupe_key)
      .bind_blob(c.fingerprint)
      .bind(c.called_at)
      .run();
  c.no = {db_.last_row()};
}

void SqliteTx::update_tool_call(const ToolCall& c) {
  db_.prepare(
         "UPDATE tool_calls SET server_id = ?2, status = ?3, duration_ms = ?4, error_code = ?5,"
         " output = ?6, result = ?7, routing = ?8, input = ?9 WHERE no = ?1")
      .bind(c.no.value)
      .bind(c.server_id)
      .bind(number(c.status))
      .bind(c.duration.count())
      .bind_or_null(c.error_code)
      .bind_or_null(c.output)
      .bind_or_null(c.result)
      .bind_or_null(c.routing)
      .bind(c.input)
      .run();
}

/// Sessions that nobody used since, and the oldest calls.
std::int64_t SqliteTx::trim_sessions(Timestamp before, int limit) {
  db_.prepare(
         "DELETE FROM sessions WHERE no IN"
         " (SELECT no FROM sessions WHERE last_used_at < ?1 LIMIT ?2)")
      .bind(before)
      .bind(limit)
      .run();
  const std::int64_t removed = db_.changes();
  db_.prepare(
         "DELETE FROM tool_calls WHERE called_at < ?1 AND no IN"
         " (SELECT no FROM tool_calls ORDER BY no LIMIT ?2)")
      .bind(before)
      .bind(limit)
      .run();
  return removed + db_.changes();
}

}  // namespace malote::store
