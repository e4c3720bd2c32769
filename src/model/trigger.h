// A trigger: an application's subscription to events, with its delivery settings.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/time.h"

namespace malote {

enum class TriggerStatus : std::uint8_t { active, paused, error };
std::string_view word(TriggerStatus status);

enum class PayloadFormat : std::uint8_t { flat, envelope };
std::string_view word(PayloadFormat format);

enum class SignatureScheme : std::uint8_t { hex, timestamped };
std::string_view word(SignatureScheme scheme);

using HeaderList = std::vector<std::pair<std::string, std::string>>;

struct RetrySettings {
  std::vector<Millis> gaps{};  // between attempts; attempts = gaps + 1
  int jitter_permille = 0;     // only ever added: a gap grows by up to this share
};

struct Trigger {
  TriggerNo no{};
  std::string id{};
  ProjectNo project{};
  std::string name{};
  std::vector<std::string> events{};  // canonical names, aliases, "domain.*" or "*"
  std::string server_id{};            // only events of this source; empty for all
  std::string url{};
  TriggerStatus status = TriggerStatus::active;
  std::string paused_reason{};   // "manual", "consecutive_failures", "gone", or why it is in error
  std::string sealed_headers{};  // added to every delivery; sealed, context "headers:<id>"
  Millis timeout{};
  RetrySettings retry{};
  int max_in_flight = 0;
  int rate_limit_per_s = 0;  // 0: none
  PayloadFormat format = PayloadFormat::flat;
  SignatureScheme signature = SignatureScheme::hex;
  std::string sealed_secret{};           // crypto::SecretBox, context "trigger:<id>"
  std::string sealed_previous_secret{};  // the one before; signs beside it until previous_until
  Timestamp previous_until{};
  std::int64_t total_runs = 0;  // deliveries that succeeded
  Timestamp last_run_at{};      // 0 until one succeeded
  Timestamp created_at{};
  Timestamp last_failure_at{};    // of an attempt; 0 until one failed
  std::string last_error{};       // what went wrong then
  int streak = 0;                 // deliveries that failed since the last success
  std::int64_t streak_epoch = 0;  // grows whenever the streak ends, see Delivery::streak_epoch
};

}  // namespace malote
