#include "engine/connections.h"

#include <gtest/gtest.h>

#include "fixtures.h"

namespace malote::testing {
namespace {

struct ConnectionsTest : ::testing::Test {
  World world;
  engine::Connections connections{world.context};

  Result<Connection> create(const engine::ConnectionWish& wish) {
    Connection made;
    MALOTE_CHECK_OK(world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
      MALOTE_TRY(made, connections.create(tx, effects, world.project.no, wish));
      return {};
    }));
    return made;
  }
  std::vector<std::string> live_secrets(const Connection& connection) {
    std::vector<std::string> texts;
    const auto live = world.connection_cache.find(connection.server_id, connection.id);
    if (!live) return {"error: " + live.error().message};
    for (const auto& secret : (*live)->secrets) texts.emplace_back(secret.text.reveal());
    return texts;
  }
  void rotate(const Connection& connection, const std::string& secret, Millis overlap) {
    EXPECT_TRUE(world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
      MALOTE_TRY(const auto changed,
                 connections.set_webhook_secret(tx, effects, world.project.no, connection.id,
                                                Secret{secret}, overlap));
      return {};
    }));
  }
};

TEST_F(ConnectionsTest, SecretsAreSealedAtRest) {
  const auto made = *create({.server_id = "stripe",
                             .credentials = Secret{R"({"api_key":"sk_clear"})"},
                             .webhook_secret = Secret{"whsec_clear"}});
  const auto row = world.read([&](const ReadTx& tx) { return tx.connection(made.id); });
  EXPECT_EQ(row->sealed_webhook_secret.find("clear"), std::string::npos);
  EXPECT_EQ(row->sealed_credentials.find("clear"), std::string::npos);
  EXPECT_EQ(live_secrets(made), std::vector<std::string>{"whsec_clear"});
  EXPECT_EQ(
      world.connection_cache.find("stripe", made.id).value()->credentials.at("api_key").reveal(),
      "sk_clear");
}

TEST_F(ConnectionsTest, ANewConnectionIsFoundByWhoFoundNoneBefore) {
  EXPECT_FALSE(*world.accounts.find(world.project.no, "asaas", "u"));
  EXPECT_TRUE(create({.server_id = "asaas", .credentials = Secret{R"({"api_key":"k"})"}}));
  EXPECT_TRUE(*world.accounts.find(world.project.no, "asaas", "u"));
}

TEST_F(ConnectionsTest, ARotatedSecretStaysValidForTheOverlapAndNoLonger) {
  const auto made = *create({.server_id = "stripe", .webhook_secret = Secret{"old"}});
  EXPECT_EQ(live_secrets(made), std::vector<std::string>{"old"});
  rotate(made, "new", 1h);
  EXPECT_EQ(live_secrets(made), (std::vector<std::string>{"new", "old"}));
  world.clock.advance(1h - 1ms);
  EXPECT_EQ(live_secrets(made), (std::vector<std::string>{"new", "old"}));
  world.clock.advance(1ms);
  EXPECT_EQ(live_secrets(made), std::vector<std::string>{"new"});
}

TEST_F(ConnectionsTest, RotationWithoutOverlapEndsTheOldSecretAtOnce) {
  const auto made = *create({.server_id = "stripe", .webhook_secret = Secret{"old"}});
  rotate(made, "new", 0ms);
  EXPECT_EQ(live_secrets(made), std::vector<std::string>{"new"});
}

TEST_F(ConnectionsTest, RevokingForgetsTheSecretsAndClosesTheDoor) {
  const auto made = *create({.server_id = "stripe", .webhook_secret = Secret{"old"}});
  EXPECT_EQ(live_secrets(made).size(), 1u);
  EXPECT_TRUE(world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
    MALOTE_TRY(const auto revoked, connections.revoke(tx, effects, world.project.no, made.id));
    return {};
  }));
  EXPECT_EQ(live_secrets(made), std::vector<std::string>{"error: no such connection"});
  EXPECT_EQ(
      world.read([&](const ReadTx& tx) { return tx.connection(made.id); })->sealed_webhook_secret,
      "");
  EXPECT_FALSE(world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
    MALOTE_TRY(const auto changed, connections.set_webhook_secret(tx, effects, world.project.no,
                                                                  made.id, Secret{"x"}, 0ms));
    return {};
  }));
}

