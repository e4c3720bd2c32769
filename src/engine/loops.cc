#include "engine/loops.h"

#include <algorithm>
#include <deque>

#include "base/json_merge.h"
#include "base/json_writer.h"
#include "base/nearest.h"
#include "core/fan_out.h"
#include "core/loop_plan.h"
#include "engine/deliver.h"
#include "tools/schema.h"

namespace malote::engine {

namespace {

std::vector<std::string> names_of_tools(const tools::Registry& registry) {
  std::vector<std::string> names;
  for (const auto* meta : registry.meta_tools()) names.push_back(meta->name);
  for (const auto* server : registry.servers()) {
    for (const auto& tool : server->tools) names.push_back(tool.full_name());
  }
  return names;
}

bool has_references(json::View value) {
  const auto references = core::references_of_template(value);
  return !references || !references->empty();
}

/// Faults that can be seen before any value is known: members that are missing, not known, or
/// constants of the wrong kind.
std::vector<Issue> faults_of_params(json::View params, json::View schema) {
  std::vector<Issue> issues;
  for (const auto required : schema["required"]) {
    const std::string name{required.as_string().value_or("")};
    if (!params[name]) issues.push_back({"/" + name, "is required by the tool"});
  }
  const bool closed = !schema["additionalProperties"].as_bool().value_or(true);
  for (const auto member : params) {
    const std::string at = "/" + std::string{member.key()};
    const json::View known = schema["properties"][member.key()];
    if (!known && closed) issues.push_back({at, "is no parameter of the tool"});
    if (!known || has_references(member)) continue;
    for (auto& [path, message] : tools::validate(member, known))
      issues.push_back({at + path, std::move(message)});
  }
  return issues;
}

std::vector<Issue> faults_of_call(const tools::Registry& registry, std::string_view name,
                                  json::View params) {
  if (const auto* meta = registry.meta(name)) return faults_of_params(params, meta->input);
  if (const auto* tool = registry.find(name)) return faults_of_params(params, tool->input);
  const std::string close = nearest(name, names_of_tools(registry));
  return {{"", "unknown tool " + std::string{name} +
                   (close.empty() ? "" : "; did you mean " + close + "?")}};
}

/// Whether it is enabled is the loop's state and no part of a version.
std::string without_enabled(json::View definition) {
  json::Writer w;
  w.object();
  for (const auto member : definition) {
    if (member.key() != "enabled") w.key(member.key()).raw(member.raw());
  }
  return std::move(w.end()).text();
}

Loop loop_of(const core::LoopDefinition& definition) {
  return {.name = definition.name,
          .enabled = definition.document->root()["enabled"].as_bool().value_or(true),
          .events = definition.events,
          .server_id = definition.server_id,
          .condition = std::string{definition.condition.raw()},
          .definition = without_enabled(definition.document->root()),
          .max_in_flight = definition.max_in_flight};
}

bool is_wanted(const Context& context, const LoopSubscription& loop, const Event& event,
               std::optional<json::Document>& document) {
  if (event.type.starts_with("loop.")) return false;  // loops do not start each other
  const core::Wish wish{loop.events, loop.server_id};
  if (!core::wakes(context.catalogue, wish, event.type, event.source)) return false;
  if (loop.condition.empty()) return true;
  if (!document) {
    auto parsed = json::Document::parse(event_for_loops(event));
    if (!parsed) return false;
    document = std::move(*parsed);
  }
  const auto condition = json::Document::parse(loop.condition);
  core::Scope scope;
  scope.set("event", document->root());
  const auto good = condition ? core::holds(condition->root(), scope) : Result<bool>{false};
  return good && *good;
}

}  // namespace

std::string event_for_loops(const Event& event) {
  json::Writer w;
  w.object().field("id", text_of(event.key)).field("type", event.type);
  w.field("source", event.source).field("occurred_at", format_rfc3339(event.occurred_at));
  w.field("received_at", format_rfc3339(event.received_at)).field("livemode", event.livemode);
  w.field_or_null("external_reference", std::string_view{event.external_reference});
  w.key("data").raw(readable_data(event));
  return std::move(w.end()).text();
}

std::string idempotency_key_of(const StepRecord& step) {
  return step.params.empty() ? "" : core::idempotency_key(step);
}

int start_runs(const Context& context, Tx& tx, Effects& effects, const Event& event,
               Timestamp now) {
  int started = 0;
  std::optional<json::Document> document;
  for (const LoopSubscription& loop : tx.loop_subscriptions(event.project)) {
    if (!is_wanted(context, loop, event, document)) continue;
    Run run{.loop = loop.no,
            .version = loop.version,
            .project = event.project,
            .event = event.key,
            .due_at = now,
            .started_at = now};
    tx.append_run(run, now);
    effects.due.push_back({lane_of(loop.no), now});
    ++started;
  }
  return started;
}

Result<core::LoopDefinition> Loops::parse(std::string_view definition) const {
  return core::parse_loop(definition, [this](std::string_view tool, json::View params) {
    return faults_of_call(context_.tools, tool, params);
  });
}

Result<Loop> Loops::get(const ReadTx& tx, ProjectNo project, std::string_view id) const {
  auto loop = tx.loop(project, id);
  if (!loop) return fail(Errc::not_found, "no such loop");
  return std::move(*loop);
}

Result<Run> Loops::get_run(const ReadTx& tx, ProjectNo project, std::string_view id) const {
  const auto key = parse_run_key(id);
  auto run = key ? tx.run(*key) : std::nullopt;
  if (!run || run->project != project) return fail(Errc::not_found, "no such run");
  return std::move(*run);
}

Result<Loop> Loops::create(Tx& tx, ProjectNo project, std::string_view definition) const {
  MALOTE_TRY(const auto parsed, parse(definition));
  if (tx.loop_by_name(project, parsed.name))
    return fail(Errc::loop_conflict, "another loop has the name " + parsed.name);
  Loop loop = loop_of(parsed);
  loop.id = random_id(context_.entropy, "lop_");
  loop.project = project;
  loop.created_at = loop.updated_at = context_.clock.now();
  tx.insert_loop(loop);
  return loop;
}

Result<Loop> Loops::patch(Tx& tx, Effects& effects, ProjectNo project, std::string_view id,
                          json::View patch) const {
  MALOTE_TRY(const auto before, get(tx, project, id));
  if (patch.size() == 0) return fail(Errc::invalid_body, "the patch is empty");
  if (patch.size() == 1 && patch["enabled"].as_bool())
    return set_enabled(tx, project, id, *patch["enabled"].as_bool());
  MALOTE_TRY(const auto document, json::Document::parse(before.definition));
  const std::string text = json::merged(document.root(), patch);
  MALOTE_TRY(const auto parsed, parse(text));
  const auto named = tx.loop_by_name(project, parsed.name);
  if (named && named->no != before.no)
    return fail(Errc::loop_conflict, "another loop has the name " + parsed.name);
  Loop after = loop_of(parsed);
  after.no = before.no;
  after.id = before.id;
  after.project = project;
  after.version = before.version + 1;
  if (!patch["enabled"].as_bool()) after.enabled = before.enabled;
  after.created_at = before.created_at;
  after.updated_at = context_.clock.now();
  tx.update_loop(after);
  effects.loops.push_back(after.no);
  return after;
}

Result<Loop> Loops::set_enabled(Tx& tx, ProjectNo project, std::string_view id,
                                bool enabled) const {
  MALOTE_TRY(auto loop, get(tx, project, id));
  if (loop.enabled != enabled) {
    loop.enabled = enabled;
    loop.updated_at = context_.clock.now();
    tx.update_loop(loop);
  }
  return loop;
}

Result<void> Loops::remove(Tx& tx, ProjectNo project, std::string_view id) const {
  MALOTE_TRY(auto loop, get(tx, project, id));
  loop.deleted = true;
  loop.enabled = false;
  loop.updated_at = context_.clock.now();
  tx.update_loop(loop);
  return {};
}

Result<std::string> Loops::event_text(const ReadTx& tx, ProjectNo project,
                                      const RunWish& wish) const {
  if (!wish.event) return wish.payload.empty() ? std::string{"{}"} : wish.payload;
  const auto event = tx.event(*wish.event);
  if (!event || event->project != project) return fail(Errc::not_found, "no such event");
  return event_for_loops(*event);
}

Result<Run> Loops::run(Tx& tx, Effects& effects, ProjectNo project, std::string_view id,
                       const RunWish& wish) const {
  MALOTE_TRY(const auto loop, get(tx, project, id));
  MALOTE_TRY(const auto text, event_text(tx, project, wish));
  const Timestamp now = context_.clock.now();
  Run run{.loop = loop.no,
          .version = loop.version,
          .project = project,
          .event = wish.event.value_or(EventKey{}),
          .payload = wish.event ? "" : text,
          .origin = RunOrigin::manual,
          .due_at = now,
          .started_at = now};
  tx.append_run(run, now);
  effects.due.push_back({lane_of(loop.no), now});
  return run;
}

Result<std::string> Loops::dry_run(const ReadTx& tx, ProjectNo project, std::string_view id,
                                   const RunWish& wish, json::View results) const {
  MALOTE_TRY(const auto loop, get(tx, project, id));
  MALOTE_TRY(const auto definition, parse(loop.definition));
  MALOTE_TRY(const auto text, event_text(tx, project, wish));
  MALOTE_TRY(const auto event, json::Document::parse(text));
  const std::string now = "\"" + format_rfc3339(context_.clock.now()) + "\"";
  MALOTE_TRY(const auto time, json::Document::parse(now));
  MALOTE_TRY(const auto day, json::Document::parse(now.substr(0, 11) + "\""));
  MALOTE_TRY(const auto run, json::Document::parse(R"({"id":"run_0000000000000000","loop_id":")" +
                                                   loop.id + "\"}"));
  core::Scope scope;
  scope.set("event", event.root());
  scope.set("run", run.root());
  scope.set("now", time.root());
  scope.set("today", day.root());
  for (const auto result : results) scope.set("steps." + std::string{result.key()}, result);
  json::Writer w;
  w.object().field("dry_run", true).field("loop_id", loop.id).field("version", loop.version);
  w.key("steps").array();
  for (int i = 0; i < static_cast<int>(definition.steps.size()); ++i) {
    const auto step = core::plan_next(definition, {.next = i}, scope);
    using Kind = core::PlannedStep::Kind;
    w.object().field("name", step.name).field("tool", step.tool);
    w.field("would", step.kind == Kind::call   ? "call"
                     : step.kind == Kind::skip ? "skip"
                                               : "wait_or_fail");
    w.key("params").raw(step.kind == Kind::call ? step.params : "null");
    w.field_or_null("unresolved", std::string_view{step.error}).end();
  }
  return std::move(w.end().end()).text();
}

