#include "engine/upkeep.h"

#include <gtest/gtest.h>

#include "fixtures.h"

namespace malote::testing {
namespace {

TEST(Upkeep, RemovesWhatIsPastRetentionInSmallSteps) {
  World world;
  world.make_trigger();
  for (int i = 0; i < 10; ++i) world.publish();
  world.settle();
  world.clock.advance(24h * 31);
  world.publish();
  engine::Upkeep upkeep{world.context, {.rows_per_step = 5}};
  int steps = 0;
  while (upkeep.step() < 1s) ASSERT_LT(++steps, 100);
  EXPECT_EQ(steps, 6);  // ten deliveries, ten events, and ten entries of the log of attempts
  EXPECT_EQ(world.events().size(), 1u);
}

TEST(Upkeep, KeepsWhatIsOwedHoweverOldItIs) {
  World world;
  world.http.answer(500);
  world.make_trigger({.gaps = std::vector<Millis>(5, 24h * 30)});
  world.publish();
  world.settle();
  world.clock.advance(24h * 365);
  engine::Upkeep upkeep{world.context, {}};
  int steps = 0;
  while (upkeep.step() < 1s) ASSERT_LT(++steps, 10);
  EXPECT_EQ(world.events().size(), 1u);
  world.http.answer(200);
  world.settle();
  EXPECT_EQ(world.deliveries({.state = DeliveryState::delivered}).size(), 1u);
}

TEST(Upkeep, AboveItsSizeRemovesTheOldestButNotTheLastHour) {
  World world;
  for (int i = 0; i < 5; ++i) {
    world.publish();
    world.clock.advance(30min);
  }
  engine::Upkeep upkeep{world.context, {.max_bytes = 1}};
  while (upkeep.step() < 1s) {
  }
  EXPECT_EQ(world.events().size(), 2u);
}

TEST(Upkeep, ConnectionsThatAreKeptDoNotKeepOthersFromEnding) {
  World world;
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
      MALOTE_CHECK_OK(engine::Connections{world.context}.create(
          tx, effects, world.project.no,
          {.server_id = i < 15 ? "mercado-pago" : "asaas",
           .expires_at = world.clock.now() + std::chrono::seconds{i}}));
      return {};
    }));
  }
  world.clock.advance(1min);
  engine::Upkeep upkeep{world.context, {.rows_per_step = 3}, [](const Connection& one) {
                          return one.server_id == "mercado-pago";
                        }};
  const auto expired = [&] {
    return world.read([&](const ReadTx& tx) {
      return tx.connections({.project = world.project.no, .status = "expired"}, {}).size();
    });
  };
  (void)upkeep.step();
  EXPECT_EQ(expired(), 3u);
  (void)upkeep.step();
  EXPECT_EQ(expired(), 5u);
}

TEST(Upkeep, WaitsWhenTheStoreCannotWrite) {
  World world;
  world.store.fail_all = true;
  engine::Upkeep upkeep{world.context, {}};
  EXPECT_GE(upkeep.step(), 1s);
}

}  // namespace
}  // namespace malote::testing
