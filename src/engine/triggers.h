// Use cases on triggers. Each works inside the caller's transaction (engine/context.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/context.h"

namespace malote::engine {

/// What a client may set; absent members keep their value (or take the default at create).
struct TriggerPatch {
  std::optional<std::string> name{}, server_id{}, url{};
  std::optional<std::vector<std::string>> events{};
  std::optional<HeaderList> headers{};
  std::optional<Millis> timeout{};
  std::optional<std::vector<Millis>> gaps{};
  std::optional<int> jitter_permille{}, max_in_flight{}, rate_limit_per_s{};
  std::optional<PayloadFormat> format{};
  std::optional<SignatureScheme> signature{};
  std::optional<TriggerStatus> status{};
};

struct CreatedTrigger {
  Trigger trigger{};
  Secret secret{};  // shown this once
};

struct TestFire {
  std::string event{};  // empty: what the trigger subscribes to
  std::string data{};   // JSON object; empty: the catalogue's sample
};

class Triggers {
 public:
  explicit Triggers(const Context& context) : context_(context) {}

  Result<CreatedTrigger> create(Tx& tx, Effects& effects, ProjectNo project,
                                const TriggerPatch& wish) const;
  Result<Trigger> patch(Tx& tx, Effects& effects, ProjectNo project, std::string_view id,
                        const TriggerPatch& patch) const;
  Result<void> remove(Tx& tx, Effects& effects, ProjectNo project, std::string_view id) const;
  Result<CreatedTrigger> rotate_secret(Tx& tx, Effects& effects, ProjectNo project,
                                       std::string_view id) const;
  Result<Delivery> test_fire(Tx& tx, Effects& effects, ProjectNo project, std::string_view id,
                             const TestFire& wish) const;

  struct Redelivered {
    Delivery delivery{};
    Trigger trigger{};
  };
  /// A new delivery of the same event; ends the failure streak, does not resume the trigger.
  Result<Redelivered> redeliver(Tx& tx, Effects& effects, ProjectNo project, DeliveryKey key) const;

  struct RetriedPending {
    int scanned = 0;
    int redispatched = 0;
  };
  /// Makes waiting deliveries of active triggers due now, at most `limit`.
  Result<RetriedPending> retry_pending(Tx& tx, Effects& effects, ProjectNo project,
                                       int limit) const;

 private:
  Result<void> apply(Trigger& trigger, const TriggerPatch& patch) const;

  const Context& context_;
};

}  // namespace malote::engine
