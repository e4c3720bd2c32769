// A transaction that forwards everything, so that a spy or a planted defect overrides only what it
// changes. REQUIRES: the target outlives it.
#pragma once

#include "ports/store.h"

namespace malote::sim {

class ReadTxWrapper : public virtual ReadTx {
 public:
  explicit ReadTxWrapper(const ReadTx& target) : r_(target) {}

  std::string setting(std::string_view name) const override { return r_.setting(name); }
  std::vector<Project> projects() const override { return r_.projects(); }
  std::optional<Project> project(std::string_view id) const override { return r_.project(id); }
  std::vector<ApiKey> api_keys() const override { return r_.api_keys(); }
  std::optional<Trigger> trigger(TriggerNo no) const override { return r_.trigger(no); }
  std::optional<Trigger> trigger(ProjectNo project, std::string_view id) const override {
    return r_.trigger(project, id);
  }
  std::vector<Trigger> triggers(const TriggerFilter& filter, Page page) const override {
    return r_.triggers(filter, page);
  }
  const std::vector<Subscription>& subscriptions(ProjectNo project) const override {
    return r_.subscriptions(project);
  }
  std::optional<Connection> connection(std::string_view id) const override {
    return r_.connection(id);
  }
  std::optional<Connection> connection(ConnectionNo no) const override { return r_.connection(no); }
  std::vector<Connection> expired_connections(Timestamp now, int limit) const override {
    return r_.expired_connections(now, limit);
  }
  std::vector<HealthRow> inbound_health() const override { return r_.inbound_health(); }
  std::vector<Connection> connections(const ConnectionFilter& filter, Page page) const override {
    return r_.connections(filter, page);
  }
  std::optional<Event> event(EventKey key) const override { return r_.event(key); }
  std::optional<EventKey> event_by_dedupe(ProjectNo project, ConnectionNo connection,
                                          std::string_view dedupe_key) const override {
    return r_.event_by_dedupe(project, connection, dedupe_key);
  }
  std::vector<Event> events(const EventFilter& filter, Page page) const override {
    return r_.events(filter, page);
  }
  EventScan scan_events(const EventFilter& filter, EventKey after, int rows,
                        std::int64_t bytes) const override {
    return r_.scan_events(filter, after, rows, bytes);
  }
  EventKey last_event() const override { return r_.last_event(); }
  std::optional<Receipt> receipt(ReceiptKey key) const override { return r_.receipt(key); }
  std::optional<Delivery> delivery(DeliveryKey key) const override { return r_.delivery(key); }
  std::vector<Delivery> deliveries(const DeliveryFilter& filter, Page page) const override {
    return r_.deliveries(filter, page);
  }
  std::vector<Attempt> attempts(DeliveryKey key) const override { return r_.attempts(key); }
  std::vector<LoggedAttempt> attempts_after(AttemptPlace after, int limit) const override {
    return r_.attempts_after(after, limit);
  }
  AttemptPlace last_logged_attempt() const override { return r_.last_logged_attempt(); }
  std::int64_t pending_count(Lane lane) const override { return r_.pending_count(lane); }
  std::vector<LaneHead> lane_heads() const override { return r_.lane_heads(); }
  std::optional<LaneHead> lane_head(Lane lane) const override { return r_.lane_head(lane); }
  std::vector<QueueItem> due(Lane lane, Timestamp now, int limit) const override {
    return r_.due(lane, now, limit);
  }
  std::optional<Fetch> fetch(ReceiptKey receipt) const override { return r_.fetch(receipt); }
  std::optional<StoredAnswer> answer(ProjectNo project, std::string_view key) const override {
    return r_.answer(project, key);
  }
  Totals totals() const override { return r_.totals(); }
  std::optional<Session> session(ProjectNo project, std::string_view id) const override {
    return r_.session(project, id);
  }
  std::vector<Session> sessions(const SessionFilter& filter, Page page) const override {
    return r_.sessions(filter, page);
  }
  std::optional<ToolCall> tool_call(ProjectNo project, ToolCallNo no) const override {
    return r_.tool_call(project, no);
  }
  std::optional<ToolCall> tool_call_by_dedupe(ProjectNo project,
                                              std::string_view key) const override {
    return r_.tool_call_by_dedupe(project, key);
  }
  std::vector<ToolCall> tool_calls(const ToolCallFilter& filter, Page page) const override {
    return r_.tool_calls(filter, page);
  }
  std::int64_t count_tool_calls(const ToolCallFilter& filter) const override {
    return r_.count_tool_calls(filter);
  }
  std::optional<Loop> loop(LoopNo no) const override { return r_.loop(no); }
  std::optional<Loop> loop(ProjectNo project, std::string_view id) const override {
    return r_.loop(project, id);
  }
  std::optional<Loop> loop_by_name(ProjectNo project, std::string_view name) const override {
    return r_.loop_by_name(project, name);
  }
  std::vector<Loop> loops(ProjectNo project, Page page) const override {
    return r_.loops(project, page);
  }
  std::optional<std::string> loop_definition(LoopNo no, int version) const override {
    return r_.loop_definition(no, version);
  }
  const std::vector<LoopSubscription>& loop_subscriptions(ProjectNo project) const override {
    return r_.loop_subscriptions(project);
  }
  std::optional<Run> run(RunKey key) const override { return r_.run(key); }
  std::vector<Run> runs(const RunFilter& filter, Page page) const override {
    return r_.runs(filter, page);
  }
  std::vector<StepRecord> step_heads(RunKey run) const override { return r_.step_heads(run); }
  std::optional<StepRecord> step(RunKey run, int position) const override {
    return r_.step(run, position);
  }
  std::vector<Count> counts(const CountRange& range) const override { return r_.counts(range); }
  Backlog backlog(Lane lane, int limit) const override { return r_.backlog(lane, limit); }
  Scan<Event> search_events(const EventFilter& filter, Page page, int most) const override {
    return r_.search_events(filter, page, most);
  }
  Scan<Delivery> search_dead_letters(const DeadLetterFilter& filter, Page page,
                                     int most) const override {
    return r_.search_dead_letters(filter, page, most);
  }
  bool is_sent_again(const Delivery& delivery) const override { return r_.is_sent_again(delivery); }

