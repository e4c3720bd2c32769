// Use cases on loops and their runs. Inside the caller's transaction.
#pragma once

#include <optional>
#include <string>

#include "base/json.h"
#include "core/loop_definition.h"
#include "engine/context.h"

namespace malote::engine {

/// What a run is started with by hand: a stored event, or an object that stands for one.
struct RunWish {
  std::optional<EventKey> event{};
  std::string payload{};  // JSON object {"type","data",…}; empty when there is an event
};

class Loops {
 public:
  explicit Loops(const Context& context) : context_(context) {}

  /// `definition` is a loop's JSON (core/loop_definition.h). Errc::invalid_body names every fault;
  /// Errc::loop_conflict when the name is taken.
  Result<Loop> create(Tx& tx, ProjectNo project, std::string_view definition) const;
  /// Members of `patch` replace those of the definition. A new version, unless only `enabled` was
  /// given; runs that have begun stay on theirs.
  Result<Loop> patch(Tx& tx, Effects& effects, ProjectNo project, std::string_view id,
                     json::View patch) const;
  Result<Loop> set_enabled(Tx& tx, ProjectNo project, std::string_view id, bool enabled) const;
  /// Nothing starts it any more; its running runs go on to their end.
  Result<void> remove(Tx& tx, ProjectNo project, std::string_view id) const;

  Result<Run> run(Tx& tx, Effects& effects, ProjectNo project, std::string_view id,
                  const RunWish& wish) const;
  /// What each step would be called with, as JSON; `results` may hold results that stand for those
  /// of earlier steps, by name.
  Result<std::string> dry_run(const ReadTx& tx, ProjectNo project, std::string_view id,
                              const RunWish& wish, json::View results) const;
  /// The step under way ends, and its result is kept; nothing follows it.
  Result<Run> cancel(Tx& tx, ProjectNo project, std::string_view id) const;
  /// Runs again what failed or was skipped, from the step `from` on (empty: the first that
  /// failed). What succeeded is not done again, unless it was compensated.
  Result<Run> redrive(Tx& tx, Effects& effects, ProjectNo project, std::string_view id,
                      std::string_view from) const;

  Result<Loop> get(const ReadTx& tx, ProjectNo project, std::string_view id) const;
  Result<Run> get_run(const ReadTx& tx, ProjectNo project, std::string_view id) const;

 private:
  Result<core::LoopDefinition> parse(std::string_view definition) const;
  Result<std::string> event_text(const ReadTx& tx, ProjectNo project, const RunWish& wish) const;

  const Context& context_;
};

/// Starts a run of every loop that waits for this event, in this transaction. Returns how many.
int start_runs(const Context& context, Tx& tx, Effects& effects, const Event& event, Timestamp now);

/// What the provider knows the step's call by; empty where nothing is called.
std::string idempotency_key_of(const StepRecord& step);

/// The event as loops see it, as JSON: {"id","type","source","occurred_at",…,"data":{…}}.
std::string event_for_loops(const Event& event);

}  // namespace malote::engine
