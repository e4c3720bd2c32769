// What comes next in a run: definition × journal → the next step, or the end. Pure, so that a run
// goes on after a crash where its journal ends, and the simulator can check it.
#pragma once

#include <string>
#include <vector>

#include "core/loop_definition.h"
#include "core/template.h"
#include "model/loop.h"

namespace malote::core {

struct PlannedStep {
  enum class Kind {
    call,    // the tool with `params`
    skip,    // its condition does not hold
    broken,  // its condition or parameters cannot be resolved: it fails with `error`
    none,    // the run is over
  };
  Kind kind = Kind::none;
  int position = 0;  // in the journal
  std::string name{};
  std::string tool{};
  std::string params{};
  std::string error{};
};

/// How far a journal has come. Needs no values, so it is cheap.
struct Progress {
  int next = -1;  // position in the journal; -1: over
  bool compensating = false;
};
Progress progress_of(const LoopDefinition& loop, const std::vector<StepRecord>& journal);

/// `scope` holds event, run, today and now; steps are put into it by the caller, one per record
/// ("steps.<name>").
PlannedStep plan_next(const LoopDefinition& loop, const Progress& progress, const Scope& scope);

const LoopStep& step_at(const LoopDefinition& loop, int position);

/// What the provider knows a step's call by, always the same for the same step of the same run.
std::string idempotency_key(const StepRecord& step);
std::string idempotency_key(RunKey run, const LoopDefinition& loop, int position, int generation);

}  // namespace malote::core
