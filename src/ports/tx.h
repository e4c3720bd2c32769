// One transaction of the store: typed operations over the model. Store, in ports/store.h, runs
// them.
//
// Errors are sticky: an operation that fails makes its transaction fail. It then returns an empty
// value, later operations of the same transaction do nothing, and read() or submit() reports the
// store's error whatever the function returned. Functions therefore need no checks, but must do
// nothing outside the transaction.
//
// Order: lists are newest first unless said otherwise; `before` is exclusive, 0 for none.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/connection.h"
#include "model/event.h"
#include "model/project.h"
#include "model/trigger.h"
#include "ports/loop_store.h"
#include "ports/search.h"
#include "ports/session_store.h"
#include "ports/stats_store.h"

namespace malote {

/// What fan-out needs to know of a trigger.
struct Subscription {
  TriggerNo no{};
  std::vector<std::string> events{};
  std::string server_id{};
  PayloadFormat format = PayloadFormat::flat;
};

struct LaneHead {
  Lane lane{};
  Timestamp due_at{};
};

/// One entry of the queue: a delivery's or a receipt's key, by the kind of its lane.
struct QueueItem {
  std::int64_t key = 0;
  Timestamp due_at{};
};

struct DeliveryFilter {
  ProjectNo project{};
  TriggerNo trigger{};
  EventKey event{};
  std::optional<DeliveryState> state{};
  Timestamp waits_past{};  // only failed ones due after it whose trigger is active; 0: any
};

struct TriggerFilter {
  ProjectNo project{};
  std::string status{}, event{}, server_id{};
};

struct ConnectionFilter {
  ProjectNo project{};
  std::string status{}, server_id{}, user_id{};
};

/// The stored answer of a POST that carried an Idempotency-Key.
struct StoredAnswer {
  std::string fingerprint{};  // of the request
  int status = 0;
  std::string sealed_body{};
  Timestamp created_at{};
};

/// A provider's resource waiting to be fetched back.
struct Fetch {
  ReceiptKey receipt{};
  ConnectionNo connection{};
  int attempts = 0;
  Timestamp due_at{};
  std::string error{};
};

/// What is kept of a connection's health.
struct HealthRow {
  ConnectionNo connection{};
  std::string id{};  // the connection's
  InboundHealth health{};
};

/// A piece of the events in the order of their commits, for those who follow them.
struct EventScan {
  std::vector<Event> events{};  // oldest first
  EventKey end{};               // how far was looked: where the next piece begins
};

/// A place in the order in which attempts were recorded: an entry of the log, and an attempt in it.
struct AttemptPlace {
  std::int64_t entry = 0;
  int index = 0;
  auto operator<=>(const AttemptPlace&) const = default;
};

struct LoggedAttempt {
  AttemptPlace place{};
  DeliveryKey delivery{};
  int number = 0;
};

struct Totals {
  std::int64_t events = 0, deliveries_pending = 0, deliveries_dead = 0, bytes = 0;
};

class ReadTx : public virtual SessionReads,
               public virtual LoopReads,
               public virtual StatsReads,
               public virtual SearchReads {
 public:
  virtual std::string setting(std::string_view name) const = 0;  // "" when unset

  virtual std::vector<Project> projects() const = 0;  // oldest first
  virtual std::optional<Project> project(std::string_view id) const = 0;
  virtual std::vector<ApiKey> api_keys() const = 0;  // of all projects, oldest first

  virtual std::optional<Trigger> trigger(TriggerNo no) const = 0;
  virtual std::optional<Trigger> trigger(ProjectNo project, std::string_view id) const = 0;
  virtual std::vector<Trigger> triggers(const TriggerFilter& filter, Page page) const = 0;
  /// Every trigger of the project, whatever its status. The view lives as long as the transaction.
  virtual const std::vector<Subscription>& subscriptions(ProjectNo project) const = 0;

  virtual std::optional<Connection> connection(std::string_view id) const = 0;  // any project
  virtual std::optional<Connection> connection(ConnectionNo no) const = 0;
  virtual std::vector<Connection> connections(const ConnectionFilter& filter, Page page) const = 0;
  /// Connected ones whose credentials ran out by `now`.
  virtual std::vector<Connection> expired_connections(Timestamp now, int limit) const = 0;
  virtual std::vector<HealthRow> inbound_health() const = 0;  // of all connections

  virtual std::optional<Event> event(EventKey key) const = 0;
  virtual std::optional<EventKey> event_by_dedupe(ProjectNo project, ConnectionNo connection,
                                                  std::string_view dedupe_key) const = 0;
  virtual std::vector<Event> events(const EventFilter& filter, Page page) const = 0;
  /// Those behind `after` that the filter lets through (but for its times and reference). Looks at
  /// no more than `rows`, and stops when about `bytes` of data have gathered.
  virtual EventScan scan_events(const EventFilter& filter, EventKey after, int rows,
                                std::int64_t bytes) const = 0;
  virtual EventKey last_event() const = 0;  // of any project; 0 when none is there
  virtual std::optional<Receipt> receipt(ReceiptKey key) const = 0;

  virtual std::optional<Delivery> delivery(DeliveryKey key) const = 0;
  virtual std::vector<Delivery> deliveries(const DeliveryFilter& filter, Page page) const = 0;
  virtual std::vector<Attempt> attempts(DeliveryKey key) const = 0;  // first attempt first
  /// What Tx::log_attempts() noted behind `after`, oldest first: whole entries, until there are
  /// `limit` attempts or more.
  virtual std::vector<LoggedAttempt> attempts_after(AttemptPlace after, int limit) const = 0;
  virtual AttemptPlace last_logged_attempt() const = 0;  // 0 when none is there
  virtual std::int64_t pending_count(Lane lane) const = 0;

  virtual std::vector<LaneHead> lane_heads() const = 0;  // lanes with work, any due time
  virtual std::optional<LaneHead> lane_head(Lane lane) const = 0;
  /// The first `limit` entries of a lane that are due, by (due_at, key).
  virtual std::vector<QueueItem> due(Lane lane, Timestamp now, int limit) const = 0;
  virtual std::optional<Fetch> fetch(ReceiptKey receipt) const = 0;

  virtual std::optional<StoredAnswer> answer(ProjectNo project, std::string_view key) const = 0;
  virtual Totals totals() const = 0;
};

/// How far one pass of Tx::trim() has come. A fresh one starts a pass.
struct TrimCursor {
  enum class Table { deliveries, runs, events, receipts, none } table = Table::deliveries;
  std::int64_t key = 0;  // all rows of `table` up to it have been looked at
  bool is_finished() const { return table == Table::none; }
};

class Tx : public virtual ReadTx, public SessionWrites, public LoopWrites, public StatsWrites {
 public:
  virtual void set_setting(std::string_view name, std::string_view value) = 0;

