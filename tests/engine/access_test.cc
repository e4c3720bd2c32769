#include "engine/access.h"

#include <gtest/gtest.h>

#include <utility>

#include "fixtures.h"

namespace malote::testing {
namespace {

using engine::Caller;

std::string bearer(const engine::CreatedKey& key) {
  return "Bearer " + std::string{key.full_key.reveal()};
}

engine::CreatedKey make_key(World& world, const std::string& scopes) {
  const auto caller = *world.access.authenticate(bearer(*world.first_key), "");
  engine::CreatedKey created;
  EXPECT_TRUE(world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
    MALOTE_TRY(created, world.access.create_key(tx, effects, caller, "k", {}, scopes));
    return {};
  }));
  return created;
}

Project make_project(World& world, const std::string& slug) {
  Project project;
  EXPECT_TRUE(world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
    MALOTE_TRY(project, world.access.create_project(tx, effects, "P", slug, true));
    return {};
  }));
  return project;
}

TEST(Access, TheFirstStartMakesOneProjectAndOneKeyAndTheSecondNone) {
  World world;
  ASSERT_TRUE(world.first_key);
  EXPECT_TRUE(world.first_key->full_key.reveal().starts_with("csk_live_"));
  EXPECT_EQ(world.first_key->full_key.reveal().size(), 41u);
  EXPECT_TRUE(world.project.is_default);
  EXPECT_TRUE(world.access.org_id().starts_with("org_"));
  const auto again = world.access.bootstrap(Secret{}, false);
  ASSERT_TRUE(again);
  EXPECT_FALSE(*again);
  EXPECT_EQ(world.read([](const ReadTx& tx) { return tx.projects(); }).size(), 1u);
}

TEST(Access, AGivenKeyIsAddedOnceAndNotShown) {
  World world;
  const Secret given{"csk_test_given"};
  for (int start = 0; start < 2; ++start) EXPECT_FALSE(*world.access.bootstrap(given, false));
  EXPECT_EQ(world.read([](const ReadTx& tx) { return tx.api_keys(); }).size(), 2u);
  const auto caller = world.access.authenticate("Bearer csk_test_given", "");
  ASSERT_TRUE(caller);
  EXPECT_FALSE(caller->key.livemode);
}

TEST(Access, TheStoreNeverSeesAKeyInClear) {
  World world;
  for (const auto& key : world.read([](const ReadTx& tx) { return tx.api_keys(); })) {
    EXPECT_EQ(key.hash.size(), 32u);
    EXPECT_EQ(key.prefix.size(), 13u);
  }
}

TEST(Access, RefusesEverythingButALiveKey) {
  World world;
  const std::string good = bearer(*world.first_key);
  EXPECT_TRUE(world.access.authenticate(good, ""));
  EXPECT_TRUE(world.access.authenticate("bearer  " + good.substr(7), ""));
  for (const std::string& header :
       {std::string{}, std::string{"Bearer"}, std::string{"Bearer "}, good.substr(7),
        "Basic " + good.substr(7), good + "x", good.substr(0, good.size() - 1),
        "Bearer csk_live_" + std::string(32, 'a')}) {
    const auto caller = world.access.authenticate(header, "");
    ASSERT_FALSE(caller) << header;
    EXPECT_EQ(caller.error().errc, Errc::unauthorized);
  }
}

TEST(Access, ARevokedKeyIsRefusedAtOnce) {
  World world;
  const auto key = make_key(world, "*");
  EXPECT_TRUE(world.access.authenticate(bearer(key), ""));
  EXPECT_TRUE(world.write([&](Tx& tx, engine::Effects& effects) {
    return world.access.revoke_key(tx, effects, world.project.no, key.key.id);
  }));
  EXPECT_FALSE(world.access.authenticate(bearer(key), ""));
  EXPECT_FALSE(world.write([&](Tx& tx, engine::Effects& effects) {
    return world.access.revoke_key(tx, effects, {99}, key.key.id);
  }));
}

TEST(Access, ScopesAreNamesDomainsOrStars) {
  const struct {
    const char* scopes;
    const char* wanted;
    bool may;
  } cases[] = {
      {"*", "triggers:write", true},
      {"triggers:write", "triggers:write", true},
      {"triggers:write", "triggers:read", false},
      {"triggers:*", "triggers:read", true},
      {"triggers:*", "events:read", false},
      {"*:read", "events:read", true},
      {"*:read", "events:write", false},
      {"events:read triggers:write", "triggers:write", true},
      {"events:read  triggers:write", "triggers:write", true},
      {"trigger:*", "triggers:read", false},
      {"", "triggers:read", false},
  };
  for (const auto& c : cases) {
    Caller caller;
    caller.key.scopes = c.scopes;
    EXPECT_EQ(caller.may(c.wanted), c.may) << c.scopes << " for " << c.wanted;
  }
}

TEST(Access, OnlyAKeyOfTheDefaultProjectMayNameAnother) {
  World world;
  const auto other = make_project(world, "other");
  const auto caller = world.access.authenticate(bearer(*world.first_key), other.id);
  ASSERT_TRUE(caller);
  EXPECT_EQ(caller->project.id, other.id);
  engine::CreatedKey theirs;
  EXPECT_TRUE(world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
    MALOTE_TRY(theirs, world.access.create_key(tx, effects, *caller, "k", {}, "*"));
    return {};
  }));
  EXPECT_EQ(world.access.authenticate(bearer(theirs), world.project.id)->project.id, other.id);
  EXPECT_EQ(world.access.authenticate(bearer(*world.first_key), "prj_" + std::string(16, 'z'))
                .error()
                .errc,
            Errc::not_found);
  EXPECT_EQ(world.access.authenticate(bearer(*world.first_key), "nonsense").error().errc,
            Errc::invalid_request);
}

