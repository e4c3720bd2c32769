// What a loop does, read from its JSON and checked before it is stored: docs/loops.md describes it
// for users. Pure; immutable once parsed.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"

namespace malote::core {

inline constexpr std::size_t kMaxLoopSteps = 100;

/// Views point into the definition's document.
struct LoopStep {
  std::string name{};
  std::string tool{};
  json::View params{};  // template; absent: {}
  json::View when{};    // condition; absent: always
  int max_attempts = 5;
  Millis base_delay{1000};
  Millis max_delay{300'000};
  bool exponential = true;
  Millis timeout{30'000};      // of one attempt
  bool abort_on_error = true;  // the steps after it are not run when it fails
  std::string compensate_tool{};
  json::View compensate_params{};
};

struct LoopDefinition {
  std::string name{};
  std::vector<std::string> events{};  // empty: by hand only
  std::string server_id{};
  json::View condition{};  // over the event; absent: any
  std::vector<LoopStep> steps{};
  int max_in_flight = 64;
  std::shared_ptr<const json::Document> document{};
};

/// What is wrong with calling `tool` with `params` (a template): issues with pointers into params,
/// or with an empty path for the tool's name.
using ToolCheck = std::function<std::vector<Issue>(std::string_view tool, json::View params)>;

/// All faults at once, as issues with JSON pointers into `text`.
Result<LoopDefinition> parse_loop(std::string_view text, const ToolCheck& check_tool);

/// How long to wait after attempt `attempt` (1, 2, …) of a step, or nothing when it was the last.
std::optional<Millis> wait_after(const LoopStep& step, int attempt);

}  // namespace malote::core
