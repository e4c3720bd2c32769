// What the store knows of loops, runs and their journals: part of ReadTx and Tx (ports/store.h).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/loop.h"
#include "ports/page.h"

namespace malote {

/// What fan-out needs to know of a loop.
struct LoopSubscription {
  LoopNo no{};
  int version = 0;
  std::vector<std::string> events{};
  std::string server_id{};
  std::string condition{};
};

struct RunFilter {
  ProjectNo project{};
  LoopNo loop{};
  EventKey event{};
  std::optional<RunState> state{};
};

class LoopReads {
 public:
  virtual ~LoopReads() = default;
  virtual std::optional<Loop> loop(LoopNo no) const = 0;  // deleted ones, too
  virtual std::optional<Loop> loop(ProjectNo project, std::string_view id) const = 0;
  virtual std::optional<Loop> loop_by_name(ProjectNo project, std::string_view name) const = 0;
  virtual std::vector<Loop> loops(ProjectNo project, Page page) const = 0;
  virtual std::optional<std::string> loop_definition(LoopNo no, int version) const = 0;
  /// Enabled loops that wait for events. The view lives as long as the transaction.
  virtual const std::vector<LoopSubscription>& loop_subscriptions(ProjectNo project) const = 0;

  virtual std::optional<Run> run(RunKey key) const = 0;
  virtual std::vector<Run> runs(const RunFilter& filter, Page page) const = 0;
  /// The journal by position, without params and results, which may be megabytes.
  virtual std::vector<StepRecord> step_heads(RunKey run) const = 0;
  virtual std::optional<StepRecord> step(RunKey run, int position) const = 0;
};

class LoopWrites {
 public:
  virtual ~LoopWrites() = default;
  virtual void insert_loop(Loop& loop) = 0;        // assigns no; also keeps version 1
  virtual void update_loop(const Loop& loop) = 0;  // keeps a version that is new, too

  /// Also queues it on its loop's lane at due_at.
  virtual void append_run(Run& run, Timestamp now) = 0;
  /// Writes state and progress; moves or removes its queue entry accordingly.
  virtual void update_run(const Run& run) = 0;
  virtual void put_step(const StepRecord& step) = 0;  // inserts or replaces
};

}  // namespace malote
