#include "engine/triggers.h"

#include <gtest/gtest.h>

#include "core/delivery_rules.h"
#include "fixtures.h"

namespace malote::testing {
namespace {

struct TriggersTest : ::testing::Test {
  World world;

  template <class F>
  auto run(F fn) -> decltype(fn(std::declval<Tx&>(), std::declval<engine::Effects&>())) {
    decltype(fn(std::declval<Tx&>(), std::declval<engine::Effects&>())) value =
        fail(Errc::internal_error, "");
    const auto result = world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
      value = fn(tx, effects);
      if (!value) return fail(value.error());
      return {};
    });
    EXPECT_EQ(result.has_value(), value.has_value());
    return value;
  }
  Result<Trigger> patch(const std::string& id, const engine::TriggerPatch& wish,
                        ProjectNo project = {}) {
    return run([&](Tx& tx, engine::Effects& effects) {
      return world.triggers.patch(tx, effects, project ? project : world.project.no, id, wish);
    });
  }
};

TEST_F(TriggersTest, ANewTriggerTakesTheDefaultsAndASecretOfItsOwn) {
  const auto one = world.make_trigger();
  const auto two = world.make_trigger();
  EXPECT_TRUE(one.trigger.id.starts_with("trg_"));
  EXPECT_EQ(one.trigger.id.size(), 20u);
  EXPECT_EQ(one.trigger.retry.gaps.size(), 11u);
  EXPECT_EQ(one.trigger.timeout, 10s);
  EXPECT_NE(one.secret.reveal(), two.secret.reveal());
  const auto row = world.trigger(one.trigger.no);
  EXPECT_EQ(row.sealed_secret.find(one.secret.reveal()), std::string::npos);
}

TEST_F(TriggersTest, RefusesTargetsAndEventsThatCannotBe) {
  const auto made = world.make_trigger();
  const auto refused = [&](const engine::TriggerPatch& wish) {
    const auto result = patch(made.trigger.id, wish);
    return result ? "" : result.error().issues.at(0).path;
  };
  EXPECT_EQ(refused({.url = "https://127.0.0.1/"}), "/webhook_url");
  EXPECT_EQ(refused({.events = std::vector<std::string>{}}), "/event");
  EXPECT_EQ(refused({.events = std::vector<std::string>{"A B"}}), "/event");
  EXPECT_EQ(refused({.events = std::vector<std::string>(101, "a.b")}), "/events");
  EXPECT_EQ(refused({.name = "fine"}), "");
  EXPECT_EQ(world.trigger(made.trigger.no).url, "https://example.com/hook");
}

TEST_F(TriggersTest, AForeignProjectsTriggerIsNotThere) {
  const auto made = world.make_trigger();
  EXPECT_EQ(patch(made.trigger.id, {.name = "x"}, {99}).error().errc, Errc::not_found);
  EXPECT_EQ(patch("trg_none", {.name = "x"}).error().errc, Errc::not_found);
}

TEST_F(TriggersTest, RotatingTheSecretChangesTheSignature) {
  const auto made = world.make_trigger();
  world.publish();
  world.settle();
  const auto rotated = run([&](Tx& tx, engine::Effects& effects) {
    return world.triggers.rotate_secret(tx, effects, world.project.no, made.trigger.id);
  });
  ASSERT_TRUE(rotated);
  EXPECT_NE(rotated->secret.reveal(), made.secret.reveal());
  world.publish();
  world.settle();
  EXPECT_NE(*find_header(world.http.sent.at(0).headers, "X-CodeSpar-Signature"),
            *find_header(world.http.sent.at(1).headers, "X-CodeSpar-Signature"));
}

TEST_F(TriggersTest, ATestFireGoesTheRealWayWithTheCataloguesSample) {
  const auto made = world.make_trigger({.events = std::vector<std::string>{"payment.success"}});
  world.make_trigger();  // gets nothing of it
  const auto delivery = run([&](Tx& tx, engine::Effects& effects) {
    return world.triggers.test_fire(tx, effects, world.project.no, made.trigger.id, {});
  });
  ASSERT_TRUE(delivery);
  world.settle();
  ASSERT_EQ(world.http.sent.size(), 1u);
  EXPECT_EQ(*find_header(world.http.sent[0].headers, "X-CodeSpar-Event"), "payment.confirmed");
  const auto body = json::Document::parse(world.http.sent[0].body);
  EXPECT_EQ(body->root()["source"].as_string(), "test");
  EXPECT_EQ(body->root()["data"].raw(), catalogue().find("payment.confirmed")->fixture);
  EXPECT_EQ(world.deliveries().at(0).origin, DeliveryOrigin::test_fire);
}

