#include "core/loop_definition.h"

#include <algorithm>
#include <set>

#include "core/template.h"

namespace malote::core {

namespace {

constexpr std::string_view kMembers[] = {"name",          "on",     "steps", "abort_on_error",
                                         "max_in_flight", "enabled"};
constexpr std::string_view kOnMembers[] = {"event", "events", "server_id", "when"};
constexpr std::string_view kStepMembers[] = {"name",  "tool",    "params",         "when",
                                             "retry", "timeout", "abort_on_error", "compensate"};
constexpr std::string_view kRetryMembers[] = {"max_attempts", "base_delay", "max_delay", "backoff"};
constexpr std::string_view kCompensateMembers[] = {"tool", "params"};

constexpr Millis kLongestTimeout{120'000};
constexpr Millis kLongestDelay{24 * 3'600'000};

bool is_name(std::string_view text) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789_-";
  return !text.empty() && text.size() <= 64 &&
         text.find_first_not_of(kAllowed) == std::string_view::npos;
}

/// Reads one definition; collects what is wrong with it.
class LoopReader {
 public:
  explicit LoopReader(const ToolCheck& check_tool) : check_tool_(check_tool) {}

  LoopDefinition read(json::View root) {
    LoopDefinition loop;
    only(root, kMembers, "");
    loop.name = text(root, "name", "", 128);
    if (loop.name.empty()) issue("/name", "is required: 1 to 128 characters");
    read_on(root["on"], loop);
    loop.max_in_flight = static_cast<int>(integer(root, "max_in_flight", "", {1, 1024}, 64));
    const bool aborts = boolean(root, "abort_on_error", "", true);
    (void)boolean(root, "enabled", "", true);
    const json::View steps = root["steps"];
    if (!steps.is_array() || steps.size() == 0 || steps.size() > kMaxLoopSteps) {
      issue("/steps", "takes a list of 1 to " + std::to_string(kMaxLoopSteps) + " steps");
      return loop;
    }
    std::size_t index = 0;
    for (const auto step : steps)
      loop.steps.push_back(read_step(step, "/steps/" + std::to_string(index++), aborts));
    return loop;
  }

  std::vector<Issue> take() && { return std::move(issues_); }

 private:
  struct Range {
    std::int64_t min, max;
  };

  void issue(std::string at, std::string message) {
    issues_.push_back({std::move(at), std::move(message)});
  }

  template <std::size_t N>
  void only(json::View object, const std::string_view (&known)[N], const std::string& at) {
    if (!object.is_object()) return issue(at, "takes an object");
    for (const auto member : object) {
      if (std::ranges::find(known, member.key()) == std::end(known))
        issue(at + "/" + std::string{member.key()}, "is no member here");
    }
  }

  std::string text(json::View object, std::string_view name, const std::string& at,
                   std::size_t max) {
    const json::View value = object[name];
    if (!value || value.is_null()) return {};
    const auto given = value.as_string();
    if (!given || given->size() > max) {
      issue(at + "/" + std::string{name},
            "takes a text of at most " + std::to_string(max) + " characters");
      return {};
    }
    return std::string{*given};
  }

  std::int64_t integer(json::View object, std::string_view name, const std::string& at, Range range,
                       std::int64_t otherwise) {
    const json::View value = object[name];
    if (!value) return otherwise;
    const auto given = value.as_int();
    if (given && *given >= range.min && *given <= range.max) return *given;
    issue(at + "/" + std::string{name}, "takes a whole number from " + std::to_string(range.min) +
                                            " to " + std::to_string(range.max));
    return otherwise;
  }

  bool boolean(json::View object, std::string_view name, const std::string& at, bool otherwise) {
    const json::View value = object[name];
    if (value && !value.as_bool()) issue(at + "/" + std::string{name}, "takes true or false");
    return value.as_bool().value_or(otherwise);
  }

  Millis duration(json::View object, std::string_view name, const std::string& at, Millis longest,
                  Millis otherwise) {
    const json::View value = object[name];
    if (!value) return otherwise;
    const auto given = parse_duration(value.as_string().value_or(""));
    if (given && *given > Millis{0} && *given <= longest) return *given;
    issue(
        at + "/" + std::string{name},
        R"(takes a duration such as "500ms", "10s" or "2m", at most )" + format_duration(longest));
    return otherwise;
  }

  void read_on(json::View on, LoopDefinition& loop) {
    if (!on || on.is_null()) return;
    only(on, kOnMembers, "/on");
    if (on["event"]) loop.events.push_back(text(on, "event", "/on", 128));
    for (const auto pattern : on["events"])
      loop.events.emplace_back(pattern.as_string().value_or(""));
    if (loop.events.empty() || loop.events.size() > 50)
      issue("/on", R"(takes "event" or up to 50 "events"; leave `on` out for a loop run by hand)");
    for (const auto& pattern : loop.events) {
      if (pattern.empty()) issue("/on", "has an event without a name");
      if (pattern.starts_with("loop."))
        issue("/on", pattern + " would let loops start each other without end");
    }
    loop.server_id = text(on, "server_id", "/on", 64);
    loop.condition = on["when"];
    check_references(
        loop.condition ? references_of_condition(loop.condition) : Result<std::vector<Reference>>{},
        "/on/when", false);
  }