 protected:
  const ReadTx& r_;
};

/// The writing half of the operations.
class TxWrapper : public Tx {
 public:
  explicit TxWrapper(Tx& target) : w_(target) {}

  void set_setting(std::string_view name, std::string_view v) override { w_.set_setting(name, v); }
  void insert_project(Project& project) override { w_.insert_project(project); }
  void delete_project(ProjectNo no) override { w_.delete_project(no); }
  void insert_api_key(ApiKey& key) override { w_.insert_api_key(key); }
  void update_api_key(const ApiKey& key) override { w_.update_api_key(key); }
  void insert_trigger(Trigger& trigger) override { w_.insert_trigger(trigger); }
  void update_trigger(const Trigger& trigger) override { w_.update_trigger(trigger); }
  void update_trigger_progress(const Trigger& trigger) override {
    w_.update_trigger_progress(trigger);
  }
  void delete_trigger(TriggerNo no) override { w_.delete_trigger(no); }
  void insert_connection(Connection& connection) override { w_.insert_connection(connection); }
  void update_connection(const Connection& connection) override {
    w_.update_connection(connection);
  }
  void delete_connection(ConnectionNo no) override { w_.delete_connection(no); }
  void put_inbound_health(ConnectionNo no, const InboundHealth& health) override {
    w_.put_inbound_health(no, health);
  }
  void append_event(Event& event, Timestamp now) override { w_.append_event(event, now); }
  void append_receipt(Receipt& receipt, Timestamp now) override { w_.append_receipt(receipt, now); }
  void set_receipt_note(ReceiptKey key, std::string_view note) override {
    w_.set_receipt_note(key, note);
  }
  void append_delivery(Delivery& delivery, Timestamp now) override {
    w_.append_delivery(delivery, now);
  }
  void update_delivery(const Delivery& delivery) override { w_.update_delivery(delivery); }
  void pull_due_back(Lane lane, Timestamp now, Timestamp latest) override {
    w_.pull_due_back(lane, now, latest);
  }
  void insert_attempt(const Attempt& attempt) override { w_.insert_attempt(attempt); }
  void log_attempts(const std::vector<LoggedAttempt>& attempts, Timestamp now) override {
    w_.log_attempts(attempts, now);
  }
  void put_fetch(const Fetch& fetch) override { w_.put_fetch(fetch); }
  void delete_fetch(ReceiptKey receipt) override { w_.delete_fetch(receipt); }
  void put_answer(ProjectNo project, std::string_view key, const StoredAnswer& answer) override {
    w_.put_answer(project, key, answer);
  }
  std::int64_t trim(Timestamp before, Timestamp answers_before, int limit,
                    TrimCursor& cursor) override {
    return w_.trim(before, answers_before, limit, cursor);
  }
  void insert_session(Session& session) override { w_.insert_session(session); }
  void update_session(const Session& session) override { w_.update_session(session); }
  void insert_tool_call(ToolCall& call) override { w_.insert_tool_call(call); }
  void update_tool_call(const ToolCall& call) override { w_.update_tool_call(call); }
  void insert_loop(Loop& loop) override { w_.insert_loop(loop); }
  void update_loop(const Loop& loop) override { w_.update_loop(loop); }
  void append_run(Run& run, Timestamp now) override { w_.append_run(run, now); }
  void update_run(const Run& run) override { w_.update_run(run); }
  void put_step(const StepRecord& step) override { w_.put_step(step); }
  void count(ProjectNo project, Timestamp at, Counted what) override {
    w_.count(project, at, what);
  }
  std::int64_t trim_counts(Timestamp now, int limit) override { return w_.trim_counts(now, limit); }

 protected:
  Tx& w_;
};

}  // namespace malote::sim
