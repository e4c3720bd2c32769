#include "core/delivery_rules.h"

#include "core/retry_policy.h"

namespace malote::core {

namespace {

void pause(Trigger& trigger, std::string_view reason) {
  if (trigger.status != TriggerStatus::active) return;  // whoever paused it first said why
  trigger.status = TriggerStatus::paused;
  trigger.paused_reason = reason;
}

/// A delivery adds to the streak once per epoch, however often it is tried.
void count_failure(Delivery& delivery, Trigger& trigger) {
  if (delivery.streak_epoch == trigger.streak_epoch) return;
  delivery.streak_epoch = trigger.streak_epoch;
  if (++trigger.streak >= kAutoPauseAfter) pause(trigger, "consecutive_failures");
}

/// Failures that say the trigger itself cannot be used: trying its other deliveries is no use.
bool is_unusable(std::string_view error) {
  return error.starts_with("ssrf_blocked:") || error.starts_with("trigger_secret_");
}

void mark_unusable(Trigger& trigger, std::string_view error) {
  if (trigger.status != TriggerStatus::active) return;
  trigger.status = TriggerStatus::error;
  trigger.paused_reason = error;
}

std::optional<Timestamp> wished_by_receiver(const AttemptOutcome& outcome, Timestamp now) {
  if (outcome.status != 429 && outcome.status != 503) return {};
  return parse_retry_after(outcome.retry_after, now);
}

}  // namespace

bool is_success(const AttemptOutcome& outcome) {
  return outcome.status >= 200 && outcome.status <= 299 && outcome.error.empty();
}

void end_streak(Trigger& trigger) {
  trigger.streak = 0;
  ++trigger.streak_epoch;
}

void resume(Trigger& trigger) {
  trigger.status = TriggerStatus::active;
  trigger.paused_reason.clear();
  end_streak(trigger);
}

void apply(Delivery& delivery, Trigger& trigger, const AttemptOutcome& outcome,
           Timestamp finished_at, int jitter_draw) {
  ++delivery.attempts;
  delivery.response_status = outcome.status;
  delivery.error = outcome.error;
  if (is_success(outcome)) {
    delivery.state = DeliveryState::delivered;
    delivery.finished_at = finished_at;
    delivery.receipt_acknowledged = outcome.receipt == "ack";
    ++trigger.total_runs;
    trigger.last_run_at = finished_at;
    if (trigger.streak > 0) end_streak(trigger);
    return;
  }
  count_failure(delivery, trigger);
  trigger.last_failure_at = finished_at;
  trigger.last_error = outcome.error;
  if (outcome.status == 410) pause(trigger, "gone");
  if (is_unusable(outcome.error)) mark_unusable(trigger, outcome.error);
  const auto next = next_attempt_at(trigger.retry, delivery.attempts, finished_at, jitter_draw,
                                    wished_by_receiver(outcome, finished_at));
  if (next) {
    delivery.state = DeliveryState::failed;
    delivery.due_at = *next;
  } else {
    delivery.state = DeliveryState::dead;
    delivery.finished_at = finished_at;
  }
}

}  // namespace malote::core
