#include "ports/http_types.h"

#include <gtest/gtest.h>

#include "ports/entropy.h"

namespace malote {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;
using std::string_literals::operator""s;

TEST(Headers, AreFoundWithoutCaseAndCounted) {
  const Headers headers{{"X-Sig", "1"}, {"x-sig", "2"}, {"Other", ""}};
  ASSERT_NE(find_header(headers, "X-SIG"), nullptr);
  EXPECT_EQ(*find_header(headers, "X-SIG"), "1");
  EXPECT_EQ(count_header(headers, "x-Sig"), 2u);
  EXPECT_EQ(find_header(headers, "X-Si"), nullptr);
  EXPECT_EQ(*find_header(headers, "other"), "");
}

TEST(ParseQuery, DecodesPairsInOrder) {
  EXPECT_EQ(parse_query("a=1&b=2&a=3"), (Pairs{{"a", "1"}, {"b", "2"}, {"a", "3"}}));
  EXPECT_EQ(parse_query("data.id=9%2F8&x=a+b"), (Pairs{{"data.id", "9/8"}, {"x", "a b"}}));
  EXPECT_EQ(parse_query("flag&empty=&=v"), (Pairs{{"flag", ""}, {"empty", ""}, {"", "v"}}));
  EXPECT_EQ(parse_query("a=b=c"), (Pairs{{"a", "b=c"}}));
}

TEST(ParseQuery, SurvivesAbsurdInput) {
  EXPECT_TRUE(parse_query("").empty());
  EXPECT_TRUE(parse_query("&&&").empty());
  EXPECT_EQ(parse_query("%"), (Pairs{{"%", ""}}));
  EXPECT_EQ(parse_query("a=%ff%00"), (Pairs{{"a", "\xFF\0"s}}));
  EXPECT_EQ(parse_query(std::string(10'000, '&') + "a").size(), 1u);
}

TEST(RandomId, UsesItsAlphabetAndSkipsBytesThatWouldBiasIt) {
  struct Counting : Entropy {
    unsigned char next = 250;
    void fill(std::span<char> out) override {
      for (char& c : out) c = static_cast<char>(next++);
    }
  } entropy;
  const std::string id = random_id(entropy, "trg_");
  EXPECT_EQ(id.size(), 20u);
  EXPECT_EQ(id, "trg_89abcdefghijklmn");  // 250, 251, then 252 to 255 are left out, 0, 1, …
}

}  // namespace
}  // namespace malote
