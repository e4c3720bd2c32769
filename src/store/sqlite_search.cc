// Searches that look at a bounded number of rows.
#include "base/bytes.h"
#include "base/json_writer.h"
#include "store/sqlite_rows.h"

namespace malote::store {

namespace {

constexpr std::int64_t kMostBytes = 16 * 1024 * 1024;  // of data, in one search of events

/// Delivery states by EventState, which has no number for "none".
int delivery_state_of(EventState state) {
  switch (state) {
    case EventState::waiting: return static_cast<int>(DeliveryState::pending);
    case EventState::failing: return static_cast<int>(DeliveryState::failed);
    case EventState::delivered: return static_cast<int>(DeliveryState::delivered);
    case EventState::dead: return static_cast<int>(DeliveryState::dead);
    case EventState::none: break;
  }
  return -1;
}

}  // namespace

// A row comes with whether it fits, so that rows that do not are counted, too, and never read
// whole. The first deliveries of an event stand between its key and the next event's; later ones
// are in an index of their own.
#define DELIVERY_FITS "(?9 = 0 OR d.trigger = ?9) AND (?10 < 0 OR d.state = ?10)"
#define SEARCH_EVENTS                                                                         \
  "SELECT " EVENT_COLUMNS                                                                     \
  ", length(data), project = ?1 AND received_at >= ?4 AND received_at < ?5"                   \
  " AND (?6 IS NULL OR type GLOB ?6) AND (?7 IS NULL OR source = ?7)"                         \
  " AND (?8 = 0 OR connection = ?8) AND (?12 IS NULL OR instr(lower(type), ?12)"              \
  " OR instr(printf('evt_%016x', e.key), ?12) OR instr(lower(external_reference), ?12)"       \
  " OR instr(lower(CAST(data AS TEXT)), ?12)"                                                 \
  " OR (?15 IS NOT NULL AND instr(lower(CAST(data AS TEXT)), ?15))"                           \
  " OR (?16 IS NOT NULL AND instr(lower(CAST(data AS TEXT)), ?16)))"                          \
  " AND (?11 = 0 OR ?11 = (EXISTS (SELECT 1 FROM deliveries d WHERE d.event = e.key"          \
  " AND d.origin < 2 AND d.key > e.key AND d.key <"                                           \
  " coalesce((SELECT n.key FROM events n WHERE n.key > e.key ORDER BY n.key LIMIT 1), ?14)"   \
  " AND " DELIVERY_FITS                                                                       \
  ") OR EXISTS (SELECT 1 FROM deliveries d INDEXED BY deliveries_again WHERE d.event = e.key" \
  " AND d.origin >= 2 AND " DELIVERY_FITS                                                     \
  ")) + 1)"                                                                                   \
  " FROM events e WHERE (?13 IS NULL OR external_reference = ?13) AND key < ?2 AND key >= ?3"

Scan<Event> SqliteReadTx::search_events(const EventFilter& filter, Page page, int most) const {
  const bool by_reference = !filter.external_reference.empty();
  auto rows = by_reference
                  ? db_.prepare(SEARCH_EVENTS " AND external_reference = ?13 ORDER BY key DESC")
                  : db_.prepare(SEARCH_EVENTS " ORDER BY key DESC");
  const std::int64_t until = filter.until == Timestamp{} ? kNoBound : to_ms(filter.until);
  const int state = filter.state ? delivery_state_of(*filter.state) : -1;
  const bool by_delivery = filter.trigger || filter.state.has_value();
  const int wanted = !by_delivery ? 0 : filter.state == EventState::none ? 1 : 2;
  const std::string text = to_lower(filter.text);
  std::string escaped = json::ascii(text), with_slashes = escaped;
  for (auto at = with_slashes.find('/'); at != std::string::npos;
       at = with_slashes.find('/', at + 2))
    with_slashes.insert(at, 1, '\\');  // as PHP writes it
  if (with_slashes == escaped) with_slashes.clear();
  if (escaped == text) escaped.clear();
  rows.bind(filter.project.value).bind(upper_key(filter.until, page));
  rows.bind(first_key_at(filter.since)).bind(filter.since).bind(until);
  rows.bind_or_null(filter.type).bind_or_null(filter.source).bind(filter.connection.value);
  rows.bind(filter.trigger.value).bind(state).bind(wanted).bind_or_null(text);
  rows.bind_or_null(filter.external_reference).bind(kNoBound);
  rows.bind_or_null(escaped).bind_or_null(with_slashes);
  Scan<Event> scan;
  std::int64_t bytes = 0;
  while (rows.step()) {
    if (scan.looked_at == most || bytes >= kMostBytes ||
        static_cast<int>(scan.rows.size()) == page.limit) {
      scan.is_end = false;
      break;
    }
    ++scan.looked_at;
    scan.key = rows.integer(0);
    scan.at = rows.time(7);
    bytes += rows.integer(13);
    if (rows.integer(14) != 0) scan.rows.push_back(event_of(rows));
  }
  return scan;
}

Scan<Delivery> SqliteReadTx::search_dead_letters(const DeadLetterFilter& filter, Page page,
                                                 int most) const {
  auto rows = db_.prepare(
      "SELECT " DELIVERY_COLUMNS
      ", project = ?2 AND (?6 IS NULL OR EXISTS (SELECT 1 FROM events e WHERE e.key = d.event"
      " AND e.type GLOB ?6)) AND (?7 IS NULL OR instr(lower(error), ?7)) AND (?8 = 0 OR status = "
      "?8)"
      " FROM deliveries d INDEXED BY deliveries_dead WHERE state = 3 AND trigger = ?1"
      " AND (finished_at, key) < (?3, ?4) AND finished_at >= ?5"
      " ORDER BY finished_at DESC, key DESC");
  const std::string error = to_lower(filter.error);
  std::int64_t upper_at = filter.until == Timestamp{} ? kNoBound : to_ms(filter.until);
  std::int64_t upper_key = 0;  // of those that died at that very time: none
  if (page.before_at != Timestamp{} && to_ms(page.before_at) < upper_at) {
    upper_at = to_ms(page.before_at);
    upper_key = page.before;
  }
  rows.bind(filter.trigger.value).bind(filter.project.value).bind(upper_at).bind(upper_key);
  rows.bind(filter.since).bind_or_null(filter.event).bind_or_null(error).bind(filter.status);
  Scan<Delivery> scan;
  while (rows.step()) {
    if (scan.looked_at == most || static_cast<int>(scan.rows.size()) == page.limit) {
      scan.is_end = false;
      break;
    }
    ++scan.looked_at;
    scan.key = rows.integer(0);
    scan.at = rows.time(11);
    if (rows.integer(14) != 0) scan.rows.push_back(delivery_of(rows));
  }
  return scan;
}

bool SqliteReadTx::is_sent_again(const Delivery& delivery) const {
  auto row = db_.prepare(
      "SELECT 1 FROM deliveries INDEXED BY deliveries_again WHERE event = ?1 AND origin >= 2"
      " AND key > ?2 AND trigger = ?3 LIMIT 1");
  row.bind(delivery.event.value).bind(delivery.key.value).bind(delivery.trigger.value);
  return row.step();
}

}  // namespace malote::store
