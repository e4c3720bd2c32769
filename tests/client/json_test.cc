#include "malote/client/json.h"

#include <gtest/gtest.h>

#include <limits>
#include <stdexcept>

namespace malote::client {
namespace {

TEST(ClientJson, BuildsFromBracesAndKeepsTheOrder) {
  const Json order{
      {"type", "nfe"},         {"total", 150.35}, {"count", 2},
      {"gift", false},         {"note", nullptr}, {"items", Json::array({"a", Json{{"sku", "b"}}})},
      {"none", Json::object()}};
  EXPECT_EQ(order.text(), R"({"type":"nfe","total":150.35,"count":2,"gift":false,"note":null,)"
                          R"("items":["a",{"sku":"b"}],"none":{}})");
}

TEST(ClientJson, OnePairOfTextsIsAnObject) {
  EXPECT_EQ((Json{{"a", "b"}}).text(), R"({"a":"b"})");
  EXPECT_EQ(Json::array({"a", "b"}).text(), R"(["a","b"])");
  EXPECT_EQ(Json{"a"}.text(), R"("a")");
}

TEST(ClientJson, WhatIsNotThereReadsAsNull) {
  const Json value = Json::parse(R"({"a":{"b":[1,"x"]}})");
  EXPECT_EQ(value["a"]["b"][1].as_string(), "x");
  EXPECT_EQ(value["a"]["b"][0].as_int(), 1);
  EXPECT_TRUE(value["a"]["c"]["d"][7].is_null());
  EXPECT_TRUE(value["a"]["b"][2].is_null());
  EXPECT_EQ(value["a"]["b"].as_string("fallback"), "fallback");
}

TEST(ClientJson, NumbersKeepTheirDigits) {
  EXPECT_EQ(Json::parse("[150.350, 12345678901234567890.01, 1e3]").text(),
            "[150.350,12345678901234567890.01,1e3]");
  EXPECT_EQ(Json::number("0.10").text(), "0.10");
  EXPECT_EQ(Json{std::numeric_limits<std::uint64_t>::max()}.text(), "18446744073709551615");
  EXPECT_EQ(Json{std::numeric_limits<double>::infinity()}.text(), "null");
  EXPECT_EQ(Json::number("1.5").as_int(-1), -1);
  EXPECT_EQ(Json::number("99999999999999999999").as_int(-1), -1);
  EXPECT_DOUBLE_EQ(Json::number("1.5").as_double(), 1.5);
}

TEST(ClientJson, RefusesWhatIsNoJson) {
  for (const char* text : {"", "{", "nul", R"({"a":1,"a":2})", "[1] 2", "\"\xff\""}) {
    EXPECT_THROW(Json::parse(text), std::invalid_argument) << text;
  }
  for (const char* digits : {"", "1.", "one", "\"1\"", "1 2"}) {
    EXPECT_THROW(Json::number(digits), std::invalid_argument) << digits;
  }
}

TEST(ClientJson, EscapesTextsAndNames) {
  const Json value{{"a\"\n", "\\\x01é"}};
  EXPECT_EQ(value.text(), "{\"a\\\"\\n\":\"\\\\\\u0001é\"}");
  EXPECT_EQ(Json::parse(value.text()), value);
}

}  // namespace
}  // namespace malote::client
