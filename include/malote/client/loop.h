// The deterministic loop: steps run one after another, each may use the results before it. It runs
// here, in the client; each attempt of a step is one Session::execute().
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "malote/client/json.h"

namespace malote::client {

/// What a tool answered. A tool that failed is a result too: `success` is false, `error` says why.
struct ToolResult {
  bool success = false;
  Json data{};
  std::string error{};                   // empty on success
  std::chrono::milliseconds duration{};  // as measured by the gateway
  std::string server{};
  std::string tool{};
  std::string tool_call_id{};  // "tc_…"; empty when no call was recorded
  std::string called_at{};     // RFC 3339
  int http_status = 200;       // other than 2xx: the gateway itself refused, `data` is null
};

/// The results so far, in order. A step that was skipped, or got no answer, has none, so the
/// positions of those behind it shift; names do not.
class StepResults {
 public:
  StepResults() = default;
  explicit StepResults(std::vector<std::string> names) : names_(std::move(names)) {}

  std::size_t size() const { return results_.size(); }
  bool empty() const { return results_.empty(); }
  auto begin() const { return results_.begin(); }
  auto end() const { return results_.end(); }

  /// By position among the results; throws std::out_of_range when there are fewer.
  const ToolResult& operator[](std::size_t position) const;
  /// By the step's name. A step without a result yields one that did not succeed and holds nulls;
  /// a name that no step of the loop has throws std::out_of_range.
  const ToolResult& operator[](std::string_view name) const;

  void push(std::size_t step, ToolResult result);

 private:
  std::vector<std::string> names_;  // of all steps of the loop
  std::vector<ToolResult> results_;
  std::vector<std::size_t> steps_;  // the step of each result
};

/// Parameters as a value, or as a function of the results so far.
class StepParams {
 public:
  using Function = std::function<Json(const StepResults&)>;

  StepParams() : StepParams(Json::object()) {}
  StepParams(Json value) : value_(std::move(value)) {}
  StepParams(std::initializer_list<Json::Member> members) : value_(members) {}
  template <class F>
  requires(!std::same_as<F, StepParams> && std::is_invocable_r_v<Json, F, const StepResults&>)
      StepParams(F function)
      : function_(std::move(function)) {}

  Json operator()(const StepResults& results) const {
    return function_ ? function_(results) : value_;
  }

 private:
  Json value_{};
  Function function_{};
};

struct Step {
  std::string name{};  // to reach its result by; may stay empty
  std::string tool{};  // "codespar_invoice", "asaas/create_payment"
  StepParams params{};
  std::function<bool(const StepResults&)> when{};  // empty: always
};

enum class Backoff { linear, exponential };

/// After attempt n = 0, 1, … that failed, the wait is base_delay × (n + 1), or base_delay × 2^n.
struct RetryPolicy {
  int max_retries = 0;
  Backoff backoff = Backoff::linear;
  std::chrono::milliseconds base_delay{1000};
};

struct LoopConfig {
  std::vector<Step> steps{};
  bool abort_on_error = true;
  RetryPolicy retry_policy{};
  /// Called with the step, its result or what went wrong, and its index among `steps`.
  std::function<void(const Step&, const ToolResult&, std::size_t)> on_step_complete{};
  std::function<void(const Step&, const std::string& error, std::size_t)> on_step_error{};
  /// When set, step i sends Idempotency-Key "<this>:<its name, or i>", the same for each attempt,
  /// so that a loop that is run again (a webhook came twice) has no effect twice.
  std::string idempotency_key{};
  /// How to wait between attempts; empty: the thread sleeps.
  std::function<void(std::chrono::milliseconds)> wait{};
};

struct LoopResult {
  /// No result is a failure. A step that got no answer at all has no result: compare
  /// completed_steps with total_steps where each step counts.
  bool success = false;
  StepResults results{};
  std::chrono::milliseconds duration{};  // of all calls and waits
  std::size_t completed_steps = 0;       // those that succeeded
  std::size_t total_steps = 0;
};

/// How the loop executes: tool, parameters, idempotency key (may be empty). What it throws as
/// ClientError counts as a failed attempt without an answer.
using Execute = std::function<ToolResult(const std::string&, const Json&, const std::string&)>;

/// Runs the steps. Exceptions of `when`, `params` and the callbacks end the loop and reach the
/// caller. Throws std::invalid_argument when a name occurs twice. Session::loop() is this with its
/// own execute.
LoopResult run_loop(const LoopConfig& config, const Execute& execute);

}  // namespace malote::client
