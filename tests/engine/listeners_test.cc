#include "engine/listeners.h"

#include <gtest/gtest.h>

#include "fixtures.h"

namespace malote::testing {
namespace {

using AttemptId = engine::Listeners::AttemptId;

struct ListenersTest : ::testing::Test {
  World world;
  engine::CreatedTrigger listener = open("desk");

  engine::CreatedTrigger open(const std::string& name, engine::TriggerPatch wish = {}) {
    if (!wish.events) wish.events = std::vector<std::string>{"*"};
    engine::CreatedTrigger opened;
    const auto result = world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
      MALOTE_TRY(opened,
                 engine::open_listener(world.context, tx, effects, world.project.no, name, wish));
      return {};
    });
    EXPECT_TRUE(result);
    world.settle();
    return opened;
  }

  /// Ids that were handed out; nothing while the poll waits.
  using Handed = std::shared_ptr<std::optional<std::vector<AttemptId>>>;
  Handed poll(const std::string& instance, std::vector<AttemptId> holding = {}, int max = 10,
              Millis wait = 10s) {
    const auto handed = std::make_shared<std::optional<std::vector<AttemptId>>>();
    const auto taken = world.listeners.poll({.url = listener.trigger.url,
                                             .trigger = listener.trigger.no,
                                             .instance = instance,
                                             .holding = std::move(holding),
                                             .max = max,
                                             .wait = wait},
                                            [handed](const engine::Listeners::Handed& list) {
                                              handed->emplace();
                                              for (const auto& [id, request] : list)
                                                (*handed)->push_back(id);
                                            });
    EXPECT_TRUE(taken);
    world.settle();
    return handed;
  }
  bool report(const AttemptId& id, int status) {
    const bool taken =
        world.listeners.report(listener.trigger.url, id, {.status = status, .body = "said"});
    world.settle();
    return taken;
  }
  void pass(Millis time) {
    world.clock.advance(time);
    world.listeners.tick();
    world.settle();
  }
  DeliveryState state() { return world.deliveries().at(0).state; }
};

TEST_F(ListenersTest, WaitsWhileNobodyListensAndIsNoAttempt) {
  world.publish();
  world.advance(48h);
  EXPECT_EQ(state(), DeliveryState::pending);
  EXPECT_EQ(world.deliveries().at(0).attempts, 0);
  EXPECT_TRUE(world.http.sent.empty());
  const auto handed = poll("a");
  ASSERT_TRUE(*handed);
  ASSERT_EQ((*handed)->size(), 1u);
  EXPECT_TRUE(report((*handed)->at(0), 200));
  EXPECT_EQ(state(), DeliveryState::delivered);
  EXPECT_EQ(world.deliveries().at(0).attempts, 1);
}

TEST_F(ListenersTest, AWaitingPollIsAnsweredByWhatComesOrWhenItsTimeIsUp) {
  const auto first = poll("a");
  EXPECT_FALSE(*first);
  world.publish();
  world.settle();
  ASSERT_TRUE(*first);
  EXPECT_EQ((*first)->size(), 1u);
  const auto second = poll("a", **first);
  EXPECT_FALSE(*second);
  pass(10s);
  ASSERT_TRUE(*second);
  EXPECT_TRUE((*second)->empty());
  const auto third = poll("a", **first, 10, 0s);
  EXPECT_TRUE(*third);
}

TEST_F(ListenersTest, AFailureCountsAsAnAttemptAndIsTriedAgainByTheLadder) {
  world.publish();
  const auto handed = poll("a");
  EXPECT_TRUE(report((*handed)->at(0), 500));
  EXPECT_EQ(state(), DeliveryState::failed);
  const auto again = poll("a");
  EXPECT_FALSE(*again);
  pass(10s);  // of waiting; the first gap is over, too
  const auto next = poll("a");
  ASSERT_TRUE(*next);
  EXPECT_EQ((*next)->at(0).second, 2);
  const auto delivery = world.deliveries().at(0);
  const auto attempts = world.read([&](const ReadTx& tx) { return tx.attempts(delivery.key); });
  EXPECT_EQ(attempts.at(0).response_body, "said");
}

TEST_F(ListenersTest, WhatIsNotHeldComesAgainAtOnceUnderTheSameAttempt) {
  world.publish();
  const auto lost = poll("a");
  const auto again = poll("a");
  ASSERT_TRUE(*again);
  EXPECT_EQ(**again, **lost);
  EXPECT_FALSE(*poll("a", **again)) << "it is held";
  EXPECT_TRUE(report((*again)->at(0), 200));
  EXPECT_FALSE(report((*again)->at(0), 500)) << "heard already";
  EXPECT_EQ(state(), DeliveryState::delivered);
}

TEST_F(ListenersTest, WhatAnInstanceHeldGoesToAnotherOnceItIsGone) {
  world.publish();
  const auto lost = poll("a");
  const auto other = poll("b", {}, 10, 20s);
  pass(14s);
  EXPECT_FALSE(*other);
  pass(1s);
  ASSERT_TRUE(*other);
  EXPECT_EQ(**other, **lost);
}