Result<Run> Loops::cancel(Tx& tx, ProjectNo project, std::string_view id) const {
  MALOTE_TRY(auto run, get_run(tx, project, id));
  if (run.state == RunState::cancelled) return run;
  if (is_finished(run.state))
    return fail(Errc::run_finished, "the run is " + std::string{word(run.state)} + " already");
  run.state = RunState::cancelled;
  run.finished_at = context_.clock.now();
  tx.update_run(run);
  return run;
}

namespace {

bool is_uncertain_compensation(const StepRecord& record) {
  return record.position >= kCompensation && record.state == StepState::failed && record.unknown;
}

/// Marks what is to be done again. A step that definitely had no effect gets a new idempotency key,
/// so that the provider does not answer with the old failure; one that may have had it keeps its.
/// A step whose compensation may have happened is done again if it stands at `from` or later.
int mark_pending(Tx& tx, const std::vector<StepRecord>& journal, int from) {
  const auto is_compensated = [&](int position) {
    return std::ranges::any_of(journal, [&](const StepRecord& other) {
      if (other.position != kCompensation + position) return false;
      return other.state == StepState::succeeded ||
             (is_uncertain_compensation(other) && position >= from);
    });
  };
  int marked = 0;
  for (const StepRecord& record : journal) {
    const int position = record.position % kCompensation;
    const bool undone = is_compensated(position);
    if (record.state == StepState::pending || (position < from && !undone)) continue;
    const bool compensation = record.position >= kCompensation;
    if (record.state == StepState::succeeded && !undone && !compensation) continue;
    StepRecord again{.run = record.run,
                     .position = record.position,
                     .generation = record.generation + (record.unknown && !undone ? 0 : 1),
                     .name = record.name,
                     .tool = record.tool,
                     .state = StepState::pending};
    tx.put_step(again);
    ++marked;
  }
  return marked;
}

}  // namespace

