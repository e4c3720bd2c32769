// The typed operations of ports/store.h on one SQLite connection. Reads in sqlite_read.cc, writes
// in sqlite_write.cc. Lives inside one transaction on one thread.
#pragma once

#include <array>
#include <map>

#include "ports/store.h"
#include "sqlite/db.h"

namespace malote::store {

using sqlite::Db;
using sqlite::Statement;

/// Who waits for events, by project, for fan-out. The writer keeps one over transactions and drops
/// it whenever a transaction changed triggers or loops, or failed.
struct SubscriptionCache {
  std::map<std::int64_t, std::vector<Subscription>> triggers{};
  std::map<std::int64_t, std::vector<LoopSubscription>> loops{};
  void clear() {
    triggers.clear();
    loops.clear();
  }
};

class SqliteReadTx : public virtual ReadTx {
 public:
  SqliteReadTx(const Db& db, SubscriptionCache& cache) : db_(db), cache_(cache) {}

  std::string setting(std::string_view name) const override;
  std::vector<Project> projects() const override;
  std::optional<Project> project(std::string_view id) const override;
  std::vector<ApiKey> api_keys() const override;
  std::optional<Trigger> trigger(TriggerNo no) const override;
  std::optional<Trigger> trigger(ProjectNo project, std::string_view id) const override;
  std::vector<Trigger> triggers(const TriggerFilter& filter, Page page) const override;
  const std::vector<Subscription>& subscriptions(ProjectNo project) const override;
  std::optional<Connection> connection(std::string_view id) const override;
  std::optional<Connection> connection(ConnectionNo no) const override;
  std::vector<Connection> connections(const ConnectionFilter& filter, Page page) const override;
  std::vector<Connection> expired_connections(Timestamp now, int limit) const override;
  std::vector<HealthRow> inbound_health() const override;
  std::optional<Event> event(EventKey key) const override;
  std::optional<EventKey> event_by_dedupe(ProjectNo project, ConnectionNo connection,
                                          std::string_view dedupe_key) const override;
  std::vector<Event> events(const EventFilter& filter, Page page) const override;
  EventScan scan_events(const EventFilter& filter, EventKey after, int rows,
                        std::int64_t bytes) const override;
  EventKey last_event() const override;
  std::optional<Receipt> receipt(ReceiptKey key) const override;
  std::optional<Delivery> delivery(DeliveryKey key) const override;
  std::vector<Delivery> deliveries(const DeliveryFilter& filter, Page page) const override;
  std::vector<Attempt> attempts(DeliveryKey key) const override;
  std::vector<LoggedAttempt> attempts_after(AttemptPlace after, int limit) const override;
  AttemptPlace last_logged_attempt() const override;
  std::int64_t pending_count(Lane lane) const override;
  std::vector<LaneHead> lane_heads() const override;
  std::optional<LaneHead> lane_head(Lane lane) const override;
  std::vector<QueueItem> due(Lane lane, Timestamp now, int limit) const override;
  std::optional<Fetch> fetch(ReceiptKey receipt) const override;
  std::optional<StoredAnswer> answer(ProjectNo project, std::string_view key) const override;
  Totals totals() const override;

  // sqlite_sessions.cc
  std::optional<Session> session(ProjectNo project, std::string_view id) const override;
  std::vector<Session> sessions(const SessionFilter& filter, Page page) const override;
  std::optional<ToolCall> tool_call(ProjectNo project, ToolCallNo no) const override;
  std::optional<ToolCall> tool_call_by_dedupe(ProjectNo project,
                                              std::string_view key) const override;
  std::vector<ToolCall> tool_calls(const ToolCallFilter& filter, Page page) const override;
  std::int64_t count_tool_calls(const ToolCallFilter& filter) const override;

  // sqlite_loops.cc
  std::optional<Loop> loop(LoopNo no) const override;
  std::optional<Loop> loop(ProjectNo project, std::string_view id) const override;
  std::optional<Loop> loop_by_name(ProjectNo project, std::string_view name) const override;
  std::vector<Loop> loops(ProjectNo project, Page page) const override;
  std::optional<std::string> loop_definition(LoopNo no, int version) const override;
  const std::vector<LoopSubscription>& loop_subscriptions(ProjectNo project) const override;
  std::optional<Run> run(RunKey key) const override;
  std::vector<Run> runs(const RunFilter& filter, Page page) const override;
  std::vector<StepRecord> step_heads(RunKey run) const override;
  std::optional<StepRecord> step(RunKey run, int position) const override;

  // sqlite_stats.cc
  std::vector<Count> counts(const CountRange& range) const override;
  Backlog backlog(Lane lane, int limit) const override;

