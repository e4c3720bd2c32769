#include "base/nearest.h"

#include <gtest/gtest.h>

namespace malote::app {
namespace {

TEST(Nearest, IsTheWordWithTheFewestEdits) {
  const std::vector<std::string> known{"serve", "sim", "triggers"};
  EXPECT_EQ(nearest("serv", known), "serve");
  EXPECT_EQ(nearest("trigger", known), "triggers");
  EXPECT_EQ(nearest("sin", known), "sim");
  EXPECT_EQ(nearest("sim", known), "sim");
  EXPECT_EQ(nearest("x", {}), "");
}

}  // namespace
}  // namespace malote::app