Result<Run> Loops::redrive(Tx& tx, Effects& effects, ProjectNo project, std::string_view id,
                           std::string_view from) const {
  MALOTE_TRY(auto run, get_run(tx, project, id));
  if (!is_finished(run.state) || run.state == RunState::completed)
    return fail(Errc::run_not_failed,
                "the run is " + std::string{word(run.state)} + "; only a failed one is redriven");
  const auto journal = tx.step_heads(run.key);
  const auto is_failed = [](const StepRecord& r) {
    return r.state == StepState::failed && r.position < kCompensation;
  };
  const auto first_failed = std::ranges::find_if(journal, is_failed);
  const auto uncertain = std::ranges::find_if(journal, is_uncertain_compensation);
  if (from.empty() && uncertain != journal.end())
    return fail(Errc::run_not_failed, "nobody knows whether the compensation of " +
                                          uncertain->name + " (" + uncertain->tool +
                                          ") was done; look at the provider, then redrive with" +
                                          " ?from=" + uncertain->name +
                                          " if it was, or from the step that failed if not");
  int position = first_failed == journal.end() ? 0 : first_failed->position;
  if (!from.empty()) {
    const auto named = std::ranges::find(journal, from, &StepRecord::name);
    if (named == journal.end())
      return fail(make_issue(Errc::invalid_query, "from",
                             "no step of the journal has this name: " + std::string{from}));
    if (first_failed != journal.end() && first_failed->position < named->position)
      return fail(Errc::run_not_failed,
                  "the step " + first_failed->name + " failed before it; redrive from there");
    position = named->position;
  }
  const Timestamp now = context_.clock.now();
  mark_pending(tx, journal, position);
  run.state = RunState::running;
  run.attempts = 0;
  run.error.clear();
  run.failed_step.clear();
  run.finished_at = {};
  run.due_at = now;
  tx.update_run(run);
  effects.due.push_back({lane_of(run.loop), now});
  return run;
}

}  // namespace malote::engine
