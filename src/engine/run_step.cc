#include "engine/run_step.h"

#include <algorithm>
#include <deque>
#include <functional>

#include "base/json_writer.h"
#include "base/log.h"
#include "engine/loops.h"

namespace malote::engine {

namespace {

constexpr std::size_t kMaxKnown = 1000;

/// The values that a run's templates refer to. The event and the results of steps, which may be
/// megabytes, are read where a template refers to them; the transaction must outlive this.
class RunScope {
 public:
  RunScope(const ReadTx& tx, const StepJob& job) : tx_(tx) {
    const Run& run = job.run;
    set_lazy("event", [this, &run] { return event_of(run); });
    json::Writer w;
    w.object().field("id", text_of(run.key)).field("loop_id", job.loop_id);
    w.field("loop_name", job.loop_name).field("version", run.version);
    w.field("started_at", format_rfc3339(run.started_at));
    set("run", std::move(w.end()).text());
    // Of the run, not of the moment: a step that is tried again must send the same bytes.
    const std::string started = format_rfc3339(run.started_at);
    set("now", "\"" + started + "\"");
    set("today", "\"" + started.substr(0, 10) + "\"");
    for (const StepRecord& record : job.journal) add(record);
  }

  void add(const StepRecord& record) {
    if (record.position >= kCompensation) return;
    const std::string name = "steps." + record.name;
    if (record.state == StepState::skipped) return set(name, R"({"skipped":true})");
    if (!record.result.empty()) return set(name, record.result);
    set_lazy(name, [this, run = record.run, position = record.position] {
      const auto whole = tx_.step(run, position);
      return whole ? whole->result : std::string{};
    });
  }

  const core::Scope& scope() const { return scope_; }

 private:
  void set(const std::string& name, std::string_view text) { scope_.set(name, parse(text)); }

  void set_lazy(const std::string& name, std::function<std::string()> load) {
    scope_.set_lazy(name,
                    [this, load = std::move(load), known = std::optional<json::View>{}]() mutable {
                      if (!known) known = parse(load());
                      return *known;
                    });
  }

  /// A null View where it is not JSON: then every reference to it is an error with its name.
  json::View parse(std::string_view text) {
    auto document = json::Document::parse(text);
    if (!document) return {};
    return documents_.emplace_back(std::move(*document)).root();
  }

  std::string event_of(const Run& run) const {
    if (!run.event) return run.payload;
    const auto event = tx_.event(run.event);
    return event ? event_for_loops(*event) : "{}";
  }

