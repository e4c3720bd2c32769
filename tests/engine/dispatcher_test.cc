#include "engine/dispatcher.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/bytes.h"
#include "crypto/hmac.h"
#include "fixtures.h"

namespace malote::testing {
namespace {

const std::string* header(const HttpRequest& request, std::string_view name) {
  return find_header(request.headers, name);
}

engine::TriggerPatch to(const std::string& url, engine::TriggerPatch patch = {}) {
  patch.url = url;
  return patch;
}

std::size_t sent_to(const World& world, const std::string& url) {
  return static_cast<std::size_t>(std::ranges::count_if(
      world.http.sent, [&](const auto& request) { return request.url == url; }));
}

TEST(Dispatcher, SendsWhatIsDueOnceAndRecordsIt) {
  World world;
  const auto trigger = world.make_trigger();
  world.publish();
  world.settle();
  ASSERT_EQ(world.http.sent.size(), 1u);
  const auto delivery = world.deliveries().at(0);
  EXPECT_EQ(delivery.state, DeliveryState::delivered);
  EXPECT_EQ(delivery.attempts, 1);
  EXPECT_EQ(world.trigger(trigger.trigger.no).total_runs, 1);
  EXPECT_EQ(world.read([&](const ReadTx& tx) { return tx.attempts(delivery.key); }).size(), 1u);
  EXPECT_TRUE(world.dispatcher.is_idle());
  world.advance(100h);
  EXPECT_EQ(world.http.sent.size(), 1u);
  EXPECT_EQ(world.dispatcher.counters().delivered, 1);
}

TEST(Dispatcher, EveryRequestIsSignedInAllItsForms) {
  World world;
  const auto trigger = world.make_trigger({.headers = HeaderList{{"X-Mine", "yes"}}});
  const auto event = world.publish("payment.confirmed", R"({"amount":150.35})");
  world.settle();
  const HttpRequest& request = world.http.sent.at(0);
  const std::string secret{trigger.secret.reveal()};
  const std::string id = text_of(world.deliveries().at(0).key);
  const std::string seconds = std::to_string(to_unix_s(world.clock.now()));
  const auto hmac = [](std::string_view key, std::string_view text) {
    return crypto::hmac(crypto::Hash::sha256, key, text);
  };
  EXPECT_EQ(*header(request, "Content-Type"), "application/json");
  EXPECT_EQ(*header(request, "X-CodeSpar-Event"), "payment.confirmed");
  EXPECT_EQ(*header(request, "X-CodeSpar-Event-Id"), text_of(event));
  EXPECT_EQ(*header(request, "X-CodeSpar-Delivery-Id"), id);
  EXPECT_EQ(*header(request, "X-CodeSpar-Trigger-Id"), trigger.trigger.id);
  EXPECT_EQ(*header(request, "X-CodeSpar-Attempt"), "1");
  EXPECT_EQ(*header(request, "X-CodeSpar-Timestamp"), "2026-04-22T12:00:00.000Z");
  EXPECT_EQ(*header(request, "X-CodeSpar-Signature"), hex_encode(hmac(secret, request.body)));
  EXPECT_EQ(*header(request, "X-CodeSpar-Signature-V1"),
            "t=" + seconds + ",v1=" + hex_encode(hmac(secret, seconds + "." + request.body)));
  EXPECT_EQ(*header(request, "webhook-id"), id);
  EXPECT_EQ(*header(request, "webhook-timestamp"), seconds);
  ASSERT_TRUE(secret.starts_with("whsec_"));
  const std::string raw = *base64_decode(secret.substr(6));
  EXPECT_EQ(raw.size(), 32u);
  EXPECT_EQ(*header(request, "webhook-signature"),
            "v1," + base64_encode(hmac(raw, id + "." + seconds + "." + request.body)));
  EXPECT_EQ(*header(request, "X-Mine"), "yes");
  EXPECT_EQ(request.timeout, 10s);
}

TEST(Dispatcher, TheTimestampedSchemeMovesIntoTheMainHeader) {
  World world;
  world.make_trigger({.signature = SignatureScheme::timestamped});
  world.publish();
  world.settle();
  const HttpRequest& request = world.http.sent.at(0);
  EXPECT_EQ(*header(request, "X-CodeSpar-Signature"), *header(request, "X-CodeSpar-Signature-V1"));
}

TEST(Dispatcher, ClimbsTheLadderAndEndsInTheDeadLetters) {
  World world;
  world.http.answer(500);
  world.make_trigger();
  world.publish();
  const Timestamp start = world.clock.now();
  world.settle();
  std::vector<Millis> gaps;
  Timestamp before = start;
  std::string body = world.http.sent.at(0).body;
  while (world.deliveries().at(0).state == DeliveryState::failed) {
    const std::size_t sent = world.http.sent.size();
    const Timestamp due = world.deliveries().at(0).due_at;
    EXPECT_EQ(world.dispatcher.next_wakeup(), due);
    world.clock.at = due - 1ms;
    world.settle();
    ASSERT_EQ(world.http.sent.size(), sent) << "too early";
    world.clock.at = due;
    world.settle();
    ASSERT_EQ(world.http.sent.size(), sent + 1);
    EXPECT_EQ(world.http.sent.back().body, body);
    EXPECT_EQ(*header(world.http.sent.back(), "X-CodeSpar-Attempt"), std::to_string(sent + 1));
    EXPECT_EQ(*header(world.http.sent.back(), "webhook-id"),
              *header(world.http.sent[0], "webhook-id"));
    gaps.push_back(due - before);
    before = due;
  }
  EXPECT_EQ(gaps, plain_defaults().retry.gaps);
  EXPECT_EQ(world.deliveries().at(0).state, DeliveryState::dead);
  EXPECT_EQ(world.deliveries().at(0).attempts, 12);
  EXPECT_EQ(world.dispatcher.next_wakeup(), Timestamp::max());
  const auto delivery = world.deliveries().at(0);
  EXPECT_EQ(world.read([&](const ReadTx& tx) { return tx.attempts(delivery.key); }).size(), 12u);
}

TEST(Dispatcher, NeverHasMoreInFlightThanATriggerAllows) {
  World world;
  world.http.hang();
  world.make_trigger({.max_in_flight = 3});
  for (int i = 0; i < 10; ++i) world.publish();
  world.settle();
  EXPECT_EQ(world.http.open.size(), 3u);
  for (std::size_t left = 10; left > 0; --left) {
    ASSERT_EQ(world.http.open.size(), std::min<std::size_t>(3, left));
    world.http.finish(0, {.status = 200});
    world.settle();
  }
  EXPECT_EQ(world.http.sent.size(), 10u);
}

TEST(Dispatcher, NeverHasMoreInFlightThanTheGatewayAllows) {
  World world{{.limits = {.max_in_flight_total = 4}}};
  world.http.hang();
  for (int i = 0; i < 3; ++i) world.make_trigger(to("https://example.com/" + std::to_string(i)));
  for (int i = 0; i < 5; ++i) world.publish();
  world.settle();
  EXPECT_EQ(world.http.open.size(), 4u);
  EXPECT_EQ(world.dispatcher.in_flight(), 4);
  EXPECT_EQ(world.dispatcher.next_wakeup(), Timestamp::max());  // waits for an answer, not a time
  while (!world.http.open.empty()) {
    ASSERT_LE(world.http.open.size(), 4u);
    world.http.finish(0, {.status = 200});
    world.settle();
  }
  EXPECT_EQ(world.http.sent.size(), 15u);
}

TEST(Dispatcher, ASlowLaneDelaysNobodyElse) {
  World world{{.limits = {.max_in_flight_total = 100}}};
  world.http.script = [](const HttpRequest& request) -> std::optional<HttpOutcome> {
    if (request.url == "https://example.com/slow") return {};
    return HttpOutcome{.status = 200};
  };
  world.make_trigger(to("https://example.com/slow", {.max_in_flight = 10}));
  world.make_trigger(to("https://example.com/fast", {.max_in_flight = 1}));
  for (int i = 0; i < 200; ++i) world.publish();
  world.settle();
  EXPECT_EQ(sent_to(world, "https://example.com/fast"), 200u);
  EXPECT_EQ(sent_to(world, "https://example.com/slow"), 10u);
}

std::string url_of(const std::string& name) { return "https://example.com/" + name; }

TEST(Dispatcher, ManySlowEndpointsDoNotHoldUpAQuickOne) {
  World world{{.limits = {.max_in_flight_total = 64}}};
  world.http.script = [](const HttpRequest& request) -> std::optional<HttpOutcome> {
    if (request.url.find("slow") != std::string::npos) return {};
    return HttpOutcome{.status = 200};
  };
  for (int i = 0; i < 100; ++i) world.make_trigger(to(url_of("slow" + std::to_string(i))));
  for (int i = 0; i < 20; ++i) world.publish();
  world.settle();
  for (int round = 0; round < 300; ++round) {  // so that each has shown how slow it is
    world.http.finish(0, {.status = 200, .duration = 9s});
    world.settle();
  }
  ASSERT_GE(world.http.open.size(), 64u);
  world.make_trigger(to(url_of("quick")));
  for (int i = 0; i < 20; ++i) world.publish();
  world.settle();
  EXPECT_EQ(sent_to(world, url_of("quick")), 20u);
  EXPECT_LE(world.http.open.size(), 64u + 8u);
}

TEST(Dispatcher, TwoLanesShareTheSlotsAndOneAloneMayHaveThemAll) {
  World world{{.limits = {.max_in_flight_total = 100, .claim_quantum = 10}}};
  world.http.hang();
  world.make_trigger(to(url_of("a"), {.max_in_flight = 1000}));
  for (int i = 0; i < 200; ++i) world.publish();
  world.settle();
  EXPECT_EQ(world.http.open.size(), 100u);
  world.make_trigger(to(url_of("b"), {.max_in_flight = 1000}));
  for (int i = 0; i < 200; ++i) world.publish();
  for (int i = 0; i < 100; ++i) {
    world.http.finish(0, {.status = 200, .duration = 9s});
    world.settle();
  }
  EXPECT_NEAR(static_cast<double>(sent_to(world, url_of("b"))), 50.0, 10.0);
}

TEST(Dispatcher, KeepsTheBytesInFlightWithinTheirLimit) {
  World world{{.limits = {.max_bytes_in_flight = 3000}}};
  world.http.hang();
  world.make_trigger();
  const std::string data = R"({"text":")" + std::string(2000, 'x') + R"("})";
  for (int i = 0; i < 5; ++i) world.publish("payment.confirmed", data);
  world.settle();
  EXPECT_EQ(world.http.open.size(), 1u);
  EXPECT_EQ(world.dispatcher.next_wakeup(), Timestamp::max());
  while (!world.http.open.empty()) {
    EXPECT_EQ(world.http.open.size(), 1u);
    world.http.finish(0, {.status = 200});
    world.settle();
  }
  EXPECT_EQ(world.http.sent.size(), 5u);
}

TEST(Dispatcher, ALaneThatKeepsItsBytesLeavesSomeToTheOthers) {
  World world{{.limits = {.max_bytes_in_flight = 30'000}}};
  world.http.hang();
  world.make_trigger(to(url_of("slow")));
  const std::string data = R"({"text":")" + std::string(1000, 'x') + R"("})";
  for (int i = 0; i < 60; ++i) world.publish("payment.confirmed", data);
  world.settle();
  const auto kept = world.http.open.size();
  EXPECT_NEAR(static_cast<double>(kept), 15.0, 1.0);
  world.make_trigger(to(url_of("other")));
  for (int i = 0; i < 3; ++i) world.publish("payment.confirmed", data);
  world.settle();
  EXPECT_EQ(sent_to(world, url_of("other")), 3u);
  EXPECT_EQ(world.http.open.size(), kept + 3);
}

TEST(Dispatcher, WantOfSocketsIsNotAnAttempt) {
  World world;
  world.http.script = [](const HttpRequest&) {
    return HttpOutcome{.error = "Couldn't connect to server", .local = true};
  };
  const auto made = world.make_trigger();
  for (int i = 0; i < 60; ++i) world.publish();
  for (int i = 0; i < 10; ++i) world.advance(500ms);
  EXPECT_GT(world.http.sent.size(), 60u);
  EXPECT_EQ(world.deliveries({.state = DeliveryState::pending}).size(), 60u);
  EXPECT_EQ(world.trigger(made.trigger.no).streak, 0);
  world.http.answer(200);
  world.advance(500ms);
  EXPECT_EQ(world.deliveries({.state = DeliveryState::delivered}).size(), 60u);
  for (const auto& delivery : world.deliveries()) EXPECT_EQ(delivery.attempts, 1);
}

// What waits for a socket waits by the clock as it was, and that may have been far ahead.
TEST(Dispatcher, WantOfSocketsWhileTheClockWasAheadEndsWithIt) {
  World world;
  world.http.script = [](const HttpRequest&) {
    return HttpOutcome{.error = "Couldn't connect to server", .local = true};
  };
  world.make_trigger();
  world.publish();
  world.settle();
  world.advance(24h * 30);
  world.http.answer(200);
  world.clock.advance(-24h * 30);
  world.settle();
  world.advance(500ms);
  EXPECT_EQ(world.deliveries({.state = DeliveryState::delivered}).size(), 1u);
}

TEST(Dispatcher, AStopEndsThoughOutcomesCannotBeRecorded) {
  World world;
  world.make_trigger();
  world.http.hang();
  world.publish();
  world.settle();
  world.store.fail_all = true;
  world.dispatcher.stop();
  world.http.finish(0, {.status = 200});
  for (int i = 0; i < 11; ++i) world.advance(500ms);
  EXPECT_TRUE(world.dispatcher.is_idle());
  EXPECT_EQ(world.deliveries({.state = DeliveryState::pending}).size(), 1u);  // still owed
}

TEST(Dispatcher, WhatBecameDueWhileTheClockWasAYearAheadIsPulledBack) {
  World world;
  world.http.answer(500);
  world.make_trigger(to(url_of("failing")));
  world.make_trigger(to(url_of("paused"), {.status = TriggerStatus::paused}));
  world.clock.advance(24h * 400);
  world.publish();
  world.settle();
  world.clock.advance(-24h * 400);
  world.http.answer(200);
  world.settle();
  for (const auto& delivery : world.deliveries()) {
    EXPECT_LE(delivery.due_at, world.clock.now() + 24h);
    if (delivery.attempts == 0) {
      EXPECT_LE(delivery.due_at, world.clock.now());
    }
  }
  world.advance(24h);
  EXPECT_EQ(world.deliveries({.state = DeliveryState::delivered}).size(), 1u);
}

TEST(Dispatcher, ANewProcessPullsBackWhatAWrongClockMade) {
  World world;
  world.dispatcher.stop();
  world.make_trigger();
  world.clock.advance(24h * 400);
  world.publish();
  world.clock.advance(-24h * 400);
  engine::Dispatcher next{world.context, world.http, world.executor, world.caller, {}};
  ASSERT_TRUE(next.start());
  for (int i = 0; i < 5; ++i) {
    next.pump();
    world.http.answer_all();
    world.executor.run_all();
  }
  EXPECT_EQ(world.deliveries({.state = DeliveryState::delivered}).size(), 1u);
}

TEST(Dispatcher, AnEndpointThatDoesNotAnswerGetsFewerSlotsUntilItDoes) {
  World world;
  world.http.hang();
  world.make_trigger({.max_in_flight = 8});
  for (int i = 0; i < 60; ++i) world.publish();
  world.settle();
  EXPECT_EQ(world.http.open.size(), 8u);
  while (world.http.open.size() > 1) {
    world.http.finish(0, {.error = "timeout"});
    world.settle();
  }
  world.http.finish(0, {.error = "timeout"});
  world.settle();
  EXPECT_EQ(world.http.open.size(), 1u);
  for (int i = 0; i < 4; ++i) {
    world.http.finish(0, {.status = 200});
    world.settle();
  }
  EXPECT_EQ(world.http.open.size(), 8u);
}

TEST(Dispatcher, KeepsToATriggersRate) {
  World world;
  world.make_trigger({.rate_limit_per_s = 5});
  for (int i = 0; i < 12; ++i) world.publish();
  world.settle();
  for (int ms = 0; ms < 999; ++ms) world.advance(1ms);
  EXPECT_EQ(world.http.sent.size(), 5u);
  EXPECT_EQ(world.dispatcher.next_wakeup(), world.clock.now() + 1ms);
  for (int ms = 0; ms < 1000; ++ms) world.advance(1ms);
  EXPECT_EQ(world.http.sent.size(), 10u);
  for (int ms = 0; ms < 1000; ++ms) world.advance(1ms);
  EXPECT_EQ(world.http.sent.size(), 12u);
}

TEST(Dispatcher, ATriggersRateSurvivesAClockThatGoesBack) {
  World world;
  world.make_trigger({.rate_limit_per_s = 5});
  for (int i = 0; i < 5; ++i) world.publish();
  world.settle();
  world.clock.at -= 1h;
  world.publish();  // due before all others by this clock
  for (int ms = 0; ms < 2000; ms += 10) world.advance(10ms);
  EXPECT_GE(world.http.sent.size(), 2u);
}

TEST(Dispatcher, APausedTriggerKeepsItsBacklogAndDrainsOnResume) {
  World world;
  const auto made = world.make_trigger();
  const auto set_status = [&](TriggerStatus status) {
    EXPECT_TRUE(world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
      MALOTE_TRY(const auto changed, world.triggers.patch(tx, effects, world.project.no,
                                                          made.trigger.id, {.status = status}));
      return {};
    }));
    world.settle();
  };
  set_status(TriggerStatus::paused);
  for (int i = 0; i < 5; ++i) world.publish();
  world.advance(48h);
  EXPECT_TRUE(world.http.sent.empty());
  EXPECT_EQ(world.deliveries({.state = DeliveryState::pending}).size(), 5u);
  set_status(TriggerStatus::active);
  EXPECT_EQ(world.http.sent.size(), 5u);
  EXPECT_EQ(world.deliveries({.state = DeliveryState::delivered}).size(), 5u);
}

TEST(Dispatcher, FiftyFailedDeliveriesPauseTheTriggerExactly) {
  World world;
  world.http.answer(500);
  const auto made = world.make_trigger({.max_in_flight = 1});
  for (int i = 0; i < 60; ++i) world.publish();
  world.settle();
  const auto trigger = world.trigger(made.trigger.no);
  EXPECT_EQ(trigger.status, TriggerStatus::paused);
  EXPECT_EQ(trigger.paused_reason, "consecutive_failures");
  EXPECT_EQ(trigger.streak, 50);
  EXPECT_EQ(world.http.sent.size(), 50u);
  EXPECT_EQ(world.dispatcher.counters().auto_paused, 1);
  world.advance(48h);
  EXPECT_EQ(world.http.sent.size(), 50u);
}

TEST(Dispatcher, GoneStopsATriggerAtOnce) {
  World world;
  world.http.answer(410);
  const auto made = world.make_trigger({.max_in_flight = 1});
  for (int i = 0; i < 3; ++i) world.publish();
  world.advance(48h);
  EXPECT_EQ(world.http.sent.size(), 1u);
  EXPECT_EQ(world.trigger(made.trigger.no).paused_reason, "gone");
  EXPECT_EQ(world.deliveries({.state = DeliveryState::pending}).size(), 2u);
}

TEST(Dispatcher, OutcomesAreRecordedLaterWhileTheStoreFailsAndNothingIsSentTwice) {
  World world;
  world.http.hang();
  world.make_trigger();
  for (int i = 0; i < 3; ++i) world.publish();
  world.settle();
  world.store.fail_all = true;
  while (!world.http.open.empty()) world.http.finish(0, {.status = 200});
  world.settle();
  for (int i = 0; i < 20; ++i) world.advance(500ms);
  EXPECT_EQ(world.http.sent.size(), 3u);
  EXPECT_FALSE(world.dispatcher.is_idle());
  EXPECT_EQ(world.deliveries({.state = DeliveryState::pending}).size(), 3u);
  world.store.fail_all = false;
  EXPECT_LE(world.dispatcher.next_wakeup(), world.clock.now() + 500ms);
  world.advance(500ms);
  EXPECT_EQ(world.deliveries({.state = DeliveryState::delivered}).size(), 3u);
  EXPECT_EQ(world.http.sent.size(), 3u);
  EXPECT_TRUE(world.dispatcher.is_idle());
  for (const auto& delivery : world.deliveries()) EXPECT_EQ(delivery.attempts, 1);
}

TEST(Dispatcher, StopClaimsNothingMoreAndFinishesWhatIsInFlight) {
  World world;
  world.http.hang();
  world.make_trigger({.max_in_flight = 2});
  for (int i = 0; i < 5; ++i) world.publish();
  world.settle();
  world.dispatcher.stop();
  EXPECT_FALSE(world.dispatcher.is_idle());
  while (!world.http.open.empty()) world.http.finish(0, {.status = 200});
  world.settle();
  EXPECT_TRUE(world.dispatcher.is_idle());
  EXPECT_EQ(world.http.sent.size(), 2u);
  EXPECT_EQ(world.deliveries({.state = DeliveryState::delivered}).size(), 2u);
  world.publish();
  world.advance(1h);
  EXPECT_EQ(world.http.sent.size(), 2u);
}

TEST(Dispatcher, ANewProcessFindsWhatIsOwed) {
  World world;
  world.http.hang();
  world.make_trigger();
  for (int i = 0; i < 3; ++i) world.publish();
  world.settle();
  world.dispatcher.stop();  // as after kill -9: what was in flight is due again
  ScriptedHttp http;
  engine::Dispatcher next{world.context, http, world.executor, world.caller, {}};
  ASSERT_TRUE(next.start());
  for (int i = 0; i < 5; ++i) {
    next.pump();
    http.answer_all();
    world.executor.run_all();
  }
  EXPECT_EQ(http.sent.size(), 3u);
  EXPECT_EQ(world.deliveries({.state = DeliveryState::delivered}).size(), 3u);
}

TEST(Dispatcher, ATriggerDeletedWithAnAttemptInFlightLeavesNothingBehind) {
  World world;
  world.http.hang();
  const auto made = world.make_trigger({.max_in_flight = 1});
  for (int i = 0; i < 3; ++i) world.publish();
  world.settle();
  EXPECT_TRUE(world.write([&](Tx& tx, engine::Effects& effects) {
    return world.triggers.remove(tx, effects, world.project.no, made.trigger.id);
  }));
  world.settle();
  world.http.finish(0, {.status = 500});
  world.advance(48h);
  EXPECT_TRUE(world.dispatcher.is_idle());
  EXPECT_EQ(world.http.sent.size(), 1u);
  EXPECT_EQ(world.dispatcher.next_wakeup(), Timestamp::max());
  EXPECT_TRUE(world.write([&](Tx& tx, engine::Effects&) -> Result<void> {
    TrimCursor pass;
    while (tx.trim({}, {}, 100, pass) > 0) {
    }
    return {};
  }));
  EXPECT_TRUE(world.deliveries().empty());
}

TEST(Dispatcher, ASecretThatCannotBeOpenedFailsTheAttemptWithoutSending) {
  World world;
  const auto made = world.make_trigger();
  EXPECT_TRUE(world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
    Trigger trigger = made.trigger;
    trigger.sealed_secret[20] = static_cast<char>(trigger.sealed_secret[20] ^ 1);
    tx.update_trigger(trigger);
    effects.triggers.push_back(trigger.no);
    return {};
  }));
  world.publish();
  world.settle();
  EXPECT_TRUE(world.http.sent.empty());
  EXPECT_EQ(world.deliveries().at(0).error, "trigger_secret_deref_failed");
  EXPECT_EQ(world.deliveries().at(0).state, DeliveryState::failed);
}

TEST(Dispatcher, SettingsChangedMeanwhileCountForTheNextAttempt) {
  World world;
  world.http.answer(500);
  const auto made = world.make_trigger(to("https://example.com/old"));
  world.publish();
  world.settle();
  EXPECT_TRUE(world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
    MALOTE_TRY(const auto changed,
               world.triggers.patch(tx, effects, world.project.no, made.trigger.id,
                                    {.url = "https://example.com/new"}));
    return {};
  }));
  world.http.answer(200);
  world.advance(10s);
  EXPECT_EQ(world.http.sent.back().url, "https://example.com/new");
  EXPECT_EQ(world.deliveries().at(0).state, DeliveryState::delivered);
}

