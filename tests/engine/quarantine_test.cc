#include "engine/quarantine.h"

#include <gtest/gtest.h>

#include "engine/connections.h"
#include "fixtures.h"

namespace malote::testing {
namespace {

/// Counts of a connection, and what a restart leaves of them.
struct HealthTest : ::testing::Test {
  World world;
  Connection connection;
  int bodies = 0;

  void SetUp() override {
    const engine::Connections connections{world.context};
    EXPECT_TRUE(world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
      MALOTE_TRY(connection,
                 connections.create(tx, effects, world.project.no,
                                    {.server_id = "asaas", .webhook_secret = Secret{"right"}}));
      return {};
    }));
  }
  void post(const std::string& token) {
    const providers::RawRequest request{
        .method = "POST",
        .headers = {{"asaas-access-token", token}},
        .body = R"({"id":"evt_)" + std::to_string(++bodies) + R"(","event":"PAYMENT_CREATED"})"};
    world.intake.accept("asaas", connection.id, request, [](const engine::IntakeAnswer&) {});
  }
  /// What the next start knows.
  InboundHealth kept() {
    engine::Quarantine next{world.context};
    EXPECT_TRUE(next.load());
    EXPECT_EQ(next.since(), counted_since);
    return next.health(connection.id);
  }
  Timestamp counted_since = world.clock.now();
};

TEST_F(HealthTest, CountsOutliveARestart) {
  post("right");
  world.clock.advance(1h);
  post("wrong");
  post("wrong");
  EXPECT_TRUE(world.quarantine.record());
  world.clock.advance(1h);
  const auto health = kept();
  EXPECT_EQ(health.received, 1);
  EXPECT_EQ(health.refused, 2);
  EXPECT_EQ(health.last_received_at, counted_since);
  EXPECT_EQ(health.last_refused_at, counted_since + 1h);
  EXPECT_EQ(health.last_reason, "secret_mismatch");
}

TEST_F(HealthTest, GoesOnFromWhatWasKept) {
  post("wrong");
  EXPECT_TRUE(world.quarantine.record());
  EXPECT_TRUE(world.quarantine.load());
  post("wrong");
  EXPECT_TRUE(world.quarantine.record());
  EXPECT_EQ(kept().refused, 2);
}

TEST_F(HealthTest, RefusingWritesNothingAndManyCountsAreOneWrite) {
  const int before = world.store.writes;
  for (int i = 0; i < 100; ++i) post("wrong");
  EXPECT_EQ(world.store.writes, before);
  EXPECT_TRUE(world.quarantine.record());
  EXPECT_TRUE(world.quarantine.record());
  EXPECT_EQ(world.store.writes, before + 1);
}

TEST_F(HealthTest, WhatCouldNotBeWrittenIsWrittenLater) {
  post("wrong");
  world.store.fail_all = true;
  EXPECT_FALSE(world.quarantine.record());
  world.store.fail_all = false;
  EXPECT_TRUE(world.quarantine.record());
  EXPECT_EQ(kept().refused, 1);
}

TEST_F(HealthTest, ADeletedConnectionLeavesNothing) {
  post("wrong");
  EXPECT_TRUE(world.quarantine.record());
  post("wrong");
  EXPECT_TRUE(world.write([&](Tx& tx, engine::Effects&) -> Result<void> {
    tx.delete_connection(connection.no);
    return {};
  }));
  EXPECT_TRUE(world.quarantine.record());
  EXPECT_TRUE(world.read([](const ReadTx& tx) { return tx.inbound_health(); }).empty());
}

}  // namespace
}  // namespace malote::testing
