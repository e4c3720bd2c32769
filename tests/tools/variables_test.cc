#include "tools/variables.h"

#include <gtest/gtest.h>

namespace malote::tools {
namespace {

const Environment kEnvironment = [](const std::string& name) -> std::optional<std::string> {
  if (name == "TOKEN") return "t0ps3cret";
  return std::nullopt;
};

TEST(Variables, AreFilledIntoTexts) {
  const auto texts = json::Document::parse(R"({"A":"Bearer ${env.TOKEN}","B":"plain"})");
  const auto filled = fill_in(texts->root(), {"TOKEN"}, kEnvironment);
  ASSERT_TRUE(filled) << filled.error().message;
  EXPECT_EQ(*filled, (Headers{{"A", "Bearer t0ps3cret"}, {"B", "plain"}}));
  EXPECT_TRUE(fill_in({}, {}, kEnvironment)->empty());
}

TEST(Variables, OneThatIsNotSetIsNamedAndNoOtherShown) {
  const auto texts = json::Document::parse(R"({"A":"${env.TOKEN}${env.OTHER}"})");
  const auto filled = fill_in(texts->root(), {"TOKEN", "OTHER"}, kEnvironment);
  ASSERT_FALSE(filled);
  EXPECT_NE(filled.error().message.find("has no OTHER"), std::string::npos);
  EXPECT_EQ(filled.error().message.find("t0ps3cret"), std::string::npos);
  EXPECT_EQ(values_of({"OTHER", "TOKEN"}, kEnvironment),
            (std::vector<std::string>{"", "t0ps3cret"}));
  EXPECT_FALSE(fill_in(texts->root(), {"TOKEN"}, {}));
}

}  // namespace
}  // namespace malote::tools