  LoopStep read_step(json::View given, const std::string& at, bool aborts) {
    LoopStep step;
    only(given, kStepMembers, at);
    step.name = text(given, "name", at, 64);
    if (!is_name(step.name))
      issue(at + "/name", "is required: 1 to 64 of a-z, 0-9, _ and -; others refer to it");
    if (names_.contains(step.name)) issue(at + "/name", "another step has this name");
    step.tool = text(given, "tool", at, 160);
    step.params = given["params"].is_null() ? json::View{} : given["params"];
    check_call(step.tool, step.params, at);
    step.when = given["when"];
    if (step.when) check_references(references_of_condition(step.when), at + "/when", true);
    read_retry(given["retry"], at + "/retry", step);
    step.timeout = duration(given, "timeout", at, kLongestTimeout, step.timeout);
    step.abort_on_error = boolean(given, "abort_on_error", at, aborts);
    names_.insert(step.name);
    if (const json::View back = given["compensate"]) {
      only(back, kCompensateMembers, at + "/compensate");
      step.compensate_tool = text(back, "tool", at + "/compensate", 160);
      step.compensate_params = back["params"];
      check_call(step.compensate_tool, step.compensate_params, at + "/compensate");
    }
    return step;
  }

  void read_retry(json::View retry, const std::string& at, LoopStep& step) {
    if (!retry) return;
    only(retry, kRetryMembers, at);
    step.max_attempts = static_cast<int>(integer(retry, "max_attempts", at, {1, 50}, 5));
    step.base_delay = duration(retry, "base_delay", at, kLongestDelay, step.base_delay);
    step.max_delay =
        duration(retry, "max_delay", at, kLongestDelay, std::max(step.base_delay, step.max_delay));
    const std::string backoff = text(retry, "backoff", at, 16);
    if (!backoff.empty() && backoff != "exponential" && backoff != "linear")
      issue(at + "/backoff", R"(takes "exponential" or "linear")");
    step.exponential = backoff != "linear";
  }

  void check_call(const std::string& tool, json::View params, const std::string& at) {
    if (tool.empty()) return issue(at + "/tool", "is required");
    if (params && params.is_null()) params = {};
    if (params && !params.is_object()) return issue(at + "/params", "takes an object");
    const std::size_t before = issues_.size();
    if (params) check_references(references_of_template(params), at + "/params", true);
    if (issues_.size() > before) return;
    for (auto& [path, message] : check_tool_(tool, params))
      issue(path.empty() ? at + "/tool" : at + "/params" + path, std::move(message));
  }

  /// References lead to the event, the run, or a step before.
  void check_references(const Result<std::vector<Reference>>& references, const std::string& at,
                        bool steps_too) {
    if (!references) {
      const auto& error = references.error();
      const bool placed = !error.issues.empty();
      return issue(at + (placed ? error.issues.front().path : ""),
                   placed ? error.issues.front().message : error.message);
    }
    for (const auto& [path, place] : *references) {
      const auto dot = path.find('.');
      const std::string head = path.substr(0, dot);
      if (head == "event") continue;
      if (steps_too && (path == "today" || path == "now" || head == "run")) continue;
      if (!steps_too || head != "steps") {
        issue(at + place, path + ": refer to event" +
                              std::string{steps_too ? ", steps.<name>, run, today or now" : ""});
        continue;
      }
      const std::string rest = dot == std::string::npos ? "" : path.substr(dot + 1);
      const std::string step = rest.substr(0, rest.find('.'));
      if (!names_.contains(step)) issue(at + place, path + ": no step before this one is " + step);
    }
  }

  const ToolCheck& check_tool_;
  std::set<std::string> names_{};
  std::vector<Issue> issues_{};
};

}  // namespace

Result<LoopDefinition> parse_loop(std::string_view text, const ToolCheck& check_tool) {
  MALOTE_TRY(auto parsed, json::Document::parse(text));
  const auto document = std::make_shared<const json::Document>(std::move(parsed));
  LoopReader reader{check_tool};
  LoopDefinition loop = reader.read(document->root());
  loop.document = document;
  auto issues = std::move(reader).take();
  if (issues.empty()) return loop;
  Error error = make_error(Errc::invalid_body, "the loop cannot be used: " + issues.front().path +
                                                   " " + issues.front().message);
  error.issues = std::move(issues);
  return fail(std::move(error));
}

std::optional<Millis> wait_after(const LoopStep& step, int attempt) {
  if (attempt >= step.max_attempts) return {};
  Millis wait = step.base_delay;
  for (int i = 1; i < attempt && wait < step.max_delay; ++i)
    wait = step.exponential ? wait * 2 : wait + step.base_delay;
  return std::min(wait, step.max_delay);
}

}  // namespace malote::core