TEST_F(ListenersTest, AfterTheLastOneWentItWaitsInTheStoreUntried) {
  world.publish();
  const auto lost = poll("a");
  pass(15s);
  EXPECT_EQ(world.dispatcher.in_flight(), 0);
  EXPECT_EQ(world.deliveries().at(0).attempts, 0);
  world.advance(1h);
  EXPECT_FALSE(report((*lost)->at(0), 200)) << "it is not handed out any more";
  const auto again = poll("z");
  ASSERT_TRUE(*again);
  EXPECT_EQ(**again, **lost);
}

TEST_F(ListenersTest, APollThatTakesNothingSaysThatWhatIsHeldIsStillWorkedOn) {
  world.publish();
  const auto held = poll("a", {}, 1);
  ASSERT_TRUE(*held);
  const auto other = poll("b", {}, 1, 20s);
  for (int i = 0; i < 3; ++i) {
    pass(6s);
    EXPECT_TRUE(poll("a", **held, 0, 0s)->value().empty());
  }
  EXPECT_FALSE(*other);
  world.publish();
  world.settle();
  ASSERT_TRUE(*other);
  EXPECT_NE(**other, **held);
}

TEST_F(ListenersTest, LeavingHandsOverAtOnce) {
  world.publish();
  const auto lost = poll("a");
  const auto other = poll("b");
  world.listeners.leave(listener.trigger.url, "a");
  world.settle();
  ASSERT_TRUE(*other);
  EXPECT_EQ(**other, **lost);
  world.listeners.leave(listener.trigger.url, "b");
  world.settle();
  EXPECT_EQ(world.dispatcher.in_flight(), 0);
  EXPECT_FALSE(world.listeners.is_there(listener.trigger.url));
}

TEST_F(ListenersTest, InstancesShareWhatComes) {
  const auto a = poll("a", {}, 1);
  const auto b = poll("b", {}, 1);
  world.publish();
  world.publish();
  world.settle();
  ASSERT_TRUE(*a && *b);
  EXPECT_EQ((*a)->size(), 1u);
  EXPECT_EQ((*b)->size(), 1u);
  EXPECT_NE(**a, **b);
}

TEST_F(ListenersTest, AClockThatGoesBackKeepsNobodyAliveWhoIsGone) {
  world.publish();
  const auto lost = poll("a");
  pass(-24h);
  pass(16s);
  EXPECT_FALSE(world.listeners.is_there(listener.trigger.url));
}

TEST_F(ListenersTest, StoppingGivesEverythingBack) {
  world.publish();
  const auto held = poll("a");
  const auto waits = poll("b");
  world.listeners.stop();
  world.settle();
  EXPECT_TRUE(*waits);
  EXPECT_EQ(world.dispatcher.in_flight(), 0);
  EXPECT_EQ(world.deliveries().at(0).attempts, 0);
  EXPECT_FALSE(world.listeners.poll({.url = listener.trigger.url, .instance = "a"},
                                    [](const engine::Listeners::Handed&) {}));
}

TEST_F(ListenersTest, OpeningAgainFindsItResumesItAndTellsTheSameSecret) {
  const auto paused = world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
    MALOTE_TRY(const auto trigger,
               world.triggers.patch(tx, effects, world.project.no, listener.trigger.id,
                                    {.status = TriggerStatus::paused}));
    EXPECT_EQ(trigger.status, TriggerStatus::paused);
    return {};
  });
  EXPECT_TRUE(paused);
  const auto again = open("desk", {.events = std::vector<std::string>{"payment.*"}});
  EXPECT_EQ(again.trigger.id, listener.trigger.id);
  EXPECT_EQ(again.trigger.status, TriggerStatus::active);
  EXPECT_EQ(again.trigger.events, std::vector<std::string>{"payment.*"});
  EXPECT_EQ(again.secret.reveal(), listener.secret.reveal());
  EXPECT_NE(open("desk2").trigger.id, listener.trigger.id);
}

TEST_F(ListenersTest, AFormThatSendsItsUrlBackChangesTheRestAndNoOtherListenersUrlIsTaken) {
  const auto patch = [&](const std::string& url) {
    return world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
      const engine::TriggerPatch wish{.name = "renamed", .url = url};
      MALOTE_TRY(const auto trigger,
                 world.triggers.patch(tx, effects, world.project.no, listener.trigger.id, wish));
      EXPECT_EQ(trigger.name, "renamed");
      return {};
    });
  };
  EXPECT_TRUE(patch(listener.trigger.url));
  EXPECT_FALSE(patch("listener://other/trg_1"));
}

TEST_F(ListenersTest, OtherUrlsGoToTheNetwork) {
  world.make_trigger();
  world.publish();
  world.settle();
  EXPECT_EQ(world.http.sent.size(), 1u);
}

}  // namespace
}  // namespace malote::testing
