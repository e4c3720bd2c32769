#include "base/secret.h"

#include <gtest/gtest.h>

#include <ostream>

namespace malote {
namespace {

template <class T>
concept Printable = requires(std::ostream& out, const T& value) {
  out << value;
};
template <class T>
concept Comparable = requires(const T& a, const T& b) {
  a == b;
};

TEST(Secret, CannotBePrintedOrComparedByAccident) {
  static_assert(!Printable<Secret>);
  static_assert(!Comparable<Secret>);
  static_assert(!std::is_convertible_v<Secret, std::string_view>);
  static_assert(!std::is_convertible_v<std::string, Secret>);
  EXPECT_TRUE(Secret{}.empty());
}

TEST(Secret, MovedFromIsEmptyAndCopiesAreWhole) {
  Secret first{"a secret that is longer than a small string"};
  Secret copy = first;
  Secret moved = std::move(first);
  EXPECT_TRUE(first.empty());  // NOLINT: what a moved-from secret holds is the point
  EXPECT_EQ(moved.reveal(), copy.reveal());
  copy = std::move(moved);
  EXPECT_TRUE(moved.empty());  // NOLINT
  EXPECT_EQ(copy.reveal(), "a secret that is longer than a small string");
}

TEST(Secret, AssigningItselfKeepsIt) {
  Secret secret{"x"};
  Secret& same = secret;
  secret = same;
  EXPECT_EQ(secret.reveal(), "x");
}

}  // namespace
}  // namespace malote
