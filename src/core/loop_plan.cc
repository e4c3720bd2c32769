#include "core/loop_plan.h"

#include <algorithm>

namespace malote::core {

namespace {

const StepRecord* find_record(const std::vector<StepRecord>& journal, int position) {
  const auto at = std::ranges::find(journal, position, &StepRecord::position);
  return at == journal.end() ? nullptr : &*at;
}

/// Compensations run backwards, each once, and their failures stop nothing.
int next_compensation(const LoopDefinition& loop, const std::vector<StepRecord>& journal) {
  for (int i = static_cast<int>(loop.steps.size()) - 1; i >= 0; --i) {
    const auto* record = find_record(journal, i);
    const bool done = record && record->state == StepState::succeeded;
    if (!done || step_at(loop, i).compensate_tool.empty()) continue;
    if (!find_record(journal, kCompensation + i)) return kCompensation + i;
  }
  return -1;
}

}  // namespace

const LoopStep& step_at(const LoopDefinition& loop, int position) {
  return loop.steps.at(static_cast<std::size_t>(position % kCompensation));
}

Progress progress_of(const LoopDefinition& loop, const std::vector<StepRecord>& journal) {
  Progress progress;
  for (int i = 0; i < static_cast<int>(loop.steps.size()); ++i) {
    const auto* record = find_record(journal, i);
    if (!record) {
      progress.next = i;
      return progress;
    }
    if (record->state != StepState::failed || !step_at(loop, i).abort_on_error) continue;
    progress.next = next_compensation(loop, journal);
    progress.compensating = progress.next >= 0;
    return progress;
  }
  return progress;
}

PlannedStep plan_next(const LoopDefinition& loop, const Progress& progress, const Scope& scope) {
  if (progress.next < 0) return {};
  const LoopStep& step = step_at(loop, progress.next);
  PlannedStep planned{.kind = PlannedStep::Kind::call,
                      .position = progress.next,
                      .name = step.name,
                      .tool = progress.compensating ? step.compensate_tool : step.tool};
  const auto broken = [&](const Error& error) {
    planned.kind = PlannedStep::Kind::broken;
    planned.error = error.message;
    return planned;
  };
  if (step.when && !progress.compensating) {
    const auto wanted = holds(step.when, scope);
    if (!wanted) return broken(wanted.error());
    if (!*wanted) {
      planned.kind = PlannedStep::Kind::skip;
      return planned;
    }
  }
  const json::View params = progress.compensating ? step.compensate_params : step.params;
  if (!params) {
    planned.params = "{}";
    return planned;
  }
  auto rendered = render(params, scope);
  if (!rendered) return broken(rendered.error());
  planned.params = std::move(*rendered);
  return planned;
}

std::string idempotency_key(const StepRecord& step) {
  std::string key = text_of(step.run) + "." + step.name;
  if (step.position >= kCompensation) key += ".compensate";
  if (step.generation > 0) key += "." + std::to_string(step.generation);
  return key;
}

std::string idempotency_key(RunKey run, const LoopDefinition& loop, int position, int generation) {
  return idempotency_key({.run = run,
                          .position = position,
                          .generation = generation,
                          .name = step_at(loop, position).name});
}

}  // namespace malote::core