TEST_F(TriggersTest, ATestFireTakesAWishedEventAndData) {
  const auto made = world.make_trigger();
  ASSERT_TRUE(run([&](Tx& tx, engine::Effects& effects) {
    return world.triggers.test_fire(tx, effects, world.project.no, made.trigger.id,
                                    {.event = "my.own", .data = R"({"x":1})"});
  }));
  EXPECT_EQ(world.events().at(0).type, "my.own");
  EXPECT_EQ(world.events().at(0).data, R"({"x":1})");
}

TEST_F(TriggersTest, ARedeliveryIsANewDeliveryThatEndsTheStreakAndResumesNothing) {
  World w{{.defaults = {.retry = {}}}};
  w.http.answer(500);
  const auto made = w.make_trigger();
  for (int i = 0; i < core::kAutoPauseAfter; ++i) w.publish();
  w.settle();
  ASSERT_EQ(w.trigger(made.trigger.no).status, TriggerStatus::paused);
  const auto dead = w.deliveries({.state = DeliveryState::dead}).at(0);
  EXPECT_TRUE(w.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
    MALOTE_TRY(const auto again, w.triggers.redeliver(tx, effects, w.project.no, dead.key));
    EXPECT_NE(again.delivery.key, dead.key);
    EXPECT_EQ(again.delivery.event, dead.event);
    return {};
  }));
  EXPECT_EQ(w.trigger(made.trigger.no).streak, 0);
  EXPECT_EQ(w.trigger(made.trigger.no).status, TriggerStatus::paused);
  EXPECT_EQ(w.deliveries({.state = DeliveryState::pending}).size(), 1u);
  EXPECT_FALSE(w.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
    MALOTE_TRY(const auto foreign, w.triggers.redeliver(tx, effects, {99}, dead.key));
    return {};
  }));
}

TEST_F(TriggersTest, RetryPendingMakesWaitingDeliveriesDueNow) {
  world.http.answer(500);
  world.make_trigger();
  for (int i = 0; i < 3; ++i) world.publish();
  world.settle();
  world.http.answer(200);
  const auto retried = run([&](Tx& tx, engine::Effects& effects) {
    return world.triggers.retry_pending(tx, effects, world.project.no, 2);
  });
  EXPECT_EQ(retried->scanned, 2);
  EXPECT_EQ(retried->redispatched, 2);
  world.settle();
  EXPECT_EQ(world.deliveries({.state = DeliveryState::delivered}).size(), 2u);
  EXPECT_EQ(world.http.sent.size(), 5u);
}

TEST_F(TriggersTest, RetryPendingLooksPastTheBacklogOfPausedTriggers) {
  world.http.answer(500);
  const auto other = world.make_trigger({.url = "https://example.com/paused"});
  for (int i = 0; i < 3; ++i) world.publish();
  world.settle();
  patch(other.trigger.id, {.status = TriggerStatus::paused});
  world.make_trigger({.events = std::vector<std::string>{"payment.failed"}});
  world.publish("payment.failed");
  world.settle();
  for (int i = 0; i < 3; ++i) world.publish("payment.confirmed");
  const auto retried = run([&](Tx& tx, engine::Effects& effects) {
    return world.triggers.retry_pending(tx, effects, world.project.no, 1);
  });
  EXPECT_EQ(retried->redispatched, 1);
}

TEST_F(TriggersTest, PausingTwiceKeepsTheFirstReason) {
  const auto made = world.make_trigger();
  EXPECT_EQ(patch(made.trigger.id, {.status = TriggerStatus::paused})->paused_reason, "manual");
  EXPECT_EQ(patch(made.trigger.id, {.status = TriggerStatus::paused})->paused_reason, "manual");
  EXPECT_EQ(patch(made.trigger.id, {.status = TriggerStatus::active})->paused_reason, "");
}

}  // namespace
}  // namespace malote::testing
