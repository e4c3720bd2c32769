// The store as the node sees it: the real one (or the planted one) behind a writer that takes its
// time, is busy, fails to commit, runs a function twice, reads with errors in the middle. It also
// spies: what each transaction asked for goes to the oracle once it is durable.
//
// A lost acknowledgement cannot happen with SQLite in the same process (a commit that returned is
// durable, one that failed is not), so none is simulated; that `done` is lost with the node is.
#pragma once

#include <memory>

#include "sim/oracle.h"
#include "sim/tx_wrapper.h"

namespace malote::sim {

struct StoreFaults {
  int busy_percent = 0;         // the transaction does not begin
  int failed_percent = 0;       // it ran, but its commit fails
  int twice_percent = 0;        // its neighbour failed: it runs again from the start
  int read_percent = 0;         // a read fails in the middle
  std::int64_t longest_ms = 0;  // until the commit, and from there until `done`
};

/// Reads that fail at the `fail_at`-th operation (-1: never): from there on all is empty.
class SpyReadTx : public ReadTxWrapper {
 public:
  SpyReadTx(const ReadTx& target, int fail_at) : ReadTxWrapper(target), left_(fail_at) {}
  bool failed() const { return left_ == 0; }

  std::optional<Trigger> trigger(TriggerNo no) const override;
  std::optional<Trigger> trigger(ProjectNo project, std::string_view id) const override;
  std::optional<Connection> connection(std::string_view id) const override;
  std::optional<Connection> connection(ConnectionNo no) const override;
  std::optional<Event> event(EventKey key) const override;
  std::optional<EventKey> event_by_dedupe(ProjectNo project, ConnectionNo connection,
                                          std::string_view dedupe_key) const override;
  std::optional<Delivery> delivery(DeliveryKey key) const override;
  std::vector<QueueItem> due(Lane lane, Timestamp now, int limit) const override;
  std::optional<Receipt> receipt(ReceiptKey key) const override;
  std::optional<Fetch> fetch(ReceiptKey receipt) const override;
  std::optional<Loop> loop(LoopNo no) const override;
  std::optional<Run> run(RunKey key) const override;
  std::vector<StepRecord> step_heads(RunKey run) const override;
  std::optional<StepRecord> step(RunKey run, int position) const override;

 private:
  bool fails() const;
  mutable int left_;
};

class SpyTx final : public SpyReadTx, public TxWrapper {
 public:
  SpyTx(Tx& target, CommitLog& log, int fail_at)
      : SpyReadTx(target, fail_at), TxWrapper(target), log_(log) {}

  void append_event(Event& event, Timestamp now) override;
  void append_delivery(Delivery& delivery, Timestamp now) override;
  void update_delivery(const Delivery& delivery) override;
  void insert_attempt(const Attempt& attempt) override;
  void update_trigger(const Trigger& trigger) override;
  void update_trigger_progress(const Trigger& trigger) override;
  void append_run(Run& run, Timestamp now) override;
  void update_run(const Run& run) override;
  void put_step(const StepRecord& step) override;

  CommitLog& log() { return log_; }

 private:
  CommitLog& log_;
};

/// The workload's note, told when this transaction is durable.
void note_commit(Tx& tx, std::function<void()> note);

class FaultyStore final : public StoreWrapper {
 public:
  FaultyStore(World& world, Oracle& oracle, Store& target)
      : StoreWrapper(target), world_(world), oracle_(oracle) {}

  void set_faults(const StoreFaults& faults) { faults_ = faults; }

  void submit(WriteFn fn, WriteDone done) override;
  Result<void> read(function_ref<Result<void>(const ReadTx&)> fn) const override;

 private:
  /// One run of a write function; on the heap, for a planted store may run it late.
  struct Run {
    WriteFn fn;
    CommitLog log{};
    bool crashed = false;
    Result<void> result{};
  };
  std::int64_t pause() const;
  void run(const WriteFn& fn, WriteDone done);
  static Result<void> run_once(Run& run, Tx& tx, int fail_at);

  World& world_;
  Oracle& oracle_;
  StoreFaults faults_{};
  std::int64_t last_commit_at_ = 0, last_done_at_ = 0, commits_ = 0;
};

}  // namespace malote::sim
