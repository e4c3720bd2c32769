#include "base/json_merge.h"

#include <gtest/gtest.h>

namespace malote::json {
namespace {

TEST(JsonMerge, TakesMembersOfThePatchFirst) {
  const auto before = Document::parse(R"({"a":1,"b":{"x":1},"c":1.50})");
  const auto patch = Document::parse(R"({"b":{"y":2},"a":null,"d":[]})");
  EXPECT_EQ(merged(before->root(), patch->root()), R"({"c":1.50,"b":{"y":2},"d":[]})");
  EXPECT_EQ(merged(before->root(), View{}), R"({"a":1,"b":{"x":1},"c":1.50})");
}

}  // namespace
}  // namespace malote::json
