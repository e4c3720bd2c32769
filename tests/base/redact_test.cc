#include "base/redact.h"

#include <gtest/gtest.h>

namespace malote {
namespace {

std::string redacted(std::string text, std::string_view secret) {
  redact(text, secret);
  return text;
}

TEST(Redact, TakesASecretOutHoweverItIsWritten) {
  EXPECT_EQ(redacted("a s3cr3t, s3cr3t", "s3cr3t"), "a ***, ***");
  EXPECT_EQ(redacted(R"({"said":"ab\/cd\/ef=="} ab/cd/ef==)", "ab/cd/ef=="),
            R"({"said":"***"} ***)");
  EXPECT_EQ(redacted(R"({"said":"a\"b\\c\/d"})", R"(a"b\c/d)"), R"({"said":"***"})");
}

TEST(Redact, LeavesWhatIsTooShortToBeASecretAndComesToAnEnd) {
  EXPECT_EQ(redacted("abcdef", "abc"), "abcdef");
  EXPECT_EQ(redacted("abcdef", ""), "abcdef");
  EXPECT_EQ(redacted("************", "******"), "******");
}

}  // namespace
}  // namespace malote
