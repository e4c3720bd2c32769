#include "core/delivery_rules.h"

#include <gtest/gtest.h>

namespace malote::core {
namespace {

using namespace std::chrono_literals;

const Timestamp kNow = from_ms(1'776'859'200'000);

const AttemptOutcome kOk{.status = 200};
const AttemptOutcome kServerError{.status = 500, .error = "http_500"};
const AttemptOutcome kTimeout{.error = "timeout"};

Trigger make_trigger(std::size_t gaps = 3) {
  return {.no = {1}, .retry = {.gaps = std::vector<Millis>(gaps, Millis{10s})}};
}

/// One more delivery to the trigger, tried once.
Delivery attempt(Trigger& trigger, const AttemptOutcome& outcome) {
  Delivery delivery{.key = {1}, .trigger = trigger.no, .due_at = kNow};
  apply(delivery, trigger, outcome, kNow, 0);
  return delivery;
}

TEST(DeliveryRules, Any2xxWithoutErrorIsSuccess) {
  for (const int status : {200, 201, 202, 204, 226, 299}) {
    EXPECT_TRUE(is_success({.status = status})) << status;
  }
  for (const int status : {0, 100, 199, 300, 301, 302, 304, 307, 400, 404, 410, 429, 500, 503}) {
    EXPECT_FALSE(is_success({.status = status})) << status;
  }
  EXPECT_FALSE(is_success({.status = 200, .error = "response_too_large"}));
}

TEST(DeliveryRules, ASuccessFinishesTheDeliveryAndCountsARun) {
  Trigger trigger = make_trigger();
  const Delivery delivery = attempt(trigger, {.status = 204, .receipt = "ack"});
  EXPECT_EQ(delivery.state, DeliveryState::delivered);
  EXPECT_EQ(delivery.attempts, 1);
  EXPECT_EQ(delivery.response_status, 204);
  EXPECT_EQ(delivery.finished_at, kNow);
  EXPECT_TRUE(delivery.receipt_acknowledged);
  EXPECT_EQ(trigger.total_runs, 1);
  EXPECT_EQ(trigger.last_run_at, kNow);
  EXPECT_FALSE(attempt(trigger, kOk).receipt_acknowledged);
}

TEST(DeliveryRules, ARedirectIsAFailure) {
  Trigger trigger = make_trigger();
  const Delivery delivery = attempt(trigger, {.status = 302, .error = "http_302"});
  EXPECT_EQ(delivery.state, DeliveryState::failed);
  EXPECT_EQ(delivery.error, "http_302");
  EXPECT_EQ(delivery.due_at, kNow + 10s);
}

TEST(DeliveryRules, DeadLettersWhenTheLadderIsUsedUp) {
  Trigger trigger = make_trigger(11);
  Delivery delivery{.trigger = trigger.no};
  for (int number = 1; number <= 11; ++number) {
    apply(delivery, trigger, kTimeout, kNow + number * 1h, 0);
    EXPECT_EQ(delivery.state, DeliveryState::failed) << number;
    EXPECT_EQ(delivery.attempts, number);
  }
  apply(delivery, trigger, kTimeout, kNow + 12h, 0);
  EXPECT_EQ(delivery.state, DeliveryState::dead);
  EXPECT_EQ(delivery.attempts, 12);
  EXPECT_EQ(delivery.finished_at, kNow + 12h);
  EXPECT_EQ(delivery.error, "timeout");
  EXPECT_EQ(trigger.total_runs, 0);
}

TEST(DeliveryRules, ADeliveryWithoutRetriesDiesAtItsFirstFailure) {
  Trigger trigger = make_trigger(0);
  EXPECT_EQ(attempt(trigger, kServerError).state, DeliveryState::dead);
}

TEST(DeliveryRules, ALateSuccessClearsTheError) {
  Trigger trigger = make_trigger();
  Delivery delivery = attempt(trigger, kServerError);
  apply(delivery, trigger, kOk, kNow + 10s, 0);
  EXPECT_EQ(delivery.state, DeliveryState::delivered);
  EXPECT_EQ(delivery.error, "");
  EXPECT_EQ(delivery.attempts, 2);
}

TEST(DeliveryRules, ObeysRetryAfterOf429And503Only) {
  for (const int status : {429, 503}) {
    Trigger trigger = make_trigger();
    const Delivery delivery =
        attempt(trigger, {.status = status, .error = "x", .retry_after = "3600"});
    EXPECT_EQ(delivery.due_at, kNow + 1h) << status;
  }
  for (const int status : {500, 404, 302, 0}) {
    Trigger trigger = make_trigger();
    const Delivery delivery =
        attempt(trigger, {.status = status, .error = "x", .retry_after = "3600"});
    EXPECT_EQ(delivery.due_at, kNow + 10s) << status;
  }
}

TEST(DeliveryRules, RetryAfterCannotParkADeliveryForEver) {
  Trigger trigger = make_trigger();
  const Delivery delivery = attempt(
      trigger, {.status = 503, .error = "x", .retry_after = "Fri, 01 Jan 2100 00:00:00 GMT"});
  EXPECT_EQ(delivery.due_at, kNow + 24h);
}

TEST(Streak, CountsEachDeliveryOnceHoweverOftenItIsTried) {
  Trigger trigger = make_trigger();
  Delivery delivery = attempt(trigger, kServerError);
  apply(delivery, trigger, kServerError, kNow + 10s, 0);
  apply(delivery, trigger, kTimeout, kNow + 20s, 0);
  EXPECT_EQ(trigger.streak, 1);
  attempt(trigger, kServerError);
  EXPECT_EQ(trigger.streak, 2);
}

TEST(Streak, AnySuccessEndsIt) {
  Trigger trigger = make_trigger();
  Delivery old = attempt(trigger, kServerError);
  attempt(trigger, kServerError);
  attempt(trigger, kOk);
  EXPECT_EQ(trigger.streak, 0);
  apply(old, trigger, kServerError, kNow + 10s, 0);  // counts again: a new streak
  EXPECT_EQ(trigger.streak, 1);
}

TEST(Streak, PausesAtExactlyFifty) {
  Trigger trigger = make_trigger();
  for (int i = 1; i < kAutoPauseAfter; ++i) {
    attempt(trigger, kServerError);
    ASSERT_EQ(trigger.status, TriggerStatus::active) << i;
  }
  const Delivery last = attempt(trigger, kServerError);
  EXPECT_EQ(kAutoPauseAfter, 50);
  EXPECT_EQ(trigger.status, TriggerStatus::paused);
  EXPECT_EQ(trigger.paused_reason, "consecutive_failures");
  EXPECT_EQ(last.state, DeliveryState::failed);  // it keeps its place in the backlog
}

TEST(Streak, ASuccessAfterFortyNineFailuresKeepsTheTriggerActive) {
  Trigger trigger = make_trigger();
  for (int i = 1; i < kAutoPauseAfter; ++i) attempt(trigger, kServerError);
  attempt(trigger, kOk);
  for (int i = 1; i < kAutoPauseAfter; ++i) attempt(trigger, kServerError);
  EXPECT_EQ(trigger.status, TriggerStatus::active);
}

TEST(Streak, OneDeliveryThatFailsOnAndOnNeverPauses) {
  Trigger trigger = make_trigger(200);
  Delivery delivery{.trigger = trigger.no};
  for (int i = 0; i < 150; ++i) apply(delivery, trigger, kServerError, kNow, 0);
  EXPECT_EQ(trigger.streak, 1);
  EXPECT_EQ(trigger.status, TriggerStatus::active);
}

TEST(Streak, AStragglersSuccessDoesNotResumeAPausedTrigger) {
  Trigger trigger = make_trigger();
  for (int i = 0; i < kAutoPauseAfter; ++i) attempt(trigger, kServerError);
  attempt(trigger, kOk);
  EXPECT_EQ(trigger.status, TriggerStatus::paused);
  EXPECT_EQ(trigger.streak, 0);
}

TEST(Gone, PausesTheTriggerAtOnceAndKeepsTheDelivery) {
  Trigger trigger = make_trigger();
  const Delivery delivery = attempt(trigger, {.status = 410, .error = "http_410"});
  EXPECT_EQ(trigger.status, TriggerStatus::paused);
  EXPECT_EQ(trigger.paused_reason, "gone");
  EXPECT_EQ(delivery.state, DeliveryState::failed);
}

TEST(Gone, LeavesTheReasonOfWhoeverPausedFirst) {
  Trigger trigger = make_trigger();
  trigger.status = TriggerStatus::paused;
  trigger.paused_reason = "manual";
  attempt(trigger, {.status = 410, .error = "http_410"});
  EXPECT_EQ(trigger.paused_reason, "manual");
}

TEST(Resume, StartsANewStreak) {
  Trigger trigger = make_trigger();
  Delivery old{.trigger = trigger.no};
  for (int i = 0; i < kAutoPauseAfter; ++i) old = attempt(trigger, kServerError);
  resume(trigger);
  EXPECT_EQ(trigger.status, TriggerStatus::active);
  EXPECT_EQ(trigger.paused_reason, "");
  EXPECT_EQ(trigger.streak, 0);
  apply(old, trigger, kServerError, kNow, 0);
  EXPECT_EQ(trigger.streak, 1);
}

}  // namespace
}  // namespace malote::core
