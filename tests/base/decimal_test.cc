#include "base/decimal.h"

#include <gtest/gtest.h>

namespace malote {
namespace {

struct MinorCase {
  const char* text;
  int exponent;
  std::optional<std::int64_t> minor;
};

TEST(Decimal, BecomesMinorUnitsExactlyOrNotAtAll) {
  const MinorCase cases[] = {
      {"150.35", 2, 15035},
      {"0.1", 2, 10},
      {"0.29", 2, 29},  // 28.999… in binary
      {"1.15", 2, 115},
      {"4.35", 2, 435},
      {"-3", 2, -300},
      {"-0.01", 2, -1},
      {"0", 2, 0},
      {"0.00", 2, 0},
      {"150.350", 2, 15035},
      {"1e3", 2, 100'000},
      {"1.5E+2", 2, 15'000},
      {"15035e-2", 2, 15035},
      {"1e-2", 2, 1},
      {"1000", 0, 1000},
      {"1.234", 3, 1234},
      {"9007199254740993", 0, 9'007'199'254'740'993},  // one more than a double can tell apart
      {"999999999999999999", 0, 999'999'999'999'999'999},
      {"0000000000000000000000001.50", 2, 150},
      {"1.234", 2, {}},  // would need rounding
      {"0.001", 2, {}},
      {"1e-3", 2, {}},
      {"999999999999999999", 2, {}},  // does not fit
  };
  for (const auto& [text, exponent, minor] : cases) {
    const auto value = parse_decimal(text);
    ASSERT_TRUE(value) << text;
    EXPECT_EQ(to_minor(*value, exponent), minor) << text;
  }
}

TEST(Decimal, RefusesWhatIsNoNumberOrTooLargeToHoldExactly) {
  for (const char* text : {"",
                           "-",
                           ".",
                           ".5",
                           "1.",
                           "+1",
                           "1,5",
                           "1.2.3",
                           " 1",
                           "1 ",
                           "abc",
                           "0x10",
                           "1e",
                           "1e+",
                           "1e-",
                           "1e+-2",
                           "1e--2",
                           "1e2.5",
                           "NaN",
                           "Infinity",
                           "1000000000000000000000",
                           "1e99",
                           "1e-99",
                           "1e999999999999999999999",
                           "999999999999999999e3",
                           "--1",
                           "1_000"}) {
    EXPECT_FALSE(parse_decimal(text)) << text;
  }
}

TEST(Decimal, FormatsMinorUnitsInFull) {
  EXPECT_EQ(format_minor(15035, 2), "150.35");
  EXPECT_EQ(format_minor(5, 2), "0.05");
  EXPECT_EQ(format_minor(-5, 2), "-0.05");
  EXPECT_EQ(format_minor(0, 2), "0.00");
  EXPECT_EQ(format_minor(1500, 0), "1500");
  EXPECT_EQ(format_minor(1, 3), "0.001");
  EXPECT_EQ(format_minor(INT64_MIN, 2), "-92233720368547758.08");
}

TEST(Decimal, FormattingReadsBackForEveryExponent) {
  for (const std::int64_t minor : {std::int64_t{0}, std::int64_t{1}, std::int64_t{-99},
                                   std::int64_t{100}, std::int64_t{123'456'789'012}}) {
    for (const int exponent : {0, 2, 3, 6}) {
      const auto value = parse_decimal(format_minor(minor, exponent));
      ASSERT_TRUE(value);
      EXPECT_EQ(to_minor(*value, exponent), minor);
    }
  }
}

TEST(CurrencyExponent, FollowsIso4217) {
  const std::pair<const char*, std::optional<int>> cases[] = {{"BRL", 2},  {"USD", 2}, {"JPY", 0},
                                                              {"CLP", 0},  {"KWD", 3}, {"USDC", {}},
                                                              {"BTC", {}}, {"", {}}};
  for (const auto& [currency, exponent] : cases) {
    EXPECT_EQ(currency_exponent(currency), exponent) << currency;
  }
}

}  // namespace
}  // namespace malote
