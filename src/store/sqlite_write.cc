// Writes of the SQLite store.
#include "base/json_writer.h"
#include "store/sqlite_tx.h"

namespace malote::store {

namespace {

std::string encode_gaps(const std::vector<Millis>& gaps) {
  json::Writer w;
  w.array();
  for (const auto gap : gaps) w.integer(gap.count());
  return std::move(w.end()).text();
}

}  // namespace

void SqliteTx::set_setting(std::string_view name, std::string_view value) {
  db_.prepare("INSERT INTO settings VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = ?2")
      .bind(name)
      .bind(value)
      .run();
}

void SqliteTx::insert_project(Project& project) {
  db_.prepare("INSERT INTO projects VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6)")
      .bind(project.id)
      .bind(project.name)
      .bind(project.slug)
      .bind(number(project.is_default))
      .bind(number(project.livemode))
      .bind(project.created_at)
      .run();
  project.no = {db_.last_row()};
}

void SqliteTx::delete_project(ProjectNo no) {
  db_.prepare("DELETE FROM counts WHERE project = ?1").bind(no.value).run();
  db_.prepare("DELETE FROM projects WHERE no = ?1").bind(no.value).run();
}

void SqliteTx::insert_api_key(ApiKey& key) {
  db_.prepare("INSERT INTO api_keys VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")
      .bind(key.id)
      .bind(key.project.value)
      .bind(key.name)
      .bind(key.prefix)
      .bind_blob(key.hash)
      .bind(number(key.livemode))
      .bind(key.scopes)
      .bind(key.created_at)
      .bind(key.last_used_at)
      .bind(key.revoked_at)
      .run();
  key.no = db_.last_row();
}

void SqliteTx::update_api_key(const ApiKey& key) {
  db_.prepare("UPDATE api_keys SET last_used_at = ?2, revoked_at = ?3 WHERE no = ?1")
      .bind(key.no)
      .bind(key.last_used_at)
      .bind(key.revoked_at)
      .run();
}

void SqliteTx::insert_trigger(Trigger& t) {
  cache_.clear();
  const std::string events = encode_list(t.events);
  const std::string gaps = encode_gaps(t.retry.gaps);
  db_.prepare(
         "INSERT INTO triggers (id, project, name, events, server_id, url, status, paused_reason,"
         " sealed_headers, timeout_ms, gaps, jitter_permille, max_in_flight, rate_limit_per_s, "
         "format,"
         " signature, sealed_secret, created_at)"
         " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, "
         "?18)")
      .bind(t.id)
      .bind(t.project.value)
      .bind(t.name)
      .bind(events)
      .bind(t.server_id)
      .bind(t.url)
      .bind(number(t.status))
      .bind(t.paused_reason)
      .bind_blob(t.sealed_headers)
      .bind(t.timeout.count())
      .bind(gaps)
      .bind(t.retry.jitter_permille)
      .bind(t.max_in_flight)
      .bind(t.rate_limit_per_s)
      .bind(number(t.format))
      .bind(number(t.signature))
      .bind_blob(t.sealed_secret)
      .bind(t.created_at)
      .run();
  t.no = {db_.last_row()};
}

void SqliteTx::update_trigger(const Trigger& t) {
  cache_.clear();
  const std::string events = encode_list(t.events);
  const std::string gaps = encode_gaps(t.retry.gaps);
  db_.prepare(
         "UPDATE triggers SET name = ?2, events = ?3, server_id = ?4, url = ?5, sealed_headers = "
         "?6,"
         " timeout_ms = ?7, gaps = ?8, jitter_permille = ?9, max_in_flight = ?10,"
         " rate_limit_per_s = ?11, format = ?12, signature = ?13, sealed_secret = ?14,"
         " sealed_previous = ?15, previous_until = ?16 WHERE no = ?1")
      .bind(t.no.value)
      .bind(t.name)
      .bind(events)
      .bind(t.server_id)
      .bind(t.url)
      .bind_blob(t.sealed_headers)
      .bind(t.timeout.count())
      .bind(gaps)
      .bind(t.retry.jitter_permille)
      .bind(t.max_in_flight)
      .bind(t.rate_limit_per_s)
      .bind(number(t.format))
      .bind(number(t.signature))
      .bind_blob(t.sealed_secret)
      .bind_blob(t.sealed_previous_secret)
      .bind(t.previous_until)
      .run();
  update_trigger_progress(t);
}

void SqliteTx::update_trigger_progress(const Trigger& t) {
  db_.prepare(
         "UPDATE triggers SET status = ?2, paused_reason = ?3, total_runs = ?4, last_run_at = ?5,"
         " streak = ?6, streak_epoch = ?7, last_failure_at = ?8, last_error = ?9 WHERE no = ?1")
      .bind(t.no.value)
      .bind(number(t.status))
      .bind(t.paused_reason)
      .bind(t.total_runs)
      .bind(t.last_run_at)
      .bind(t.streak)
      .bind(t.streak_epoch)
      .bind(t.last_failure_at)
      .bind(t.last_error)
      .run();
}

void SqliteTx::delete_trigger(TriggerNo no) {
  cache_.clear();
  db_.prepare("DELETE FROM triggers WHERE no = ?1").bind(no.value).run();
  db_.prepare("INSERT OR IGNORE INTO graves VALUES (?1)").bind(no.value).run();
}

void SqliteTx::insert_connection(Connection& c) {
  db_.prepare(
         "INSERT INTO connections (id, project, server_id, user_id, display_name, status, metadata,"
         " sealed_credentials, sealed_webhook_secret, sealed_previous_secret, previous_until,"
         " created_at, connected_at, revoked_at, secret_set_at, expires_at)"
         " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)")
      .bind(c.id)
      .bind(c.project.value)
      .bind(c.server_id)
      .bind(c.user_id)
      .bind(c.display_name)
      .bind(number(c.status))
      .bind(c.metadata)
      .bind_blob(c.sealed_credentials)
      .bind_blob(c.sealed_webhook_secret)
      .bind_blob(c.sealed_previous_secret)
      .bind(c.previous_until)
      .bind(c.created_at)
      .bind(c.connected_at)
      .bind(c.revoked_at)
      .bind(c.webhook_secret_set_at)
      .bind(c.expires_at)
      .run();
  c.no = {db_.last_row()};
}

void SqliteTx::update_connection(const Connection& c) {
  db_.prepare(
         "UPDATE connections SET display_name = ?2, status = ?3, metadata = ?4,"
         " sealed_credentials = ?5, sealed_webhook_secret = ?6, sealed_previous_secret = ?7,"
         " previous_until = ?8, connected_at = ?9, revoked_at = ?10, secret_set_at = ?11,"
         " expires_at = ?12 WHERE no = ?1")
      .bind(c.no.value)
      .bind(c.display_name)
      .bind(number(c.status))
      .bind(c.metadata)
      .bind_blob(c.sealed_credentials)
      .bind_blob(c.sealed_webhook_secret)
      .bind_blob(c.sealed_previous_secret)
      .bind(c.previous_until)
      .bind(c.connected_at)
      .bind(c.revoked_at)
      .bind(c.webhook_secret_set_at)
      .bind(c.expires_at)
      .run();
}

void SqliteTx::delete_connection(ConnectionNo no) {
  db_.prepare("DELETE FROM queue WHERE lane = ?1").bind(lane_of(no).value).run();
  db_.prepare("DELETE FROM fetches WHERE connection = ?1").bind(no.value).run();
  db_.prepare("DELETE FROM connection_health WHERE connection = ?1").bind(no.value).run();
  db_.prepare("DELETE FROM connections WHERE no = ?1").bind(no.value).run();
}

void SqliteTx::put_inbound_health(ConnectionNo no, const InboundHealth& health) {
  db_.prepare(
         "INSERT OR REPLACE INTO connection_health SELECT ?1, ?2, ?3, ?4, ?5, ?6"
         " WHERE EXISTS (SELECT 1 FROM connections WHERE no = ?1)")
      .bind(no.value)
      .bind(health.received)
      .bind(health.refused)
      .bind(health.last_received_at)
      .bind(health.last_refused_at)
      .bind(health.last_reason)
      .run();
}

std::int64_t SqliteTx::next_key(Timestamp now) {
  state_.last_key = std::max(state_.last_key + 1, first_key_at(now));
  return state_.last_key;
}

void SqliteTx::append_event(Event& e, Timestamp now) {
  e.key = {next_key(now)};
  const int flags = (e.livemode ? 1 : 0) | (e.integrity == Integrity::unsigned_body ? 2 : 0);
  db_.prepare("INSERT INTO events VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)")
      .bind(e.key.value)
      .bind(e.project.value)
      .bind(e.type)
      .bind(e.source)
      .bind(e.connection.value)
      .bind(e.receipt.value)
      .bind(e.occurred_at)
      .bind(e.received_at)
      .bind(flags)
      .bind_or_null(e.external_reference)
      .bind_or_null(e.dedupe_key)
      .bind_blob(e.data)
      .bind_or_null(e.trace)
      .run();
}

void SqliteTx::append_receipt(Receipt& r, Timestamp now) {
  r.key = {next_key(now)};
  db_.prepare("INSERT INTO receipts VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")
      .bind(r.key.value)
      .bind(r.project.value)
      .bind(r.connection.value)
      .bind(r.received_at)
      .bind(r.note)
      .bind(r.head)
      .bind_blob(r.body)
      .run();
}

void SqliteTx::set_receipt_note(ReceiptKey key, std::string_view note) {
  db_.prepare("UPDATE receipts SET note = ?2 WHERE key = ?1").bind(key.value).bind(note).run();
}

void SqliteTx::enqueue(std::int64_t key, Lane lane, Timestamp due_at) {
  db_.prepare("INSERT INTO queue VALUES (?1, ?2, ?3) ON CONFLICT (key) DO UPDATE SET due_at = ?3")
      .bind(key)
      .bind(lane.value)
      .bind(due_at)
      .run();
}

void SqliteTx::dequeue(std::int64_t key) {
  db_.prepare("DELETE FROM queue WHERE key = ?1").bind(key).run();
}

void SqliteTx::append_delivery(Delivery& d, Timestamp now) {
  d.key = {next_key(now)};
  db_.prepare(
         "INSERT INTO deliveries VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, "
         "?14)")
      .bind(d.key.value)
      .bind(d.event.value)
      .bind(d.trigger.value)
      .bind(d.project.value)
      .bind(number(d.state))
      .bind(number(d.origin))
      .bind(d.body_version * 16 + d.body_format)
      .bind(d.attempts)
      .bind(d.response_status)
      .bind_or_null(d.error)
      .bind(d.due_at)
      .bind(d.finished_at)
      .bind(number(d.receipt_acknowledged))
      .bind(d.streak_epoch)
      .run();
  enqueue(d.key.value, lane_of(d.trigger), d.due_at);
}

void SqliteTx::update_delivery(const Delivery& d) {
  db_.prepare(
         "UPDATE deliveries SET state = ?2, attempts = ?3, status = ?4, error = ?5, due_at = ?6,"
         " finished_at = ?7, receipt_ack = ?8, streak_epoch = ?9 WHERE key = ?1")
      .bind(d.key.value)
      .bind(number(d.state))
      .bind(d.attempts)
      .bind(d.response_status)
      .bind_or_null(d.error)
      .bind(d.due_at)
      .bind(d.finished_at)
      .bind(number(d.receipt_acknowledged))
      .bind(d.streak_epoch)
      .run();
  if (is_finished(d.state)) {
    dequeue(d.key.value);
  } else if (db_.changes() > 0) {  // not when its trigger was deleted and trim() has been here
    enqueue(d.key.value, lane_of(d.trigger), d.due_at);
  }
}

void SqliteTx::pull_to(std::int64_t key, Timestamp due_at) {
  db_.prepare("UPDATE queue SET due_at = ?2 WHERE key = ?1").bind(key).bind(due_at).run();
  db_.prepare("UPDATE deliveries SET due_at = ?2 WHERE key = ?1").bind(key).bind(due_at).run();
  db_.prepare("UPDATE fetches SET due_at = ?2 WHERE receipt = ?1").bind(key).bind(due_at).run();
  db_.prepare("UPDATE runs SET due_at = ?2 WHERE key = ?1").bind(key).bind(due_at).run();
}

void SqliteTx::pull_due_back(Lane lane, Timestamp now, Timestamp latest) {
  std::vector<std::int64_t> late, untried;
  {
    // What was never tried is due since its key was made, so only keys from the future matter.
    auto rows = db_.prepare(
        "SELECT key, due_at > ?4, key >= ?3 AND (EXISTS (SELECT 1 FROM deliveries d WHERE"
        " d.key = q.key AND d.attempts = 0) OR EXISTS (SELECT 1 FROM fetches f WHERE"
        " f.receipt = q.key AND f.attempts = 0) OR EXISTS (SELECT 1 FROM runs r WHERE"
        " r.key = q.key AND r.attempts = 0)) FROM queue q WHERE lane = ?1 AND due_at > ?2");
    rows.bind(lane.value).bind(now).bind(first_key_at(now)).bind(latest);
    while (rows.step()) {
      if (rows.integer(2) != 0) {
        untried.push_back(rows.integer(0));
      } else if (rows.integer(1) != 0) {
        late.push_back(rows.integer(0));
      }
    }
  }
  for (const auto key : untried) pull_to(key, now);
  for (const auto key : late) pull_to(key, latest);
}

void SqliteTx::insert_attempt(const Attempt& a) {
  db_.prepare("INSERT OR IGNORE INTO attempts VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")
      .bind(a.delivery.value)
      .bind(a.number)
      .bind(a.started_at)
      .bind(a.duration.count())
      .bind(a.response_status)
      .bind_or_null(a.error)
      .bind_or_null(a.response_body)
      .run();
}

void SqliteTx::put_fetch(const Fetch& f) {
  db_.prepare("INSERT OR REPLACE INTO fetches VALUES (?1, ?2, ?3, ?4, ?5)")
      .bind(f.receipt.value)
      .bind(f.connection.value)
      .bind(f.attempts)
      .bind(f.due_at)
      .bind(f.error)
      .run();
  enqueue(f.receipt.value, lane_of(f.connection), f.due_at);
}

void SqliteTx::delete_fetch(ReceiptKey receipt) {
  db_.prepare("DELETE FROM fetches WHERE receipt = ?1").bind(receipt.value).run();
  dequeue(receipt.value);
}

void SqliteTx::put_answer(ProjectNo project, std::string_view key, const StoredAnswer& answer) {
  db_.prepare("INSERT OR REPLACE INTO answers VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
      .bind(project.value)
      .bind(key)
      .bind_blob(answer.fingerprint)
      .bind(answer.status)
      .bind_blob(answer.sealed_body)
      .bind(answer.created_at)
      .run();
}

std::int64_t SqliteTx::trim(Timestamp before, Timestamp answers_before, int limit,
                            TrimCursor& cursor) {
  std::int64_t removed = trim_answers(answers_before, limit);
  if (removed < limit) removed += trim_graves(limit - static_cast<int>(removed));
  if (removed < limit) removed += trim_sessions(before, limit - static_cast<int>(removed));
  if (removed < limit) removed += trim_attempt_log(before, limit - static_cast<int>(removed));
  int budget = limit - static_cast<int>(removed);
  while (budget > 0 && !cursor.is_finished()) removed += trim_table(before, budget, cursor);
  return removed;
}

std::int64_t SqliteTx::trim_answers(Timestamp before, int limit) {
  db_.prepare(
         "DELETE FROM answers WHERE (project, key) IN"
         " (SELECT project, key FROM answers WHERE created_at < ?1 LIMIT ?2)")
      .bind(before)
      .bind(limit)
      .run();
  return db_.changes();
}

void SqliteTx::delete_delivery(std::int64_t key) {
  db_.prepare("DELETE FROM attempts WHERE delivery = ?1").bind(key).run();
  dequeue(key);
  db_.prepare("DELETE FROM deliveries WHERE key = ?1").bind(key).run();
}

std::int64_t SqliteTx::trim_graves(int limit) {
  std::int64_t grave = 0;
  {
    auto row = db_.prepare("SELECT trigger FROM graves LIMIT 1");
    if (!row.step()) return 0;
    grave = row.integer(0);
  }
  std::vector<std::int64_t> keys;
  {
    auto rows = db_.prepare("SELECT key FROM deliveries WHERE trigger = ?1 ORDER BY key LIMIT ?2");
    rows.bind(grave).bind(limit);
    while (rows.step()) keys.push_back(rows.integer(0));
  }
  for (const auto key : keys) delete_delivery(key);
  if (keys.empty()) db_.prepare("DELETE FROM graves WHERE trigger = ?1").bind(grave).run();
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(keys.size()));
}

/// Each lists rows after ?1 and before ?2, ?3 of them, and whether they must stay: something still
/// needs them, or their key is from the future (?4 on) and their own time is not before ?5.
constexpr const char* kTrimDeliveries =
    "SELECT key, state < 2 OR (key >= ?4 AND finished_at >= ?5) FROM deliveries"
    " WHERE key > ?1 AND key < ?2 ORDER BY key LIMIT ?3";
constexpr const char* kTrimRuns =
    "SELECT key, state < 2 OR (key >= ?4 AND finished_at >= ?5) FROM runs"
    " WHERE key > ?1 AND key < ?2 ORDER BY key LIMIT ?3";
constexpr const char* kTrimEvents =
    "SELECT key, (key >= ?4 AND received_at >= ?5)"
    " OR EXISTS (SELECT 1 FROM deliveries d WHERE d.event = e.key AND d.key > e.key"
    " AND d.key < coalesce((SELECT key FROM events WHERE key > e.key ORDER BY key LIMIT 1),"
    " 9223372036854775807)) OR EXISTS (SELECT 1 FROM deliveries d WHERE d.event = e.key"
    " AND d.origin >= 2) OR EXISTS (SELECT 1 FROM runs r WHERE r.event = e.key AND r.event > 0)"
    " FROM events e WHERE key > ?1 AND key < ?2 ORDER BY key LIMIT ?3";
constexpr const char* kTrimReceipts =
    "SELECT key, (key >= ?4 AND received_at >= ?5)"
    " OR EXISTS (SELECT 1 FROM fetches f WHERE f.receipt = r.key)"
    " OR EXISTS (SELECT 1 FROM events e WHERE e.receipt = r.key AND e.receipt > 0)"
    " FROM receipts r WHERE key > ?1 AND key < ?2 ORDER BY key LIMIT ?3";

/// The next rows of the cursor's table, as far as the budget goes.
std::int64_t SqliteTx::trim_table(Timestamp before, int& budget, TrimCursor& cursor) {
  const std::int64_t end = first_key_at(before);
  using Table = TrimCursor::Table;
  const Table table = cursor.table;
  const char* const sql = table == Table::deliveries ? kTrimDeliveries
                          : table == Table::runs     ? kTrimRuns
                          : table == Table::events   ? kTrimEvents
                                                     : kTrimReceipts;
  std::vector<std::int64_t> unneeded;
  int seen = 0;
  {
    auto rows = db_.prepare(sql);
    rows.bind(cursor.key).bind(keys_run_ahead() ? INT64_MAX : end).bind(budget);
    rows.bind(end).bind(before);
    while (rows.step()) {
      ++seen;
      cursor.key = rows.integer(0);
      if (rows.integer(1) == 0) unneeded.push_back(cursor.key);
    }
  }
  for (const auto key : unneeded) {
    if (table == Table::deliveries) delete_delivery(key);
    if (table == Table::runs) delete_run(key);
    if (table == Table::events) db_.prepare("DELETE FROM events WHERE key = ?1").bind(key).run();
    if (table == Table::receipts)
      db_.prepare("DELETE FROM receipts WHERE key = ?1").bind(key).run();
  }
  if (seen < budget) cursor = {.table = static_cast<Table>(static_cast<int>(table) + 1)};
  budget -= seen;
  return static_cast<std::int64_t>(unneeded.size());
}

}  // namespace malote::store
