#include "malote/client/loop.h"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <thread>

#include "malote/client.h"

namespace malote::client {

const ToolResult& StepResults::operator[](std::size_t position) const {
  if (position < results_.size()) return results_[position];
  throw std::out_of_range{"result " + std::to_string(position) + " of the loop: there are " +
                          std::to_string(results_.size()) + " so far"};
}

const ToolResult& StepResults::operator[](std::string_view name) const {
  static const ToolResult none{.error = "the step has no result"};
  const auto named = std::ranges::find(names_, name);
  if (name.empty() || named == names_.end()) {
    throw std::out_of_range{"no step of the loop is named '" + std::string{name} + "'"};
  }
  const auto step = static_cast<std::size_t>(named - names_.begin());
  const auto at = std::ranges::find(steps_, step);
  return at == steps_.end() ? none : results_[static_cast<std::size_t>(at - steps_.begin())];
}

void StepResults::push(std::size_t step, ToolResult result) {
  results_.push_back(std::move(result));
  steps_.push_back(step);
}

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

std::vector<std::string> names_of(const std::vector<Step>& steps) {
  std::vector<std::string> names;
  for (const Step& step : steps) {
    if (!step.name.empty() && std::ranges::find(names, step.name) != names.end()) {
      throw std::invalid_argument{"two steps of the loop are named '" + step.name + "'"};
    }
    names.push_back(step.name);
  }
  return names;
}

milliseconds delay_after(const RetryPolicy& policy, int attempt) {
  constexpr int kMaxDoublings = 20;  // twelve days at a second's base
  if (policy.backoff == Backoff::linear) return policy.base_delay * (attempt + 1);
  return policy.base_delay * (std::int64_t{1} << std::min(attempt, kMaxDoublings));
}

class Run {
 public:
  Run(const LoopConfig& config, const Execute& execute)
      : config_(config), execute_(execute), results_(names_of(config.steps)) {}

  LoopResult run() {
    const auto start = steady_clock::now();
    bool aborted = false;
    for (std::size_t i = 0; i < config_.steps.size() && !aborted; ++i) {
      const Step& step = config_.steps[i];
      if (step.when && !step.when(results_)) continue;
      aborted = !run_step(step, i) && config_.abort_on_error;
    }
    const auto succeeded = [](const ToolResult& result) { return result.success; };
    LoopResult result;
    result.success = !aborted && std::ranges::all_of(results_, succeeded);
    result.completed_steps = static_cast<std::size_t>(std::ranges::count_if(results_, succeeded));
    result.total_steps = config_.steps.size();
    result.results = std::move(results_);
    result.duration = std::chrono::duration_cast<milliseconds>(steady_clock::now() - start);
    return result;
  }

 private:
  bool run_step(const Step& step, std::size_t index) {
    std::string error;
    std::optional<ToolResult> result = attempt_all(step, index, error);
    if (!error.empty()) {
      if (config_.on_step_error) config_.on_step_error(step, error, index);
      if (result) results_.push(index, std::move(*result));
      return false;
    }
    results_.push(index, *result);
    if (config_.on_step_complete) config_.on_step_complete(step, *result, index);
    return true;
  }

  /// The last answer, if any attempt got one, and the last attempt's error, if it failed.
  std::optional<ToolResult> attempt_all(const Step& step, std::size_t index, std::string& error) {
    const Json params = step.params(results_);
    const std::string key = key_of(step, index);
    std::optional<ToolResult> result;
    for (int attempt = 0;; ++attempt) {
      try {
        result = execute_(step.tool, params, key);
        error = result->success ? "" : result->error.empty() ? "the tool failed" : result->error;
      } catch (const ClientError& thrown) {
        error = thrown.what();
      }
      if (error.empty() || attempt >= config_.retry_policy.max_retries) return result;
      wait(delay_after(config_.retry_policy, attempt));
    }
  }

  std::string key_of(const Step& step, std::size_t index) const {
    if (config_.idempotency_key.empty()) return {};
    return config_.idempotency_key + ":" + (step.name.empty() ? std::to_string(index) : step.name);
  }

  void wait(milliseconds delay) const {
    if (config_.wait) return config_.wait(delay);
    std::this_thread::sleep_for(delay);
  }

  const LoopConfig& config_;
  const Execute& execute_;
  StepResults results_;
};

}  // namespace

LoopResult run_loop(const LoopConfig& config, const Execute& execute) {
  return Run{config, execute}.run();
}

}  // namespace malote::client