TEST(Access, SlugsAreCheckedAndUnique) {
  World world;
  make_project(world, "loja");
  const auto refused = [&](const std::string& slug) {
    const auto result = world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
      MALOTE_TRY(const auto project, world.access.create_project(tx, effects, "P", slug, true));
      return {};
    });
    return result ? "" : std::string{error_code(result.error().errc)};
  };
  EXPECT_EQ(refused("loja"), "slug_conflict");
  EXPECT_EQ(refused("default"), "slug_reserved");
  for (const std::string& slug : {std::string{}, std::string{"Loja"}, std::string{"a b"},
                                  std::string{"é"}, std::string(65, 'a')}) {
    EXPECT_EQ(refused(slug), "slug_invalid") << slug;
  }
  EXPECT_EQ(refused(std::string(64, 'a')), "");
}

TEST(Access, AProjectGoesOnlyWhenItIsEmptyAndNotTheDefault) {
  World world;
  const auto project = make_project(world, "loja");
  const auto remove = [&](const std::string& id) {
    const auto result = world.write([&](Tx& tx, engine::Effects& effects) {
      return world.access.remove_project(tx, effects, id);
    });
    return result ? "" : std::string{error_code(result.error().errc)};
  };
  EXPECT_EQ(remove(world.project.id), "cannot_delete_default");
  EXPECT_EQ(remove("prj_none"), "not_found");
  Trigger trigger{.id = "trg_x", .project = project.no, .events = {"*"}};
  EXPECT_TRUE(world.write([&](Tx& tx, engine::Effects&) -> Result<void> {
    tx.insert_trigger(trigger);
    return {};
  }));
  EXPECT_EQ(remove(project.id), "project_not_empty");
  EXPECT_TRUE(world.write([&](Tx& tx, engine::Effects&) -> Result<void> {
    tx.delete_trigger(trigger.no);
    return {};
  }));
  EXPECT_EQ(remove(project.id), "");
}

TEST(Access, AShortKeyIsNotShown) {
  World world;
  const std::pair<const char*, const char*> cases[] = {
      {"csk_test_mine", "csk_test_"},
      {"csk_live_", "csk_live_"},
      {"csk_live_0123456789abcdef", "csk_live_01"},
      {"csk_live_0123456789abcdef0123456789abcdef0123456789", "csk_live_0123"},
  };
  for (const auto& [key, prefix] : cases) {
    ASSERT_TRUE(world.access.bootstrap(Secret{key}, false));
    EXPECT_EQ(world.read([](const ReadTx& tx) { return tx.api_keys(); }).back().prefix, prefix);
  }
}

TEST(Access, ATestKeyMakesTestKeysOnly) {
  World world;
  ASSERT_TRUE(world.access.bootstrap(Secret{"csk_test_given"}, false));
  const auto caller = *world.access.authenticate("Bearer csk_test_given", "");
  const auto make = [&](std::optional<bool> live) {
    Result<engine::CreatedKey> made = fail(Errc::internal_error, {});
    (void)world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
      made = world.access.create_key(tx, effects, caller, "k", live, "*");
      if (!made) return fail(made.error());
      return {};
    });
    return made;
  };
  ASSERT_TRUE(world.project.livemode);
  EXPECT_FALSE(make({})->key.livemode);
  EXPECT_FALSE(make(false)->key.livemode);
  EXPECT_EQ(make(true).error().errc, Errc::forbidden);
}

TEST(Access, ANarrowKeyOfTheDefaultProjectStaysInIt) {
  World world;
  const auto other = make_project(world, "other");
  const auto opens = [&](const std::string& scopes) {
    const auto caller = world.access.authenticate(bearer(make_key(world, scopes)), other.id);
    return caller ? "" : std::string{error_code(caller.error().errc)};
  };
  EXPECT_EQ(opens("triggers:read"), "not_found");
  EXPECT_EQ(opens("*:read"), "not_found");
  EXPECT_EQ(opens("triggers:read projects:any"), "");
  EXPECT_EQ(opens("*"), "");
  const auto own = make_key(world, "triggers:read");
  EXPECT_TRUE(world.access.authenticate(bearer(own), world.project.id));
}

/// Lets something happen between a read and what is done with it.
struct InterruptedStore final : StoreWrapper {
  using StoreWrapper::StoreWrapper;
  mutable std::function<void()> after_read{};
  Result<void> read(function_ref<Result<void>(const ReadTx&)> fn) const override {
    auto result = StoreWrapper::read(fn);
    if (const auto interrupt = std::exchange(after_read, {})) interrupt();
    return result;
  }
};

TEST(Access, AReloadThatBeganBeforeARevocationDoesNotUndoIt) {
  World world;
  InterruptedStore store{world.sqlite};
  const engine::Context context{world.clock, world.entropy,   store, world.vault, catalogue(),
                                registry(),  tool_registry(), {},    {},          nullptr};
  engine::Access access{context};
  ASSERT_TRUE(access.reload());
  const auto key = bearer(*world.first_key);
  ASSERT_TRUE(access.authenticate(key, ""));
  store.after_read = [&] {
    EXPECT_TRUE(world.write([&](Tx& tx, engine::Effects& effects) {
      return access.revoke_key(tx, effects, world.project.no, world.first_key->key.id);
    }));
    EXPECT_TRUE(access.reload());
  };
  ASSERT_TRUE(access.reload());
  EXPECT_FALSE(access.authenticate(key, ""));
}

}  // namespace
}  // namespace malote::testing