  const ReadTx& tx_;
  std::deque<json::Document> documents_;
  core::Scope scope_;
};

StepRecord record_of(const StepJob& job, const core::PlannedStep& planned, Timestamp now) {
  return {.run = job.run.key,
          .position = planned.position,
          .name = planned.name,
          .tool = planned.tool,
          .params = planned.params,
          .started_at = now,
          .finished_at = now};
}

/// A step that could not even be called.
StepRecord broken_record(const StepJob& job, const core::PlannedStep& planned, Timestamp now) {
  StepRecord record = record_of(job, planned, now);
  record.state = StepState::failed;
  json::Writer w;
  w.object().field("success", false).key("data");
  w.raw(tools::failure_data(planned.error, "param_missing", 0)).field("error", planned.error);
  w.field("duration", 0).field("server", "").field("tool", planned.tool);
  record.result = std::move(w.end()).text();
  return record;
}

/// Skips and breaks until there is something to call, or nothing left.
void plan(StepJob& job, RunScope& scope, Timestamp now) {
  while (true) {
    const auto progress = core::progress_of(*job.definition, job.journal);
    job.next = core::plan_next(*job.definition, progress, scope.scope());
    using Kind = core::PlannedStep::Kind;
    if (job.next.kind == Kind::call || job.next.kind == Kind::none) return;
    StepRecord record = job.next.kind == Kind::broken ? broken_record(job, job.next, now)
                                                      : record_of(job, job.next, now);
    if (job.next.kind == Kind::skip) record.state = StepState::skipped;
    scope.add(record);
    job.journal.push_back(record);
    job.decided.push_back(std::move(record));
  }
}

/// Tells whoever subscribed how the run ended.
void announce(const Context& context, Tx& tx, Effects& effects, const StepJob& job,
              const Run& run) {
  json::Writer w;
  w.object().field("run_id", text_of(run.key)).field("loop_id", job.loop_id);
  w.field("loop_name", job.loop_name).field("version", run.version);
  const std::string event_id = run.event ? text_of(run.event) : "";
  w.field_or_null("event_id", std::string_view{event_id});
  w.field("state", word(run.state)).field_or_null("error", std::string_view{run.error});
  w.field_or_null("failed_step", std::string_view{run.failed_step});
  w.key("steps").array();
  for (const auto& record : job.journal) {
    if (record.position >= kCompensation) continue;
    w.object().field("name", record.name).field("tool", record.tool);
    w.field("state", word(record.state)).end();
  }
  w.end();
  const auto cause = run.event ? tx.event(run.event) : std::nullopt;
  Event event{.project = run.project,
              .type = run.state == RunState::completed ? "loop.completed" : "loop.failed",
              .source = "malote",
              .occurred_at = run.finished_at,
              .received_at = run.finished_at,
              .livemode = !cause || cause->livemode,
              .external_reference = text_of(run.key),
              .data = std::move(w.end()).text(),
              .trace = cause ? cause->trace : std::string{}};
  append_and_fan_out(context, tx, effects, event, run.finished_at);
}

void end_run(const Context& context, Tx& tx, Effects& effects, StepJob& job, Run& run) {
  run.finished_at = context.clock.now();
  const bool failed = std::ranges::any_of(job.journal, [](const StepRecord& record) {
    return record.state == StepState::failed && record.position < kCompensation;
  });
  run.state = failed ? RunState::failed : RunState::completed;
  for (const auto& record : job.journal) {
    if (record.state != StepState::failed || !run.failed_step.empty()) continue;
    run.failed_step = record.name;
    const auto whole = record.result.empty() ? tx.step(run.key, record.position) : record;
    const auto result = json::Document::parse(whole ? whole->result : "");
    run.error = result ? result->root()["error"].as_string().value_or("") : "";
  }
  tx.update_run(run);
  effects.ended_runs.push_back(run.state);
  announce(context, tx, effects, job, run);
}

/// Definite, or the last of the tries.
bool is_final(const core::LoopStep& step, const ToolResult& result, int attempt) {
  using tools::Fate;
  if (result.not_sent) return false;
  if (result.success || attempt >= step.max_attempts) return true;
  if (result.fate == Fate::retryable) return false;
  return result.fate != Fate::unknown || !result.repeatable;
}

}  // namespace

const std::string& LoopDefinitions::id_of(const ReadTx& tx, LoopNo loop) {
  static const std::string kNone;
  if (const auto at = ids_.find(loop.value); at != ids_.end()) return at->second;
  const auto row = tx.loop(loop);
  if (!row) return kNone;
  if (ids_.size() >= kMaxKnown) ids_.clear();
  return ids_.insert_or_assign(loop.value, row->id).first->second;
}

DefinitionPtr LoopDefinitions::find(const ReadTx& tx, LoopNo loop, int version) {
  const auto key = std::pair{loop.value, version};
  if (const auto at = known_.find(key); at != known_.end()) return at->second;
  const auto text = tx.loop_definition(loop, version);
  if (!text) return nullptr;
  const auto anything = [](std::string_view, json::View) { return std::vector<Issue>{}; };
  auto parsed = core::parse_loop(*text, anything);
  if (!parsed) {
    log::error("cannot read a loop's definition: " + parsed.error().message);
    return nullptr;
  }
  if (known_.size() >= kMaxKnown) known_.clear();
  return known_[key] = std::make_shared<const core::LoopDefinition>(std::move(*parsed));
}

std::optional<StepJob> load_step(const Context& context, LoopDefinitions& definitions,
                                 const ReadTx& tx, RunKey key) {
  auto run = tx.run(key);
  if (!run || is_finished(run->state)) return {};
  StepJob job{.run = std::move(*run)};
  job.definition = definitions.find(tx, job.run.loop, job.run.version);
  job.loop_id = definitions.id_of(tx, job.run.loop);
  if (!job.definition || job.loop_id.empty()) return {};
  job.loop_name = job.definition->name;
  for (StepRecord& record : tx.step_heads(key)) {
    if (record.state == StepState::pending) {
      job.generations[record.position] = record.generation;
    } else {
      job.journal.push_back(std::move(record));
    }
  }
  RunScope scope{tx, job};
  plan(job, scope, context.clock.now());
  return job;
}

ToolRequest begin_step(const StepJob& job) {
  const auto& step = core::step_at(*job.definition, job.next.position);
  const auto at = job.generations.find(job.next.position);
  const int generation = at == job.generations.end() ? 0 : at->second;
  return {.project = job.run.project,
          .tool = job.next.tool,
          .input = job.next.params,
          .idempotency_key =
              core::idempotency_key(job.run.key, *job.definition, job.next.position, generation),
          .may_wait = false,
          .time = step.timeout,
          .attempts = 1};
}

void finish_step(const Context& context, Tx& tx, Effects& effects, const StepJob& job,
                 const ToolResult* result, Timestamp started_at) {
  const auto stored = tx.run(job.run.key);
  if (!stored) return;
  const Timestamp now = context.clock.now();
  Run run = *stored;
  StepJob after = job;
  for (const StepRecord& record : job.decided) tx.put_step(record);
  if (result) {
    const auto& step = core::step_at(*job.definition, job.next.position);
    const int attempt = run.attempts + 1;
    if (!is_final(step, *result, attempt) && !is_finished(run.state)) {
      if (!result->not_sent) run.attempts = attempt;
      run.due_at = now + std::max(core::wait_after(step, attempt).value_or(Millis{0}),
                                  result->retry_after.value_or(Millis{0}));
      tx.update_run(run);
      effects.due.push_back({lane_of(run.loop), run.due_at});
      return;
    }
    StepRecord record = record_of(job, job.next, started_at);
    record.finished_at = std::max(now, started_at);
    record.state = result->success ? StepState::succeeded : StepState::failed;
    record.result = encode_result(*result);
    record.unknown = result->fate == tools::Fate::unknown;
    record.attempts = attempt;
    const auto at = job.generations.find(record.position);
    record.generation = at == job.generations.end() ? 0 : at->second;
    tx.put_step(record);
    after.journal.push_back(std::move(record));
  }
  if (is_finished(run.state)) return;  // cancelled while the tool was being called
  const auto progress = core::progress_of(*job.definition, after.journal);
  run.attempts = 0;
  if (progress.next < 0) return end_run(context, tx, effects, after, run);
  run.state = progress.compensating ? RunState::compensating : RunState::running;
  // Since it began: a run that is under way comes before those that wait for their first step.
  run.due_at = std::min(now, run.started_at);
  tx.update_run(run);
  effects.due.push_back({lane_of(run.loop), run.due_at});
}

}  // namespace malote::engine
