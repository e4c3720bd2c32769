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

TEST(Redact, TakesASecretOutOfATextWithinAText) {
  const std::string key = "-----BEGIN KEY-----\n\u00e4/b\"c\n";
  EXPECT_EQ(redacted(R"({"text":"{\"key\":\"-----BEGIN KEY-----\\nä/b\\\"c\\n\"}"})", key),
            R"({"text":"{\"key\":\"***\"}"})");
  EXPECT_EQ(redacted(R"(x -----BEGIN KEY-----\n\u00e4/b\"c\n y)", key), "x *** y");
  EXPECT_EQ(redacted(R"(x -----BEGIN KEY-----\n\u00E4\/b\"c\n y)", key), "x *** y");
  EXPECT_EQ(redacted(R"(x -----BEGIN KEY-----\\n\\u00e4/b\\\"c\\n y)", key), "x *** y");
}

TEST(Redact, TakesTheLongestOutFirst) {
  std::string text = "postgres://app:pass@db.example/shop, db.example";
  redact(text, std::vector<std::string>{"db.example", "postgres://app:pass@db.example/shop"});
  EXPECT_EQ(text, "***, ***");
}

TEST(Redact, LeavesWhatIsTooShortToBeASecretAndComesToAnEnd) {
  EXPECT_EQ(redacted("abcdef", "abc"), "abcdef");
  EXPECT_EQ(redacted("abcdef", ""), "abcdef");
  EXPECT_EQ(redacted("************", "******"), "******");
}

}  // namespace
}  // namespace malote
