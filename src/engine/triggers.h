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

/// Which dead letters to send again.
struct BulkRedeliver {
  DeadLetterFilter filter{};
  Page page{};  // where to go on; its limit does not count
  int most = kMaxRedelivered;
  static constexpr int kMaxRedelivered = 200;  // looked at in one write
  static constexpr int kMaxCounted = 2000;     // looked at in one dry run
};

struct BulkRedelivered {
  int matched = 0;      // fit, and were not sent again before: these are, or would be
  int sent_before = 0;  // fit, but were
  Scan<Delivery> scan{};
};

class Triggers {
 public:
  explicit Triggers(const Context& context) : context_(context) {}

  Result<CreatedTrigger> create(Tx& tx, Effects& effects, ProjectNo project,
                                const TriggerPatch& wish) const;
  Result<Trigger> patch(Tx& tx, Effects& effects, ProjectNo project, std::string_view id,
                        const TriggerPatch& patch) const;
  Result<void> remove(Tx& tx, Effects& effects, ProjectNo project, std::string_view id) const;
  /// A trigger as create() would make it, with a secret of its own where `secret` is empty; stored
  /// nowhere.
  Result<CreatedTrigger> draft(ProjectNo project, const TriggerPatch& wish, Secret secret) const;
  /// While `overlap` lasts deliveries are signed with the old secret, too. Fails
  /// (Errc::overlap_not_possible) where the scheme's header has room for one signature only.
  Result<CreatedTrigger> rotate_secret(Tx& tx, Effects& effects, ProjectNo project,
                                       std::string_view id, Millis overlap = Millis{0}) const;
  Result<Delivery> test_fire(Tx& tx, Effects& effects, ProjectNo project, std::string_view id,
                             const TestFire& wish) const;

  /// The event that test_fire() sends, not stored.
  Event sample(const Trigger& trigger, const TestFire& wish) const;

  struct Redelivered {
    Delivery delivery{};
    Trigger trigger{};
  };
  /// A new delivery of the same event; ends the failure streak, does not resume the trigger.
  Result<Redelivered> redeliver(Tx& tx, Effects& effects, ProjectNo project, DeliveryKey key) const;

  /// What a bulk redelivery would do.
  BulkRedelivered count_dead(const ReadTx& tx, const BulkRedeliver& wish) const;
  /// Sends each dead letter that fits again, unless that was done since it died: going over the
  /// same ones twice sends nothing twice.
  Result<BulkRedelivered> redeliver_dead(Tx& tx, Effects& effects, const BulkRedeliver& wish) const;

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
