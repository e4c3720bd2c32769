#include "engine/events.h"

#include <gtest/gtest.h>

#include "fixtures.h"

namespace malote::testing {
namespace {

struct EventsTest : ::testing::Test {
  World world;
  engine::Events events{world.context};

  std::vector<engine::Published> publish(const std::vector<engine::NewEvent>& wishes) {
    std::vector<engine::Published> published;
    EXPECT_TRUE(world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
      MALOTE_TRY(published, events.publish(tx, effects, world.project.no, true, wishes));
      return {};
    }));
    return published;
  }
  std::string replay(EventKey key, std::optional<std::string> trigger, ProjectNo project = {}) {
    engine::Replayed replayed;
    const auto result = world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
      MALOTE_TRY(replayed,
                 events.replay(tx, effects, project ? project : world.project.no, key, trigger));
      return {};
    });
    return result ? std::to_string(replayed.dispatched)
                  : std::string{error_code(result.error().errc)};
  }
};

TEST_F(EventsTest, PublishingStoresAndOwesInOneStep) {
  world.make_trigger({.events = std::vector<std::string>{"payment.*"}});
  world.make_trigger({.events = std::vector<std::string>{"payout.settled"}});
  const auto published = publish(
      {{.type = "payment.succeeded", .data = R"({"n":1})", .external_reference = "order-1"}});
  ASSERT_EQ(published.size(), 1u);
  EXPECT_EQ(published[0].type, "payment.confirmed");  // the canonical name
  EXPECT_EQ(published[0].deliveries, 1);
  const auto event = world.events().at(0);
  EXPECT_EQ(event.source, "api");
  EXPECT_TRUE(event.livemode);
  EXPECT_EQ(event.external_reference, "order-1");
  EXPECT_EQ(event.occurred_at, world.clock.now());
}

TEST_F(EventsTest, AKnownIdAddsNothing) {
  world.make_trigger();
  const auto first = publish({{.type = "a.b", .data = "{}", .dedupe_key = "k"}});
  const auto again = publish({{.type = "c.d", .data = "{}", .dedupe_key = "k"},
                              {.type = "a.b", .data = "{}", .dedupe_key = "l"},
                              {.type = "a.b", .data = "{}", .dedupe_key = "l"}});
  EXPECT_TRUE(again[0].duplicate);
  EXPECT_EQ(again[0].key, first[0].key);
  EXPECT_EQ(again[0].type, "a.b");
  EXPECT_FALSE(again[1].duplicate);
  EXPECT_TRUE(again[2].duplicate);
  EXPECT_EQ(again[2].key, again[1].key);
  EXPECT_EQ(world.events().size(), 2u);
  EXPECT_EQ(world.deliveries().size(), 2u);
}

TEST_F(EventsTest, ReplayMakesNewDeliveriesOfTheSameBytes) {
  const auto made = world.make_trigger();
  const auto event = publish({{.type = "a.b", .data = R"({"n":1.50})"}})[0].key;
  world.settle();
  EXPECT_EQ(replay(event, {}), "1");
  EXPECT_EQ(replay(event, made.trigger.id), "1");
  world.settle();
  ASSERT_EQ(world.http.sent.size(), 3u);
  EXPECT_EQ(world.http.sent[1].body, world.http.sent[0].body);
  EXPECT_NE(*find_header(world.http.sent[1].headers, "webhook-id"),
            *find_header(world.http.sent[0].headers, "webhook-id"));
  EXPECT_EQ(world.deliveries({.event = event}).size(), 3u);
}

TEST_F(EventsTest, ReplayRefusesWhatDoesNotFit) {
  const auto other = world.make_trigger({.events = std::vector<std::string>{"x.y"}});
  const auto paused = world.make_trigger();
  EXPECT_TRUE(world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
    MALOTE_TRY(const auto changed,
               world.triggers.patch(tx, effects, world.project.no, paused.trigger.id,
                                    {.status = TriggerStatus::paused}));
    return {};
  }));
  const auto event = publish({{.type = "a.b", .data = "{}"}})[0].key;
  EXPECT_EQ(replay({event.value + 1000}, {}), "not_found");
  EXPECT_EQ(replay(event, {}, {99}), "not_found");
  EXPECT_EQ(replay(event, "trg_none"), "trigger_not_found");
  EXPECT_EQ(replay(event, other.trigger.id), "trigger_event_mismatch");
  EXPECT_EQ(replay(event, paused.trigger.id), "trigger_not_active");
  EXPECT_EQ(replay(event, {}), "0");
}

}  // namespace
}  // namespace malote::testing
