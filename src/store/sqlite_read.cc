// Reads of the SQLite store.
#include "base/check.h"
#include "base/json.h"
#include "base/json_writer.h"
#include "store/sqlite_rows.h"
#include "store/sqlite_tx.h"

namespace malote::store {

namespace {

json::Document stored_json(const std::string& text) {
  auto document = json::Document::parse(text);
  MALOTE_CHECK(document.has_value(), "list columns hold the JSON that this module wrote");
  return std::move(*document);
}

Project project_of(const Statement& row) {
  return {.no = {row.integer(0)},
          .id = row.text(1),
          .name = row.text(2),
          .slug = row.text(3),
          .is_default = row.small(4) != 0,
          .livemode = row.small(5) != 0,
          .created_at = row.time(6)};
}

#define PROJECT_COLUMNS "no, id, name, slug, is_default, livemode, created_at"

#define TRIGGER_COLUMNS                                                                        \
  "no, id, project, name, events, server_id, url, status, paused_reason, sealed_headers, "     \
  "timeout_ms,"                                                                                \
  " gaps, jitter_permille, max_in_flight, rate_limit_per_s, format, signature, sealed_secret," \
  " created_at, total_runs, last_run_at, streak, streak_epoch, last_failure_at, last_error,"   \
  " sealed_previous, previous_until"

Trigger trigger_of(const Statement& row) {
  Trigger trigger{.no = {row.integer(0)},
                  .id = row.text(1),
                  .project = {row.integer(2)},
                  .name = row.text(3),
                  .events = decode_list(row.text(4)),
                  .server_id = row.text(5),
                  .url = row.text(6),
                  .status = static_cast<TriggerStatus>(row.small(7)),
                  .paused_reason = row.text(8)};
  trigger.sealed_headers = row.text(9);
  trigger.timeout = Millis{row.integer(10)};
  const auto gaps = stored_json(row.text(11));
  for (const auto gap : gaps.root()) trigger.retry.gaps.emplace_back(gap.as_int().value_or(0));
  trigger.retry.jitter_permille = row.small(12);
  trigger.max_in_flight = row.small(13);
  trigger.rate_limit_per_s = row.small(14);
  trigger.format = static_cast<PayloadFormat>(row.small(15));
  trigger.signature = static_cast<SignatureScheme>(row.small(16));
  trigger.sealed_secret = row.text(17);
  trigger.created_at = row.time(18);
  trigger.total_runs = row.integer(19);
  trigger.last_run_at = row.time(20);
  trigger.streak = row.small(21);
  trigger.streak_epoch = row.integer(22);
  trigger.last_failure_at = row.time(23);
  trigger.last_error = row.text(24);
  trigger.sealed_previous_secret = row.text(25);
  trigger.previous_until = row.time(26);
  return trigger;
}

#define CONNECTION_COLUMNS                                                                    \
  "no, id, project, server_id, user_id, display_name, status, metadata, sealed_credentials,"  \
  " sealed_webhook_secret, sealed_previous_secret, previous_until, created_at, connected_at," \
  " revoked_at, secret_set_at, expires_at"

Connection connection_of(const Statement& row) {
  return {.no = {row.integer(0)},
          .id = row.text(1),
          .project = {row.integer(2)},
          .server_id = row.text(3),
          .user_id = row.text(4),
          .display_name = row.text(5),
          .status = static_cast<ConnectionStatus>(row.small(6)),
          .metadata = row.text(7),
          .sealed_credentials = row.text(8),
          .sealed_webhook_secret = row.text(9),
          .sealed_previous_secret = row.text(10),
          .previous_until = row.time(11),
          .created_at = row.time(12),
          .connected_at = row.time(13),
          .revoked_at = row.time(14),
          .webhook_secret_set_at = row.time(15),
          .expires_at = row.time(16)};
}

}  // namespace

std::string encode_list(const std::vector<std::string>& list) {
  json::Writer w;
  w.array();
  for (const auto& item : list) w.string(item);
  return std::move(w.end()).text();
}

std::vector<std::string> decode_list(std::string_view text) {
  std::vector<std::string> list;
  const auto document = stored_json(std::string{text});
  for (const auto item : document.root()) list.emplace_back(item.as_string().value_or(""));
  return list;
}

std::string SqliteReadTx::setting(std::string_view name) const {
  auto row = db_.prepare("SELECT value FROM settings WHERE name = ?1");
  row.bind(name);
  return row.step() ? row.text(0) : std::string{};
}

std::vector<Project> SqliteReadTx::projects() const {
  auto rows = db_.prepare("SELECT " PROJECT_COLUMNS " FROM projects ORDER BY no");
  return all<Project>(rows, project_of);
}

std::optional<Project> SqliteReadTx::project(std::string_view id) const {
  auto row = db_.prepare("SELECT " PROJECT_COLUMNS " FROM projects WHERE id = ?1");
  row.bind(id);
  return one<Project>(row, project_of);
}

std::vector<ApiKey> SqliteReadTx::api_keys() const {
  auto rows = db_.prepare(
      "SELECT no, id, project, name, prefix, hash, livemode, scopes, created_at, last_used_at,"
      " revoked_at FROM api_keys ORDER BY no");
  return all<ApiKey>(rows, [](const Statement& row) {
    return ApiKey{.no = row.integer(0),
                  .id = row.text(1),
                  .project = {row.integer(2)},
                  .name = row.text(3),
                  .prefix = row.text(4),
                  .hash = row.text(5),
                  .livemode = row.small(6) != 0,
                  .scopes = row.text(7),
                  .created_at = row.time(8),
                  .last_used_at = row.time(9),
                  .revoked_at = row.time(10)};
  });
}

std::optional<Trigger> SqliteReadTx::trigger(TriggerNo no) const {
  auto row = db_.prepare("SELECT " TRIGGER_COLUMNS " FROM triggers WHERE no = ?1");
  row.bind(no.value);
  return one<Trigger>(row, trigger_of);
}

std::optional<Trigger> SqliteReadTx::trigger(ProjectNo project, std::string_view id) const {
  auto row = db_.prepare("SELECT " TRIGGER_COLUMNS " FROM triggers WHERE id = ?1 AND project = ?2");
  row.bind(id).bind(project.value);
  return one<Trigger>(row, trigger_of);
}

std::vector<Trigger> SqliteReadTx::triggers(const TriggerFilter& filter, Page page) const {
  auto rows = db_.prepare("SELECT " TRIGGER_COLUMNS
                          " FROM triggers WHERE project = ?1 AND no < ?2"
                          " AND (?3 < 0 OR status = ?3) AND (?4 IS NULL OR instr(events, ?4))"
                          " AND (?5 IS NULL OR server_id = ?5) ORDER BY no DESC LIMIT ?6");
  int status = -1;
  for (const auto value : {TriggerStatus::active, TriggerStatus::paused, TriggerStatus::error}) {
    if (word(value) == filter.status) status = static_cast<int>(value);
  }
  if (!filter.status.empty() && status < 0) return {};
  const std::string event = filter.event.empty() ? "" : '"' + filter.event + '"';
  rows.bind(filter.project.value).bind(bound(page.before)).bind(status).bind_or_null(event);
  rows.bind_or_null(filter.server_id).bind(page.limit);
  return all<Trigger>(rows, trigger_of);
}

const std::vector<Subscription>& SqliteReadTx::subscriptions(ProjectNo project) const {
  const auto [at, fresh] = cache_.triggers.try_emplace(project.value);
  if (!fresh) return at->second;
  auto rows = db_.prepare(
      "SELECT no, events, server_id, format FROM triggers WHERE project = ?1 ORDER BY no");
  rows.bind(project.value);
  at->second = all<Subscription>(rows, [](const Statement& row) {
    return Subscription{.no = {row.integer(0)},
                        .events = decode_list(row.text(1)),
                        .server_id = row.text(2),
                        .format = static_cast<PayloadFormat>(row.small(3))};
  });
  return at->second;
}

std::optional<Connection> SqliteReadTx::connection(std::string_view id) const {
  auto row = db_.prepare("SELECT " CONNECTION_COLUMNS " FROM connections WHERE id = ?1");
  row.bind(id);
  return one<Connection>(row, connection_of);
}

std::optional<Connection> SqliteReadTx::connection(ConnectionNo no) const {
  auto row = db_.prepare("SELECT " CONNECTION_COLUMNS " FROM connections WHERE no = ?1");
  row.bind(no.value);
  return one<Connection>(row, connection_of);
}

std::vector<Connection> SqliteReadTx::connections(const ConnectionFilter& filter, Page page) const {
  auto rows = db_.prepare("SELECT " CONNECTION_COLUMNS
                          " FROM connections WHERE project = ?1 AND no < ?2"
                          " AND (?3 < 0 OR status = ?3) AND (?4 IS NULL OR server_id = ?4)"
                          " AND (?5 IS NULL OR user_id = ?5) ORDER BY no DESC LIMIT ?6");
  int status = -1;
  for (const auto value : {ConnectionStatus::pending, ConnectionStatus::connected,
                           ConnectionStatus::revoked, ConnectionStatus::expired}) {
    if (word(value) == filter.status) status = static_cast<int>(value);
  }
  if (!filter.status.empty() && status < 0) return {};
  rows.bind(filter.project.value).bind(bound(page.before)).bind(status);
  rows.bind_or_null(filter.server_id).bind_or_null(filter.user_id).bind(page.limit);
  return all<Connection>(rows, connection_of);
}

std::vector<Connection> SqliteReadTx::expired_connections(Timestamp now, int limit) const {
  auto rows = db_.prepare("SELECT " CONNECTION_COLUMNS
                          " FROM connections WHERE expires_at > 0 AND expires_at <= ?1"
                          " AND status = ?2 ORDER BY expires_at LIMIT ?3");
  rows.bind(now).bind(static_cast<int>(ConnectionStatus::connected)).bind(limit);
  return all<Connection>(rows, connection_of);
}

std::vector<HealthRow> SqliteReadTx::inbound_health() const {
  auto rows = db_.prepare(
      "SELECT c.no, c.id, h.received, h.refused, h.last_received_at, h.last_refused_at,"
      " h.last_reason FROM connection_health h JOIN connections c ON c.no = h.connection");
  return all<HealthRow>(rows, [](const Statement& r) {
    return HealthRow{.connection = {r.integer(0)},
                     .id = r.text(1),
                     .health = {.received = r.integer(2),
                                .refused = r.integer(3),
                                .last_received_at = r.time(4),
                                .last_refused_at = r.time(5),
                                .last_reason = r.text(6)}};
  });
}

std::optional<Event> SqliteReadTx::event(EventKey key) const {
  auto row = db_.prepare("SELECT " EVENT_COLUMNS " FROM events WHERE key = ?1");
  row.bind(key.value);
  return one<Event>(row, event_of);
}

std::optional<EventKey> SqliteReadTx::event_by_dedupe(ProjectNo project, ConnectionNo connection,
                                                      std::string_view dedupe_key) const {
  auto row = db_.prepare(
      "SELECT key FROM events WHERE CASE connection WHEN 0 THEN -project ELSE connection END = ?1"
      " AND dedupe_key = ?2 AND dedupe_key IS NOT NULL");
  row.bind(connection ? connection.value : -project.value).bind(dedupe_key);
  if (!row.step()) return {};
  return EventKey{row.integer(0)};
}

/// A clock that was ahead for a while leaves keys of the future, and all later ones follow them.
bool SqliteReadTx::keys_run_ahead() const {
  constexpr Millis kTolerated{60'000};
  const auto is_ahead = [&](const char* newest) {
    auto row = db_.prepare(newest);
    return row.step() && time_of_key(row.integer(0)) > row.time(1) + kTolerated;
  };
  return is_ahead("SELECT key, received_at FROM events ORDER BY key DESC LIMIT 1") ||
         is_ahead("SELECT key, received_at FROM receipts ORDER BY key DESC LIMIT 1");
}

/// A key is never earlier than its time, but may be later.
std::int64_t SqliteReadTx::upper_key(Timestamp until, const Page& page) const {
  if (until == Timestamp{} || keys_run_ahead()) return bound(page.before);
  return std::min(bound(page.before), first_key_at(until));
}

std::vector<Event> SqliteReadTx::events(const EventFilter& filter, Page page) const {
  const std::int64_t until = filter.until == Timestamp{} ? kNoBound : to_ms(filter.until);
  const std::int64_t upper = upper_key(filter.until, page);
  const auto bind = [&](Statement& rows) {
    rows.bind(filter.project.value).bind(upper).bind(first_key_at(filter.since));
    rows.bind_or_null(filter.type).bind_or_null(filter.source).bind(filter.connection.value);
    rows.bind(page.limit).bind_or_null(filter.external_reference);
    rows.bind(filter.since).bind(until);
  };
#define EVENT_CONDITIONS                                                      \
  " project = ?1 AND key < ?2 AND key >= ?3 AND (?4 IS NULL OR type GLOB ?4)" \
  " AND (?5 IS NULL OR source = ?5) AND (?6 = 0 OR connection = ?6)"          \
  " AND received_at >= ?9 AND received_at < ?10"
  if (!filter.external_reference.empty()) {
    auto rows = db_.prepare("SELECT " EVENT_COLUMNS
                            " FROM events WHERE external_reference = ?8 AND" EVENT_CONDITIONS
                            " ORDER BY key DESC LIMIT ?7");
    bind(rows);
    return all<Event>(rows, event_of);
  }
  auto rows =
      db_.prepare("SELECT " EVENT_COLUMNS " FROM events WHERE ?8 IS NULL AND" EVENT_CONDITIONS
                  " ORDER BY key DESC LIMIT ?7");
  bind(rows);
  return all<Event>(rows, event_of);
}

EventScan SqliteReadTx::scan_events(const EventFilter& filter, EventKey after, int rows,
                                    std::int64_t bytes) const {
  EventScan scan{.end = after};
  {
    auto row = db_.prepare(
        "SELECT max(key) FROM (SELECT key FROM events WHERE key > ?1 ORDER BY key LIMIT ?2)");
    row.bind(after.value).bind(rows);
    if (!row.step() || row.integer(0) == 0) return scan;
    scan.end = {row.integer(0)};
  }
  auto found = db_.prepare("SELECT " EVENT_COLUMNS
                           " FROM events WHERE key > ?1 AND key <= ?2 AND project = ?3"
                           " AND (?4 IS NULL OR type GLOB ?4) AND (?5 IS NULL OR source = ?5)"
                           " AND (?6 = 0 OR connection = ?6) ORDER BY key");
  found.bind(after.value).bind(scan.end.value).bind(filter.project.value);
  found.bind_or_null(filter.type).bind_or_null(filter.source).bind(filter.connection.value);
  while (found.step()) {
    scan.events.push_back(event_of(found));
    bytes -= static_cast<std::int64_t>(scan.events.back().data.size());
    if (bytes > 0) continue;
    scan.end = scan.events.back().key;
    break;
  }
  return scan;
}

EventKey SqliteReadTx::last_event() const {
  auto row = db_.prepare("SELECT coalesce(max(key), 0) FROM events");
  return {row.step() ? row.integer(0) : 0};
}

std::optional<Receipt> SqliteReadTx::receipt(ReceiptKey key) const {
  auto row = db_.prepare(
      "SELECT key, project, connection, received_at, note, head, body FROM receipts WHERE key = "
      "?1");
  row.bind(key.value);
  return one<Receipt>(row, [](const Statement& r) {
    return Receipt{.key = {r.integer(0)},
                   .project = {r.integer(1)},
                   .connection = {r.integer(2)},
                   .received_at = r.time(3),
                   .head = r.text(5),
                   .body = r.text(6),
                   .note = r.text(4)};
  });
}

std::optional<Delivery> SqliteReadTx::delivery(DeliveryKey key) const {
  auto row = db_.prepare("SELECT " DELIVERY_COLUMNS " FROM deliveries WHERE key = ?1");
  row.bind(key.value);
  return one<Delivery>(row, delivery_of);
}

std::vector<Delivery> SqliteReadTx::deliveries(const DeliveryFilter& filter, Page page) const {
  const int state = filter.state ? static_cast<int>(*filter.state) : -1;
  const auto run = [&](const char* sql) {
    auto rows = db_.prepare(sql);
    rows.bind(filter.project.value).bind(bound(page.before)).bind(page.limit).bind(state);
    rows.bind(filter.trigger.value).bind(filter.event.value);
    return all<Delivery>(rows, delivery_of);
  };
#define DELIVERY_CONDITIONS \
  " project = ?1 AND key < ?2 AND (?4 < 0 OR state = ?4) AND (?5 = 0 OR trigger = ?5)"
  if (filter.event) {
    // The first deliveries stand between the event's key and the next event's; later ones are in
    // an index of their own.
    return run("SELECT " DELIVERY_COLUMNS
               " FROM deliveries WHERE event = ?6 AND key > ?6 AND origin < 2 AND key <"
               " coalesce((SELECT key FROM events WHERE key > ?6 ORDER BY key LIMIT 1), ?2)"
               " AND" DELIVERY_CONDITIONS " UNION ALL SELECT " DELIVERY_COLUMNS
               " FROM deliveries INDEXED BY deliveries_again WHERE event = ?6 AND origin >= 2"
               " AND" DELIVERY_CONDITIONS " ORDER BY key DESC LIMIT ?3");
  }
  if (filter.state == DeliveryState::dead && filter.trigger) {
    auto rows =
        db_.prepare("SELECT " DELIVERY_COLUMNS
                    " FROM deliveries INDEXED BY deliveries_dead WHERE state = 3 AND trigger = ?1"
                    " AND project = ?2 AND (finished_at, key) < (?3, ?4)"
                    " ORDER BY finished_at DESC, key DESC LIMIT ?5");
    const bool first = page.before_at == Timestamp{};
    rows.bind(filter.trigger.value).bind(filter.project.value);
    rows.bind(first ? kNoBound : to_ms(page.before_at)).bind(bound(page.before)).bind(page.limit);
    return all<Delivery>(rows, delivery_of);
  }
  if (filter.trigger) {
    return run("SELECT " DELIVERY_COLUMNS
               " FROM deliveries INDEXED BY deliveries_by_trigger WHERE trigger = ?5 AND ?6 = 0"
               " AND" DELIVERY_CONDITIONS " ORDER BY key DESC LIMIT ?3");
  }
  if (filter.state == DeliveryState::dead) {
    return run("SELECT " DELIVERY_COLUMNS
               " FROM deliveries INDEXED BY deliveries_dead WHERE state = 3 AND ?6 = 0"
               " AND" DELIVERY_CONDITIONS " ORDER BY key DESC LIMIT ?3");
  }
  if (filter.waits_past != Timestamp{}) {
    // From the active triggers to what waits on their lanes: the backlog of the others costs
    // nothing.
    auto rows = db_.prepare(
        "SELECT d.key, d.event, d.trigger, d.project, d.state, d.origin, d.body, d.attempts, "
        "d.status,"
        " d.error, d.due_at, d.finished_at, d.receipt_ack, d.streak_epoch FROM triggers t CROSS "
        "JOIN queue q ON q.lane = t.no * 4 AND q.due_at > ?2"
        " CROSS JOIN deliveries d ON d.key = q.key"
        " WHERE t.project = ?1 AND t.status = 0 AND d.state = 1 LIMIT ?3");
    rows.bind(filter.project.value).bind(filter.waits_past).bind(page.limit);
    return all<Delivery>(rows, delivery_of);
  }
  if (filter.state == DeliveryState::failed) {
    return run("SELECT " DELIVERY_COLUMNS
               " FROM deliveries INDEXED BY deliveries_failed WHERE state = 1 AND ?6 = 0"
               " AND" DELIVERY_CONDITIONS " ORDER BY key DESC LIMIT ?3");
  }
  if (filter.state == DeliveryState::pending) {
    return run("SELECT " DELIVERY_COLUMNS
               " FROM (SELECT key AS queued FROM queue WHERE key < ?2 ORDER BY key DESC)"
               " CROSS JOIN deliveries ON key = queued WHERE ?6 = 0 AND" DELIVERY_CONDITIONS
               " ORDER BY queued DESC LIMIT ?3");
  }
  return run("SELECT " DELIVERY_COLUMNS " FROM deliveries WHERE ?6 = 0 AND" DELIVERY_CONDITIONS
             " ORDER BY key DESC LIMIT ?3");
}

std::vector<Attempt> SqliteReadTx::attempts(DeliveryKey key) const {
  auto rows = db_.prepare(
      "SELECT number, started_at, duration_ms, status, error, response_body FROM attempts"
      " WHERE delivery = ?1 ORDER BY number");
  rows.bind(key.value);
  return all<Attempt>(rows, [&](const Statement& row) {
    return Attempt{.delivery = key,
                   .number = row.small(0),
                   .started_at = row.time(1),
                   .duration = Millis{row.integer(2)},
                   .response_status = row.small(3),
                   .error = row.text(4),
                   .response_body = row.text(5)};
  });
}

std::int64_t SqliteReadTx::pending_count(Lane lane) const {
  auto row = db_.prepare("SELECT count(*) FROM queue WHERE lane = ?1");
  row.bind(lane.value);
  return row.step() ? row.integer(0) : 0;
}

/// Hops from lane to lane, so that the cost follows the number of lanes, not of entries.
std::vector<LaneHead> SqliteReadTx::lane_heads() const {
  std::vector<LaneHead> heads;
  std::int64_t after = INT64_MIN;
  while (true) {
    auto row =
        db_.prepare("SELECT lane, due_at FROM queue WHERE lane > ?1 ORDER BY lane, due_at LIMIT 1");
    row.bind(after);
    if (!row.step()) return heads;
    after = row.integer(0);
    heads.push_back({{after}, row.time(1)});
  }
}

std::optional<LaneHead> SqliteReadTx::lane_head(Lane lane) const {
  auto row = db_.prepare("SELECT due_at FROM queue WHERE lane = ?1 ORDER BY due_at LIMIT 1");
  row.bind(lane.value);
  if (!row.step()) return {};
  return LaneHead{lane, row.time(0)};
}

std::vector<QueueItem> SqliteReadTx::due(Lane lane, Timestamp now, int limit) const {
  auto rows = db_.prepare(
      "SELECT key, due_at FROM queue WHERE lane = ?1 AND due_at <= ?2 ORDER BY due_at, key LIMIT "
      "?3");
  rows.bind(lane.value).bind(now).bind(limit);
  return all<QueueItem>(rows, [](const Statement& row) {
    return QueueItem{row.integer(0), row.time(1)};
  });
}

std::optional<Fetch> SqliteReadTx::fetch(ReceiptKey receipt) const {
  auto row =
      db_.prepare("SELECT connection, attempts, due_at, error FROM fetches WHERE receipt = ?1");
  row.bind(receipt.value);
  return one<Fetch>(row, [&](const Statement& r) {
    return Fetch{.receipt = receipt,
                 .connection = {r.integer(0)},
                 .attempts = r.small(1),
                 .due_at = r.time(2),
                 .error = r.text(3)};
  });
}

std::optional<StoredAnswer> SqliteReadTx::answer(ProjectNo project, std::string_view key) const {
  auto row = db_.prepare(
      "SELECT fingerprint, status, body, created_at FROM answers WHERE project = ?1 AND key = ?2");
  row.bind(project.value).bind(key);
  return one<StoredAnswer>(row, [](const Statement& r) {
    return StoredAnswer{.fingerprint = r.text(0),
                        .status = r.small(1),
                        .sealed_body = r.text(2),
                        .created_at = r.time(3)};
  });
}

Totals SqliteReadTx::totals() const {
  auto row = db_.prepare(
      "SELECT (SELECT count(*) FROM queue), (SELECT count(*) FROM deliveries WHERE state = 3),"
      " (SELECT page_count FROM pragma_page_count()) * (SELECT page_size FROM pragma_page_size()),"
      " (SELECT freelist_count FROM pragma_freelist_count()) *"
      " (SELECT page_size FROM pragma_page_size())");
  if (!row.step()) return {};
  return {.deliveries_pending = row.integer(0),
          .deliveries_dead = row.integer(1),
          .bytes = row.integer(2) - row.integer(3)};
}

}  // namespace malote::store
