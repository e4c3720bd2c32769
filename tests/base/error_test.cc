#include "base/error.h"

#include <gtest/gtest.h>

#include <set>

#include "base/result.h"

namespace malote {
namespace {

TEST(Error, EveryCodeHasANameAnHttpStatusAndALineOfDocumentation) {
  std::set<std::string_view> names;
  int count = 0;
#define MALOTE_ERROR(name, status, doc)                                                  \
  EXPECT_EQ(error_code(Errc::name), #name);                                              \
  EXPECT_TRUE(http_status(Errc::name) >= 400 && http_status(Errc::name) < 600) << #name; \
  EXPECT_TRUE(error_doc(Errc::name).ends_with('.')) << #name;                            \
  names.insert(#name);                                                                   \
  ++count;
#include "base/errors.def"
#undef MALOTE_ERROR
  EXPECT_EQ(names.size(), static_cast<std::size_t>(count));
  EXPECT_LE(count, 40);  // a code exists only if somebody behaves differently because of it
}

TEST(Error, AnIssueNamesItsPlaceInTheMessage) {
  const Error error = make_issue(Errc::invalid_body, "/name", "is required");
  EXPECT_EQ(error.message, "/name: is required");
  ASSERT_EQ(error.issues.size(), 1u);
  EXPECT_EQ(error.issues.front().path, "/name");
  EXPECT_EQ(make_issue(Errc::invalid_body, "", "is odd").message, "is odd");
}

Result<int> half(int value) {
  if (value % 2 != 0) return fail(Errc::invalid_request, "odd");
  return value / 2;
}

Result<int> quarter(int value) {
  MALOTE_TRY(const int once, half(value));
  MALOTE_TRY(const int twice, half(once));
  return twice;
}

TEST(Result, TryReturnsTheValueOrTheFirstError) {
  EXPECT_EQ(quarter(8), 2);
  EXPECT_EQ(quarter(6).error().message, "odd");
  EXPECT_EQ(quarter(5).error().errc, Errc::invalid_request);
}

}  // namespace
}  // namespace malote
