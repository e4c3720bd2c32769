// A loop: tools run in order on an event. A run is one passage through it; its journal holds what
// each step did, and where it goes on after a crash.
#pragma once

#include <string>
#include <vector>

#include "base/ids.h"
#include "base/time.h"

namespace malote {

struct Loop {
  LoopNo no{};
  std::string id{};  // lop_ + 16
  ProjectNo project{};
  std::string name{};
  int version = 1;
  bool enabled = true;
  bool deleted = false;               // its running runs go on; nobody else sees it
  std::vector<std::string> events{};  // as of a trigger; empty: by hand only
  std::string server_id{};
  std::string condition{};   // JSON, over the event; empty for none
  std::string definition{};  // of the current version: JSON as it was given, checked
  int max_in_flight = 64;    // runs at a time
  Timestamp created_at{};
  Timestamp updated_at{};
};

/// running → completed | failed | cancelled; failed → running again by redrive. `compensating` runs
/// the compensations of what was done, on its way to failed.
enum class RunState : std::uint8_t { running, compensating, completed, failed, cancelled };
std::string_view word(RunState state);
inline bool is_finished(RunState s) { return s >= RunState::completed; }

enum class RunOrigin : std::uint8_t { event, manual };
std::string_view word(RunOrigin origin);

struct Run {
  RunKey key{};
  LoopNo loop{};
  int version = 0;
  ProjectNo project{};
  EventKey event{};       // 0 when it was started with a payload
  std::string payload{};  // JSON object that stands for the event; empty when there is one
  RunState state = RunState::running;
  RunOrigin origin = RunOrigin::event;
  int attempts = 0;    // of the step that is next
  Timestamp due_at{};  // of its next attempt
  Timestamp started_at{};
  Timestamp finished_at{};
  std::string error{};        // why it failed
  std::string failed_step{};  // and where
};

/// `pending` stands where a redrive asked for a step again.
enum class StepState : std::uint8_t { succeeded, failed, skipped, pending };
std::string_view word(StepState state);

/// One entry of a run's journal. Compensations stand at kCompensation + the step's position.
struct StepRecord {
  RunKey run{};
  int position = 0;
  int generation = 0;  // grows when a step that definitely had no effect is redriven
  std::string name{};
  std::string tool{};
  StepState state = StepState::succeeded;
  std::string params{};  // JSON, resolved; empty when it was skipped or could not be resolved
  std::string result{};  // JSON: {"success","data","error",…}
  bool unknown = false;  // failed, but may have had its effect
  int attempts = 0;
  Timestamp started_at{};
  Timestamp finished_at{};
};
inline constexpr int kCompensation = 1'000'000;

}  // namespace malote