TEST_F(ConnectionsTest, AConnectionAnswersToItsOwnServerAndProjectOnly) {
  const auto made = *create({.server_id = "stripe", .webhook_secret = Secret{"s"}});
  EXPECT_FALSE(world.connection_cache.find("asaas", made.id));
  EXPECT_FALSE(world.connection_cache.find("stripe", "ca_none"));
  const auto foreign = world.sqlite.read([&](const ReadTx& tx) -> Result<void> {
    EXPECT_EQ(connections.get(tx, {99}, made.id).error().errc, Errc::not_found);
    return {};
  });
  EXPECT_TRUE(foreign);
}

TEST_F(ConnectionsTest, SettingsThatCannotWorkAreRefusedWhenTheyAreMade) {
  const std::pair<engine::ConnectionWish, const char*> cases[] = {
      {{.server_id = "nobody"}, "/server_id"},
      {{.server_id = "custom"}, "/webhook_auth/scheme"},
      {{.server_id = "custom", .metadata = R"({"webhook_auth":{"scheme":"hmac"}})"},
       "/webhook_auth/header"},
      {{.server_id = "stripe", .metadata = R"({"webhook_auth":{"scheme":"none"}})"},
       "/connection_metadata/webhook_auth/scheme"},
      {{.server_id = "stripe", .metadata = R"({"webhook_map":{"fields":{"a":{"as":"x"}}}})"},
       "a/as"},
  };
  for (const auto& [wish, path] : cases) {
    const auto result = create(wish);
    ASSERT_FALSE(result) << path;
    EXPECT_EQ(result.error().issues.at(0).path, path);
  }
}

TEST_F(ConnectionsTest, AnotherMasterKeyGivesVaultUnavailable) {
  const auto made = *create({.server_id = "stripe", .webhook_secret = Secret{"s"}});
  const engine::Vault other{Secret{std::string(32, 'x')}, world.entropy};
  const engine::Context context{world.clock, world.entropy, world.store,    other,
                                catalogue(), registry(),    tool_registry()};
  engine::ConnectionCache cache{context};
  EXPECT_EQ(cache.find("stripe", made.id).error().errc, Errc::vault_unavailable);
}

/// Runs `between` once, after a read has seen its moment and before its caller goes on.
struct SlowReader final : StoreWrapper {
  using StoreWrapper::StoreWrapper;
  mutable std::function<void()> between{};
  Result<void> read(function_ref<Result<void>(const ReadTx&)> fn) const override {
    auto result = StoreWrapper::read(fn);
    if (const auto once = std::exchange(between, {})) once();
    return result;
  }
};

// What was read before a commit must not come back into the cache after the commit's hint.
TEST_F(ConnectionsTest, ARevokeDuringALookUpIsNotForgotten) {
  const auto made = *create({.server_id = "stripe", .webhook_secret = Secret{"s"}});
  SlowReader store{world.sqlite};
  const engine::Context context{world.clock, world.entropy, store,          world.vault,
                                catalogue(), registry(),    tool_registry()};
  engine::ConnectionCache cache{context};
  store.between = [&] {
    EXPECT_TRUE(world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
      MALOTE_TRY(const auto revoked, connections.revoke(tx, effects, world.project.no, made.id));
      return {};
    }));
    cache.drop(made.id);
  };
  (void)cache.find("stripe", made.id);
  EXPECT_FALSE(cache.find("stripe", made.id));
}

}  // namespace
}  // namespace malote::testing
