#include "engine/key_check.h"

#include <gtest/gtest.h>

#include "fixtures.h"

namespace malote::testing {
namespace {

Result<void> check_with(World& world, char key) {
  const engine::Vault vault{Secret{std::string(32, key)}, world.entropy};
  const engine::Context context{world.clock,
                                world.entropy,
                                world.store,
                                vault,
                                world.context.catalogue,
                                world.context.registry,
                                world.context.tools};
  return engine::check_master_key(context);
}

TEST(KeyCheck, AnotherKeyIsRefusedAfterTheFirstStart) {
  World world;
  EXPECT_TRUE(check_with(world, 'k'));
  EXPECT_TRUE(check_with(world, 'k'));
  const auto refused = check_with(world, 'x');
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("this master key does not open this store"),
            std::string::npos);
}

TEST(KeyCheck, AnOlderStoreIsJudgedByWhatIsSealedInIt) {
  World world;
  world.make_trigger();
  EXPECT_FALSE(check_with(world, 'x'));
  EXPECT_TRUE(check_with(world, 'k'));
  EXPECT_FALSE(check_with(world, 'x'));
}

}  // namespace
}  // namespace malote::testing
