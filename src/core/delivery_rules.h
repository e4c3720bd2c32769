// What an attempt's outcome means for its delivery and its trigger: delivered, again later, dead;
// streak, auto-pause, gone. Pure: values in, values out.
#pragma once

#include <string>

#include "base/time.h"
#include "model/delivery.h"
#include "model/trigger.h"

namespace malote::core {

/// Deliveries that fail in a row, each counted once, until the trigger is paused.
inline constexpr int kAutoPauseAfter = 50;

/// An attempt's result, as the rules see it.
struct AttemptOutcome {
  int status = 0;             // 0: no HTTP answer
  std::string error{};        // in words; empty for a 2xx
  std::string retry_after{};  // header text, may be empty
  std::string receipt{};      // X-CodeSpar-Receipt
};

bool is_success(const AttemptOutcome& outcome);

/// Applies one finished attempt to both. `finished_at` is when the outcome was known;
/// `jitter_draw` is uniform in 0…1000.
void apply(Delivery& delivery, Trigger& trigger, const AttemptOutcome& outcome,
           Timestamp finished_at, int jitter_draw);

/// Ends the failure streak (a success, a resume, a redelivery).
void end_streak(Trigger& trigger);

/// Back to work after a pause.
void resume(Trigger& trigger);

}  // namespace malote::core
