// Each write of an operation fails once, in turn, until the operation needs no more writes than
// there are failures; after every failure the promises must hold.
#include <gtest/gtest.h>

#include "engine/connections.h"
#include "engine/upkeep.h"
#include "fixtures.h"

namespace malote::testing {
namespace {

/// Every unfinished delivery is queued once, nothing else is; attempts match.
void expect_sound(World& world) {
  std::size_t queued = 0;
  std::size_t unfinished = 0;
  for (const auto& head : world.read([](const ReadTx& tx) { return tx.lane_heads(); })) {
    queued +=
        world.read([&](const ReadTx& tx) { return tx.due(head.lane, Timestamp::max(), 1000); })
            .size();
  }
  for (const auto& delivery : world.deliveries()) {
    unfinished += is_finished(delivery.state) ? 0u : 1u;
    const auto attempts = world.read([&](const ReadTx& tx) { return tx.attempts(delivery.key); });
    EXPECT_EQ(static_cast<int>(attempts.size()), delivery.attempts);
    EXPECT_TRUE(world.read([&](const ReadTx& tx) { return tx.event(delivery.event); }));
  }
  EXPECT_EQ(queued, unfinished);
}

TEST(NthFailure, AnAcknowledgedRequestIsDeliveredAndARefusedOneIsNotThere) {
  for (int n = 0;; ++n) {
    ASSERT_LT(n, 100);
    World world;
    world.make_trigger();
    Connection connection;
    EXPECT_TRUE(world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
      MALOTE_TRY(connection, engine::Connections{world.context}.create(
                                 tx, effects, world.project.no,
                                 {.server_id = "asaas", .webhook_secret = Secret{"t"}}));
      return {};
    }));
    world.store.writes = 0;
    world.store.fail_at = n;
    std::size_t acknowledged = 0;
    for (int i = 0; i < 4; ++i) {
      world.http.answer(i % 2 == 0 ? 200 : 500);
      world.intake.accept("asaas", connection.id,
                          {.method = "POST",
                           .headers = {{"asaas-access-token", "t"}},
                           .body = R"({"id":"e)" + std::to_string(i) + R"(","event":"X"})"},
                          [&](const engine::IntakeAnswer& answer) {
                            acknowledged +=
                                answer.kind == engine::IntakeAnswer::Kind::accepted ? 1u : 0u;
                          });
      world.settle();
      expect_sound(world);
    }
    EXPECT_EQ(world.events().size(), acknowledged);
    world.http.answer(200);
    for (int i = 0; i < 40; ++i) world.advance(1h);
    expect_sound(world);
    EXPECT_EQ(world.deliveries({.state = DeliveryState::delivered}).size(), acknowledged)
        << "write " << n;
    if (world.store.writes <= n) break;  // the failure was never reached
  }
}

TEST(NthFailure, NothingIsSentTwiceForARecordedAttempt) {
  for (int n = 0;; ++n) {
    ASSERT_LT(n, 100);
    World world;
    world.make_trigger();
    world.store.writes = 0;
    world.store.fail_at = n;
    for (int i = 0; i < 3; ++i) {
      (void)world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
        Event event{.project = world.project.no, .type = "a.b", .source = "api", .data = "{}"};
        engine::append_and_fan_out(world.context, tx, effects, event, world.clock.now());
        return {};
      });
      world.settle();
    }
    world.advance(10s);
    expect_sound(world);
    EXPECT_EQ(world.http.sent.size(), world.deliveries().size());
    EXPECT_EQ(world.deliveries({.state = DeliveryState::delivered}).size(), world.events().size());
    if (world.store.writes <= n) break;
  }
}

TEST(NthFailure, UseCasesAreAllOrNothing) {
  for (int n = 0;; ++n) {
    ASSERT_LT(n, 100);
    World world;
    world.store.writes = 0;
    world.store.fail_at = n;
    const engine::Connections connections{world.context};
    std::string trigger_id;
    const auto created = world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
      MALOTE_TRY(const auto made, world.triggers.create(tx, effects, world.project.no,
                                                        {.name = "n",
                                                         .url = "https://example.com/",
                                                         .events = std::vector<std::string>{"*"}}));
      trigger_id = made.trigger.id;
      return {};
    });
    const auto exists = [&] {
      return world.read([&](const ReadTx& tx) { return tx.trigger(world.project.no, trigger_id); })
          .has_value();
    };
    EXPECT_EQ(exists(), created.has_value());
    if (created) {
      const auto fired = world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
        MALOTE_TRY(const auto delivery,
                   world.triggers.test_fire(tx, effects, world.project.no, trigger_id, {}));
        return {};
      });
      EXPECT_EQ(world.events().size(), fired ? 1u : 0u);
      EXPECT_EQ(world.deliveries().size(), fired ? 1u : 0u);
      const auto removed = world.write([&](Tx& tx, engine::Effects& effects) {
        return world.triggers.remove(tx, effects, world.project.no, trigger_id);
      });
      EXPECT_EQ(exists(), !removed);
      world.settle();
      engine::Upkeep upkeep{world.context, {}};
      for (int i = 0; i < 5; ++i) upkeep.step();
      EXPECT_EQ(world.deliveries().empty(), removed.has_value() || !fired);
    }
    if (world.store.writes <= n) break;
  }
}

}  // namespace
}  // namespace malote::testing
