#include "base/prng.h"

#include <gtest/gtest.h>

#include <array>

namespace malote {
namespace {

TEST(Prng, SameSeedGivesTheSameSequence) {
  Prng a{42};
  Prng b{42};
  Prng c{43};
  bool differs = false;
  for (int i = 0; i < 100; ++i) {
    const auto value = a.next();
    EXPECT_EQ(value, b.next());
    differs |= value != c.next();
  }
  EXPECT_TRUE(differs);
}

TEST(Prng, StaysBelowTheLimitAndReachesEveryValue) {
  Prng random{7};
  std::array<int, 10> seen{};
  for (int i = 0; i < 10'000; ++i) ++seen.at(random.below(10));
  for (const int count : seen) EXPECT_NEAR(count, 1000, 200);
  EXPECT_EQ(random.below(1), 0u);
}

TEST(Prng, ChanceIsARatio) {
  Prng random{9};
  int hits = 0;
  for (int i = 0; i < 10'000; ++i) hits += random.chance(1, 4) ? 1 : 0;
  EXPECT_NEAR(hits, 2500, 250);
  EXPECT_FALSE(random.chance(0, 5));
  EXPECT_TRUE(random.chance(5, 5));
}

TEST(Prng, WorksFromAZeroSeed) {
  Prng random{0};
  EXPECT_NE(random.next() | random.next(), 0u);
}

}  // namespace
}  // namespace malote
