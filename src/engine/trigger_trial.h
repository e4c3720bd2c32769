// One real attempt for a trigger that does not exist yet: the same checks, signatures, body and
// client as a delivery, and nothing stored. Thread-safe.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <mutex>

#include "engine/triggers.h"
#include "ports/http_client.h"

namespace malote::engine {

struct TrialWish {
  ProjectNo project{};
  TriggerPatch trigger{};
  TestFire event{};
  Secret secret{};  // empty: one is made for this attempt
};

struct TrialResult {
  std::string event_type{};
  HttpRequest request{};  // as it was sent
  Secret secret{};        // that signed it
  HttpOutcome http{};
  std::string error{};  // as an attempt's; empty for a 2xx
};

class TriggerTrial {
 public:
  TriggerTrial(const Context& context, HttpClient& http) : context_(context), http_(http) {}

  /// `done` is called exactly once; from inside start() only where it refuses: a wish that create()
  /// would refuse, or Errc::rate_limited after kPerMinute of a project within a minute.
  using Done = std::function<void(Result<TrialResult>)>;
  void start(TrialWish wish, const Done& done);

  static constexpr int kPerMinute = 20;

 private:
  Result<void> admit(ProjectNo project);

  const Context& context_;
  HttpClient& http_;
  std::mutex mutex_;
  std::map<ProjectNo, std::deque<Timestamp>> started_;  // within the last minute
};

}  // namespace malote::engine