  virtual void insert_project(Project& project) = 0;  // assigns no
  virtual void delete_project(ProjectNo no) = 0;
  virtual void insert_api_key(ApiKey& key) = 0;
  virtual void update_api_key(const ApiKey& key) = 0;

  virtual void insert_trigger(Trigger& trigger) = 0;
  virtual void update_trigger(const Trigger& trigger) = 0;
  /// Settings stay; status, streak, runs change. The subscriptions do not.
  virtual void update_trigger_progress(const Trigger& trigger) = 0;
  /// The trigger and its secret go at once; its deliveries are cleared by trim().
  virtual void delete_trigger(TriggerNo no) = 0;

  virtual void insert_connection(Connection& connection) = 0;
  virtual void update_connection(const Connection& connection) = 0;
  virtual void delete_connection(ConnectionNo no) = 0;
  /// Nothing where the connection is gone.
  virtual void put_inbound_health(ConnectionNo no, const InboundHealth& health) = 0;

  /// Assign the next keys, not before the time given by `now`.
  virtual void append_event(Event& event, Timestamp now) = 0;
  virtual void append_receipt(Receipt& receipt, Timestamp now) = 0;
  virtual void set_receipt_note(ReceiptKey key, std::string_view note) = 0;
  /// Also queues it on its trigger's lane at due_at.
  virtual void append_delivery(Delivery& delivery, Timestamp now) = 0;
  /// Writes state and progress; moves or removes its queue entry accordingly.
  virtual void update_delivery(const Delivery& delivery) = 0;
  /// For a clock that went back: nothing of the lane is due after `latest`, and what was never
  /// tried is not due after `now`.
  virtual void pull_due_back(Lane lane, Timestamp now, Timestamp latest) = 0;
  virtual void insert_attempt(const Attempt& attempt) = 0;
  /// One entry of the log of attempts, for those who follow them; `attempts` name rows of
  /// insert_attempt(). Places are never given twice.
  virtual void log_attempts(const std::vector<LoggedAttempt>& attempts, Timestamp now) = 0;

  virtual void put_fetch(const Fetch& fetch) = 0;  // inserts or replaces, and queues
  virtual void delete_fetch(ReceiptKey receipt) = 0;

  virtual void put_answer(ProjectNo project, std::string_view key, const StoredAnswer& answer) = 0;

  /// Looks at no more than `limit` rows past retention, oldest first, and removes those that owe
  /// nothing: finished deliveries and runs, events and receipts from before `before`, sessions and
  /// tool calls last used before it, the log of attempts, rows of deleted triggers, answers made
  /// before `answers_before`. What is owed stays, and with it the event and the receipt it came
  /// from. Goes on where `cursor` stands. Returns how many rows went.
  virtual std::int64_t trim(Timestamp before, Timestamp answers_before, int limit,
                            TrimCursor& cursor) = 0;
};

}  // namespace malote