TEST(Dispatcher, AClockThatGoesBackLosesNothing) {
  World world;
  world.http.answer(500);
  world.make_trigger();
  world.publish();
  world.settle();
  world.clock.at -= 1h;
  world.http.answer(200);
  world.publish();
  world.settle();
  EXPECT_EQ(world.deliveries({.state = DeliveryState::delivered}).size(), 1u);
  world.advance(1h + 10s);
  EXPECT_EQ(world.deliveries({.state = DeliveryState::delivered}).size(), 2u);
}

/// A store whose reads fail while `broken`: every operation gives an empty value, then the error.
struct BrokenReads final : StoreWrapper {
  using StoreWrapper::StoreWrapper;
  bool broken = false;
  Result<void> read(function_ref<Result<void>(const ReadTx&)> fn) const override {
    if (!broken) return StoreWrapper::read(fn);
    const store::SqliteStore empty{
        {.inline_writes = true}};  // what a failed transaction looks like
    (void)empty.read(fn);
    return fail(Errc::store_unavailable, "store: disk I/O error");
  }
};

// A read that fails must look again, not take the empty answer for the truth.
TEST(Dispatcher, ALaneSurvivesAReadThatFailed) {
  World world;
  world.make_trigger();
  BrokenReads store{world.sqlite};
  engine::Context context = world.context;
  engine::Context broken{context.clock,     context.entropy,  store,        context.vault,
                         context.catalogue, context.registry, context.tools};
  ScriptedHttp http;
  engine::Dispatcher dispatcher{broken, http, world.executor, world.caller, {}};
  world.dispatcher.stop();
  world.publish();
  ASSERT_TRUE(dispatcher.start());
  store.broken = true;
  dispatcher.pump();
  EXPECT_TRUE(http.sent.empty());
  store.broken = false;
  world.clock.advance(500ms);
  dispatcher.pump();
  EXPECT_EQ(http.sent.size(), 1u);
}

}  // namespace
}  // namespace malote::testing
