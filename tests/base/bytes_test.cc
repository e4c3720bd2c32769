#include "base/bytes.h"

#include <gtest/gtest.h>

#include "base/prng.h"

namespace malote {
namespace {

using std::string_literals::operator""s;

TEST(Hex, ReadsBackWhatItWrites) {
  EXPECT_EQ(hex_encode("\x00\xFF\x10"s), "00ff10");
  EXPECT_EQ(hex_encode("\xAB", true), "AB");
  EXPECT_EQ(hex_decode("00fF10"), "\x00\xFF\x10"s);
  EXPECT_EQ(hex_decode(""), "");
}

TEST(Hex, RefusesOddLengthsAndForeignCharacters) {
  for (const char* text : {"0", "abc", "0g", " 00", "00 ", "0x00", "-1", "\xC3\xA9"}) {
    EXPECT_FALSE(hex_decode(text)) << text;
  }
}

TEST(Base64, MatchesTheVectorsOfRfc4648) {
  const std::pair<const char*, const char*> cases[] = {{"", ""},
                                                       {"f", "Zg=="},
                                                       {"fo", "Zm8="},
                                                       {"foo", "Zm9v"},
                                                       {"foob", "Zm9vYg=="},
                                                       {"fooba", "Zm9vYmE="},
                                                       {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, text] : cases) {
    EXPECT_EQ(base64_encode(plain), text);
    EXPECT_EQ(base64_decode(text), plain);
  }
}

TEST(Base64, RefusesWhatAStrictReaderMust) {
  const char* cases[] = {
      "Zg",      // padding is missing
      "Zg=",     // half of it
      "Zg===",   // too much
      "Zh==",    // stray bits: a second text for the same byte
      "Zm9",     // no multiple of four
      "Zm 9v",   // white space
      "Zm9v\n",  //
      "Z===",   "====", "=", "Zg==Zg==", "Zm9-", "Zm9_",
  };
  for (const char* text : cases) EXPECT_FALSE(base64_decode(text)) << text;
}

TEST(Base64, UrlAlphabetMakesPaddingOptionalAndExcludesTheStandardOne) {
  EXPECT_EQ(base64_decode("-_-_", true), "\xFB\xFF\xBF");
  EXPECT_EQ(base64_decode("Zg", true), "f");
  EXPECT_EQ(base64_decode("Zg==", true), "f");
  EXPECT_FALSE(base64_decode("+/+/", true));
  EXPECT_FALSE(base64_decode("Z", true));
}

TEST(Base64, RoundTripsRandomBytesOfEveryLength) {
  Prng random{1};
  for (std::size_t size = 0; size < 70; ++size) {
    std::string bytes;
    while (bytes.size() < size) bytes += static_cast<char>(random.below(256));
    EXPECT_EQ(base64_decode(base64_encode(bytes)), bytes);
    EXPECT_EQ(hex_decode(hex_encode(bytes)), bytes);
  }
}

TEST(ConstantTimeEqual, ComparesWholeTexts) {
  EXPECT_TRUE(constant_time_equal("", ""));
  EXPECT_TRUE(constant_time_equal("a\0b"s, "a\0b"s));
  EXPECT_FALSE(constant_time_equal("a\0b"s, "a\0c"s));
  EXPECT_FALSE(constant_time_equal("abc", "ab"));
  EXPECT_FALSE(constant_time_equal("abc", "Abc"));
}

TEST(Text, TrimsLowersAndComparesAsciiOnly) {
  EXPECT_EQ(trim(" \ta b\t "), "a b");
  EXPECT_EQ(trim(" \t"), "");
  EXPECT_EQ(trim("\n a"), "\n a");
  EXPECT_EQ(to_lower("AbÇ"), "abÇ");
  EXPECT_TRUE(equals_ignore_case("X-Sig", "x-sIG"));
  EXPECT_FALSE(equals_ignore_case("X-Sig", "X-Sig "));
}

TEST(UrlDecode, LeavesMalformedEscapesAsTheyAre) {
  EXPECT_EQ(url_decode("a%20b+c"), "a b c");
  EXPECT_EQ(url_decode("a+b", false), "a+b");
  EXPECT_EQ(url_decode("%41"), "A");
  EXPECT_EQ(url_decode("%4"), "%4");
  EXPECT_EQ(url_decode("%"), "%");
  EXPECT_EQ(url_decode("%zz%4g"), "%zz%4g");
  EXPECT_EQ(url_decode("%00"), "\0"s);
}

TEST(UrlEncode, EscapesEverythingThatCouldChangeAPath) {
  EXPECT_EQ(url_encode("aZ9-_.~"), "aZ9-_.~");
  EXPECT_EQ(url_encode("a/b?c#d&e=f g%"), "a%2Fb%3Fc%23d%26e%3Df%20g%25");
  EXPECT_EQ(url_encode("é"), "%C3%A9");
}

TEST(Utf8, AcceptsTheWellFormedAndRefusesTheRest) {
  for (const auto& text : {""s, "a\0b"s, "é"s, "€"s, "😀"s, "\xED\x9F\xBF"s, "\xF4\x8F\xBF\xBF"s}) {
    EXPECT_TRUE(is_valid_utf8(text)) << hex_encode(text);
  }
  for (const auto& text : {"\x80"s, "\xC0\x80"s, "\xC1\xBF"s, "\xC3"s, "\xE2\x82"s, "\xE0\x80\x80"s,
                           "\xED\xA0\x80"s, "\xF0\x80\x80\x80"s, "\xF4\x90\x80\x80"s, "\xF5\x80"s,
                           "\xFF"s, "\xC3("s, "a\xF0\x9F\x98"s}) {
    EXPECT_FALSE(is_valid_utf8(text)) << hex_encode(text);
  }
}

}  // namespace
}  // namespace malote
