#include "base/json_writer.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/json.h"

namespace malote::json {
namespace {

using std::string_literals::operator""s;

TEST(JsonWriter, PutsCommasWhereTheyBelong) {
  Writer w;
  w.object().field("a", 1).key("b").array().integer(1).string("x").null().end();
  w.key("c").object().end().key("d").array().end().field("e", true).end();
  EXPECT_EQ(w.view(), R"({"a":1,"b":[1,"x",null],"c":{},"d":[],"e":true})");
}

TEST(JsonWriter, NestsListsOfObjects) {
  Writer w;
  w.array();
  for (int i = 0; i < 2; ++i) w.object().field("i", i).end();
  w.raw("[1]").end();
  EXPECT_EQ(std::move(w).text(), R"([{"i":0},{"i":1},[1]])");
}

TEST(JsonWriter, EscapesWhatJsonForbidsAndNothingElse) {
  std::string out;
  append_string(out, "\"\\/\b\f\n\r\t\x01\x1F\x7F é 😀\0!"s);
  EXPECT_EQ(out, "\"\\\"\\\\/\\u0008\\u000c\\n\\r\\t\\u0001\\u001f\x7F é 😀\\u0000!\"");
}

TEST(JsonWriter, EveryCharacterReadsBack) {
  std::string all;
  for (char c = 0; c < 127; ++c) all += c;
  std::string out;
  append_string(out, all);
  const auto document = Document::parse(out);
  ASSERT_TRUE(document);
  EXPECT_EQ(document->root().as_string(), all);
}

TEST(JsonWriter, NumbersReadBackExactly) {
  Writer w;
  w.array().integer(std::numeric_limits<std::int64_t>::min()).number(0.1).number(1e300);
  w.number(std::numeric_limits<double>::quiet_NaN());
  w.number(std::numeric_limits<double>::infinity()).end();
  EXPECT_EQ(w.view(), "[-9223372036854775808,0.1,1e+300,null,null]");
}

TEST(JsonWriter, WritesNullForTheEmptyTextWhereAsked) {
  Writer w;
  w.object().field_or_null("a", std::string_view{""}).field_or_null("b", std::string_view{"x"});
  w.field_or_null("c", std::optional<std::string>{})
      .field_or_null("d", std::optional<std::string>{""});
  w.end();
  EXPECT_EQ(w.view(), R"({"a":null,"b":"x","c":null,"d":""})");
}

}  // namespace
}  // namespace malote::json
