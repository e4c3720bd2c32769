#include "base/json.h"

#include <gtest/gtest.h>

namespace malote::json {
namespace {

using std::string_literals::operator""s;

bool parses(std::string_view text) { return Document::parse(text).has_value(); }

std::string error_of(std::string_view text) {
  const auto document = Document::parse(text);
  if (document) return "";
  EXPECT_EQ(document.error().errc, Errc::invalid_body);
  return document.error().message;
}

TEST(Json, RefusesWhatIsNoJson) {
  const std::string cases[] = {"",
                               " ",
                               "\n",
                               "{",
                               "}",
                               "[",
                               "]",
                               "{]",
                               "[}",
                               "{\"a\"}",
                               "{\"a\":}",
                               "{\"a\":1,}",
                               "[1,]",
                               "[,1]",
                               "{a:1}",
                               "{'a':1}",
                               "[1 2]",
                               "{\"a\" 1}",
                               "{\"a\":1 \"b\":2}",
                               "nul",
                               "nulll",
                               "tru",
                               "truex",
                               "falsee",
                               "True",
                               "NaN",
                               "Infinity",
                               "undefined",
                               "\"",
                               "\"abc",
                               "'a'",
                               "[\"a]",
                               "{\"a:1}",
                               "[1]]",
                               "{}{}",
                               "{} {}",
                               "[] 1",
                               "1 2",
                               "1,",
                               "\"a\" \"b\"",
                               "null null",
                               "//x\n1",
                               "[1]//x",
                               "[nulll]",
                               "[truee]",
                               "{\"a\":falsex}",
                               "nul l",
                               "[\"\t\"]",
                               "[\"\n\"]",
                               "[\"\x01\"]",
                               R"(["\x"])",
                               R"(["\u12"])",
                               R"(["\u12G4"])",
                               "[\"\\\"]",
                               "\xEF\xBB\xBF{}"};
  for (const auto& text : cases) EXPECT_FALSE(parses(text)) << text;
}

TEST(Json, RefusesMalformedNumbers) {
  for (const char* number : {"01", "-", "+1", ".5", "1.", "1.e3", "1e", "1e+", "0x10", "1_000",
                             "--1", "-01", "1.2.3", "1e2e3", "00", "1-2", "-a", "2."}) {
    EXPECT_FALSE(parses(number)) << number;
    EXPECT_FALSE(parses("["s + number + "]")) << number;
    EXPECT_FALSE(parses("{\"a\":"s + number + "}")) << number;
  }
}

TEST(Json, KeepsTheExactTextOfNumbers) {
  for (const char* number : {"0", "-0", "150.35", "150.350", "1e3", "1E+3", "1.5e-10",
                             "9007199254740993", "123456789012345678901234567890",
                             "0.1000000000000000055511151231257827", "1e400", "-1e-400"}) {
    const auto document = Document::parse("{\"n\":"s + number + " }");
    ASSERT_TRUE(document) << number;
    EXPECT_TRUE(document->root()["n"].is_number());
    EXPECT_EQ(document->root()["n"].as_text(), number);
    EXPECT_EQ(document->root()["n"].raw(), number);
    const auto root = Document::parse(number);
    ASSERT_TRUE(root) << number;
    EXPECT_EQ(root->root().as_text(), number);
  }
}

TEST(Json, ReadsWholeNumbersOnlyWhereTheyAreWhole) {
  const auto document =
      Document::parse(R"([1, -9223372036854775808, 9223372036854775808, 1.0, 1e3, "1"])");
  ASSERT_TRUE(document);
  EXPECT_EQ(document->root().at(0).as_int(), 1);
  EXPECT_EQ(document->root().at(1).as_int(), INT64_MIN);
  for (std::size_t i = 2; i < 6; ++i) EXPECT_FALSE(document->root().at(i).as_int()) << i;
  EXPECT_EQ(document->root().at(4).as_double(), 1000.0);
  EXPECT_FALSE(document->root().at(5).as_double());
}

TEST(Json, TakesScalarsAtTheRoot) {
  EXPECT_TRUE(Document::parse("null")->root().is_null());
  EXPECT_EQ(Document::parse(" true ")->root().as_bool(), true);
  EXPECT_EQ(Document::parse("false\n")->root().as_bool(), false);
  EXPECT_EQ(Document::parse("\"a\\nb\"")->root().as_string(), "a\nb");
  EXPECT_EQ(Document::parse(" \"x\" ")->root().raw(), "\"x\"");
  EXPECT_EQ(Document::parse("-12.5 ")->root().raw(), "-12.5");
}

TEST(Json, RefusesBadUtf8InKeysAndValues) {
  for (const auto& bad : {"\xFF"s, "\xC3"s, "\xED\xA0\x80"s, "\xC0\xAF"s, "\xF4\x90\x80\x80"s}) {
    EXPECT_FALSE(parses("\"" + bad + "\""));
    EXPECT_FALSE(parses("{\"" + bad + "\":1}"));
    EXPECT_FALSE(parses("[1," + bad + "]"));
  }
}

TEST(Json, RefusesLoneSurrogates) {
  for (const char* text :
       {R"(["\ud800"])", R"(["\udc00"])", R"(["\ud800\ud800"])", R"(["\ud800x"])",
        R"({"\udfff":1})", R"("\udc00")", R"(["\ud83d\u0041"])"}) {
    EXPECT_FALSE(parses(text)) << text;
  }
  EXPECT_EQ(Document::parse(R"("\ud83d\ude00")")->root().as_string(), "😀");
}

TEST(Json, LenientlyHalfASurrogatePairReadsAsAReplacementCharacter) {
  const auto read = [](std::string_view text) {
    const auto document = Document::parse(text, kLenient);
    return document ? std::string{document->root().at(0).as_string().value_or("?")} : "refused"s;
  };
  EXPECT_EQ(read(R"(["a\\ud83db"])"), "a\\ud83db");  // an escaped backslash, and letters
  EXPECT_EQ(read(R"(["\uD83D"])"), "\uFFFD");
  EXPECT_EQ(read(R"(["\udc00\ud83d\ude00\ud83d\u0041"])"), "\uFFFD😀\uFFFDA");
  EXPECT_EQ(read(R"(["\ud83d\ud83d\ude00"])"), "\uFFFD😀");
  EXPECT_EQ(read(R"(["\ud83"])"), "refused");
  EXPECT_EQ(read(R"(["\ud83d)"), "refused");
}

TEST(Json, KeepsEscapedNulBytesAndRefusesRawOnes) {
  EXPECT_EQ(Document::parse(R"(["a\u0000b"])")->root().at(0).as_string(), "a\0b"s);
  EXPECT_FALSE(parses("[\"a\0b\"]"s));
  EXPECT_FALSE(parses("\0"s));
  EXPECT_FALSE(parses("{}\0"s));
  EXPECT_FALSE(parses("{}\0{}"s));
}

TEST(Json, RefusesDuplicateKeysAtEveryLevel) {
  EXPECT_EQ(error_of(R"({"a":1,"b":2,"a":3})"), "duplicate key \"a\"");
  EXPECT_FALSE(parses(R"([{"x":{"a":1,"a":1}}])"));
  EXPECT_FALSE(parses(R"({"a":1,"\u0061":2})"));
  EXPECT_FALSE(parses(R"({"":1,"":2})"));
  EXPECT_TRUE(parses(R"([{"a":1},{"a":1}])"));
  EXPECT_TRUE(parses(R"({"a":{"a":1}})"));
  EXPECT_TRUE(parses(R"({"a":1,"A":2})"));
}

TEST(Json, FindsADuplicateAmongAHundredThousandKeys) {
  std::string text = "{";
  for (int i = 0; i < 100'000; ++i) text += "\"k" + std::to_string(i) + "\":0,";
  EXPECT_FALSE(parses(text + "\"k5\":1}"));
  const auto document = Document::parse(text + "\"last\":1}");
  ASSERT_TRUE(document);
  EXPECT_EQ(document->root().size(), 100'001u);
  EXPECT_EQ(document->root()["last"].as_int(), 1);
}

std::string nested(int depth, char open, char close) {
  return std::string(static_cast<std::size_t>(depth), open) +
         std::string(static_cast<std::size_t>(depth), close);
}

TEST(Json, RefusesNestingBeyondTheLimitAndNothingBelowIt) {
  EXPECT_TRUE(parses(nested(kMaxDepth, '[', ']')));
  EXPECT_TRUE(parses(std::string(kMaxDepth, '[') + "1" + std::string(kMaxDepth, ']')));
  EXPECT_FALSE(parses(nested(kMaxDepth + 1, '[', ']')));
  EXPECT_FALSE(parses(nested(1'000'000, '[', ']')));
  EXPECT_FALSE(parses(std::string(1'000'000, '[')));
  EXPECT_FALSE(parses(std::string(1'000'000, '{')));
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  EXPECT_FALSE(parses(objects));
}

TEST(Json, RawGivesTheBytesAsTheyCame) {
  const std::string_view text =
      R"({ "a" : { "n" : 1.50 , "l":[ 1 , 2 ] } , "s":"x\u0041" , "e":{} })";
  const auto document = Document::parse(text);
  ASSERT_TRUE(document);
  const View root = document->root();
  EXPECT_EQ(root.raw(), text);
  EXPECT_EQ(root["a"].raw(), R"({ "n" : 1.50 , "l":[ 1 , 2 ] })");
  EXPECT_EQ(root["a"]["l"].raw(), "[ 1 , 2 ]");
  EXPECT_EQ(root["s"].raw(), R"("x\u0041")");
  EXPECT_EQ(root["s"].as_string(), "xA");
  EXPECT_EQ(root["e"].raw(), "{}");
}

TEST(Json, PointerFollowsRfc6901) {
  const auto document = Document::parse(
      R"({"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"m~n":8,"x":{"y":[{"z":true}]},"~1":9})");
  ASSERT_TRUE(document);
  const View root = document->root();
  EXPECT_EQ(root.pointer("").raw(), root.raw());
  EXPECT_EQ(root.pointer("/foo/0").as_string(), "bar");
  EXPECT_EQ(root.pointer("/").as_int(), 0);
  EXPECT_EQ(root.pointer("/a~1b").as_int(), 1);
  EXPECT_EQ(root.pointer("/c%d").as_int(), 2);
  EXPECT_EQ(root.pointer("/m~0n").as_int(), 8);
  EXPECT_EQ(root.pointer("/~01").as_int(), 9);
  EXPECT_EQ(root.pointer("/x/y/0/z").as_bool(), true);
  for (const char* path : {"foo", "/foo/2", "/foo/-1", "/foo/-", "/foo/x", "/none/a/b", "/foo/0/0",
                           "/foo/99999999999999999999", "//"}) {
    EXPECT_FALSE(root.pointer(path)) << path;
  }
}

TEST(Json, WhatIsNotThereIsANullViewThatMayBeFollowed) {
  const View none;
  EXPECT_FALSE(none);
  EXPECT_FALSE(none["a"].at(3).pointer("/x"));
  EXPECT_EQ(none.size(), 0u);
  EXPECT_EQ(none.raw(), "");
  EXPECT_FALSE(none.as_text());
  for (const View element : none) FAIL() << element.raw();
  const auto document = Document::parse(R"({"a":null,"s":"x"})");
  EXPECT_TRUE(document->root()["a"]);  // there, and null
  EXPECT_FALSE(document->root()["s"]["x"]);
  EXPECT_FALSE(document->root()["s"].at(0));
}

TEST(Json, ViewsSurviveAMoveOfTheirDocument) {
  auto first = Document::parse(R"({"long":"a text that does not fit a small string buffer"})");
  ASSERT_TRUE(first);
  const View value = first->root()["long"];
  const Document second = std::move(*first);
  EXPECT_EQ(value.as_string(), "a text that does not fit a small string buffer");
  EXPECT_EQ(second.root()["long"].raw(), value.raw());
}

TEST(Json, IteratesMembersInOrder) {
  const auto document = Document::parse(R"({"b":1,"a":[2,3],"c":{}})");
  std::string keys;
  for (const View member : document->root()) keys += member.key();
  EXPECT_EQ(keys, "bac");
  std::string elements;
  for (const View element : document->root()["a"]) elements += element.raw();
  EXPECT_EQ(elements, "23");
}

}  // namespace
}  // namespace malote::json