  // sqlite_search.cc
  Scan<Event> search_events(const EventFilter& filter, Page page, int most) const override;
  Scan<Delivery> search_dead_letters(const DeadLetterFilter& filter, Page page,
                                     int most) const override;
  bool is_sent_again(const Delivery& delivery) const override;

 protected:
  bool keys_run_ahead() const;
  /// Keys of events before `until`, as far as a page has come; exclusive.
  std::int64_t upper_key(Timestamp until, const Page& page) const;

  const Db& db_;
  SubscriptionCache& cache_;
};

/// What the writer remembers between transactions.
struct WriterState {
  std::int64_t last_key = 0;  // the largest key handed out
  SubscriptionCache cache{};
  /// What the open transaction counted, by (project, span, at, what): one row each for a whole
  /// batch.
  std::map<std::array<std::int64_t, 4>, std::int64_t> counts{};
};

/// The last step of a transaction: adds what was counted to the table.
Result<void> write_counts(const Db& db, const WriterState& state);

class SqliteTx final : public SqliteReadTx, public Tx {
 public:
  SqliteTx(const Db& db, WriterState& state) : SqliteReadTx(db, state.cache), state_(state) {}

  void set_setting(std::string_view name, std::string_view value) override;
  void insert_project(Project& project) override;
  void delete_project(ProjectNo no) override;
  void insert_api_key(ApiKey& key) override;
  void update_api_key(const ApiKey& key) override;
  void insert_trigger(Trigger& trigger) override;
  void update_trigger(const Trigger& trigger) override;
  void update_trigger_progress(const Trigger& trigger) override;
  void delete_trigger(TriggerNo no) override;
  void insert_connection(Connection& connection) override;
  void update_connection(const Connection& connection) override;
  void delete_connection(ConnectionNo no) override;
  void put_inbound_health(ConnectionNo no, const InboundHealth& health) override;
  void append_event(Event& event, Timestamp now) override;
  void append_receipt(Receipt& receipt, Timestamp now) override;
  void set_receipt_note(ReceiptKey key, std::string_view note) override;
  void append_delivery(Delivery& delivery, Timestamp now) override;
  void update_delivery(const Delivery& delivery) override;
  void pull_due_back(Lane lane, Timestamp now, Timestamp latest) override;
  void insert_attempt(const Attempt& attempt) override;
  void log_attempts(const std::vector<LoggedAttempt>& attempts, Timestamp now) override;
  void put_fetch(const Fetch& fetch) override;
  void delete_fetch(ReceiptKey receipt) override;
  void put_answer(ProjectNo project, std::string_view key, const StoredAnswer& answer) override;
  std::int64_t trim(Timestamp before, Timestamp answers_before, int limit,
                    TrimCursor& cursor) override;

  void insert_session(Session& session) override;
  void update_session(const Session& session) override;
  void insert_tool_call(ToolCall& call) override;
  void update_tool_call(const ToolCall& call) override;

  void insert_loop(Loop& loop) override;
  void update_loop(const Loop& loop) override;
  void append_run(Run& run, Timestamp now) override;
  void update_run(const Run& run) override;
  void put_step(const StepRecord& step) override;

  void count(ProjectNo project, Timestamp at, Counted what) override;
  std::int64_t trim_counts(Timestamp now, int limit) override;

 private:
  std::int64_t next_key(Timestamp now);
  void enqueue(std::int64_t key, Lane lane, Timestamp due_at);
  void dequeue(std::int64_t key);
  std::int64_t trim_answers(Timestamp before, int limit);
  std::int64_t trim_attempt_log(Timestamp before, int limit);
  std::int64_t trim_graves(int limit);
  std::int64_t trim_sessions(Timestamp before, int limit);
  void delete_run(std::int64_t key);
  void put_loop_version(const Loop& loop);
  std::int64_t trim_table(Timestamp before, int& budget, TrimCursor& cursor);
  void pull_to(std::int64_t key, Timestamp due_at);
  void delete_delivery(std::int64_t key);

  WriterState& state_;
};

// JSON forms of list columns, shared by reads and writes.
std::string encode_list(const std::vector<std::string>& list);
std::vector<std::string> decode_list(std::string_view text);

// How rows are read and bound, shared by all the files.
constexpr std::int64_t kNoBound = INT64_MAX;
inline std::int64_t bound(std::int64_t before) { return before > 0 ? before : kNoBound; }

template <class T, class Make>
std::optional<T> one(Statement& statement, Make make) {
  if (!statement.step()) return std::nullopt;
  return make(statement);
}

template <class T, class Make>
std::vector<T> all(Statement& statement, Make make) {
  std::vector<T> rows;
  while (statement.step()) rows.push_back(make(statement));
  return rows;
}

template <class E>
std::int64_t number(E value) {
  return static_cast<std::int64_t>(value);
}

}  // namespace malote::store
