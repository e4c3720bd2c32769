// Steps of loops: load() finds what a run does next, the dispatcher has the tool called, finish()
// journals what came of it. Work of the loop lanes (engine/dispatcher.h). Single-threaded: the
// dispatcher's.
//
// A step's result and the run's next due time are one transaction, and a step's idempotency key
// depends on nothing but the run and the step: after a crash the run goes on at the first step
// without a journal entry, under the same key.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "core/loop_plan.h"
#include "engine/tool_caller.h"

namespace malote::engine {

using DefinitionPtr = std::shared_ptr<const core::LoopDefinition>;

/// Definitions that were parsed already. They never change, so nothing is ever stale.
class LoopDefinitions {
 public:
  /// A loop's id, which never changes either; "" where the store has none.
  const std::string& id_of(const ReadTx& tx, LoopNo loop);

  /// nullptr where the store has none, or one that this version cannot read (logged).
  DefinitionPtr find(const ReadTx& tx, LoopNo loop, int version);

 private:
  std::map<std::pair<std::int64_t, int>, DefinitionPtr> known_;
  std::map<std::int64_t, std::string> ids_;
};

/// What a run does next, read in one transaction.
struct StepJob {
  Run run{};
  std::string loop_id{}, loop_name{};
  DefinitionPtr definition{};
  std::vector<StepRecord> journal{};  // heads: without params and results, but for `decided`
  std::vector<StepRecord> decided{};  // skipped or broken on the way to `next`; not journaled yet
  core::PlannedStep next{};           // a call, or nothing when the run is over
  std::map<int, int> generations{};   // of steps that were redriven, by position
};

std::optional<StepJob> load_step(const Context& context, LoopDefinitions& definitions,
                                 const ReadTx& tx, RunKey key);

/// REQUIRES: job.next is a call.
ToolRequest begin_step(const StepJob& job);

/// `result` is nullptr when there was nothing to call. Journals, and ends the run or queues what
/// comes next; a run that was cancelled meanwhile keeps the result but goes no further.
void finish_step(const Context& context, Tx& tx, Effects& effects, const StepJob& job,
                 const ToolResult* result, Timestamp started_at);

}  // namespace malote::engine
