#include "providers/body.h"

#include <gtest/gtest.h>

namespace malote::providers {
namespace {

/// What the body is read as, or "" where it is refused.
std::string read(const std::string& body, const std::string& type) {
  RawRequest request;
  request.headers.emplace_back("Content-Type", type);
  request.body = body;
  const auto document = read_body(request);
  return document ? std::string{document->root().raw()} : "";
}
std::string read_form(const std::string& body) {
  return read(body, "application/x-www-form-urlencoded; charset=utf-8");
}

TEST(Body, AFormIsAnObjectOfTexts) {
  EXPECT_EQ(read_form("event=paid&data%5Bid%5D=1&tags[]=a&tags[]=b+c"),
            R"({"data":{"id":"1"},"event":"paid","tags":["a","b c"]})");
  EXPECT_EQ(read_form("a=%7B%7D&b=1"), R"({"a":"{}","b":"1"})");
  EXPECT_EQ(read_form(""), "");
}

TEST(Body, AFormAroundOneObjectIsThatObject) {
  EXPECT_EQ(read_form("payload=%7B%22action%22%3A%22deleted%22%2C%22id%22%3A7%7D"),
            R"({"action":"deleted","id":7})");
  EXPECT_EQ(read_form("payload=%5B1%5D"), R"({"payload":"[1]"})");
  EXPECT_EQ(read_form("payload=%7Bbroken"), R"({"payload":"{broken"})");
  EXPECT_EQ(read_form("webhook_id=12"), R"({"webhook_id":"12"})");
}

TEST(Body, WhatIsJsonIsReadAsJsonWhateverItsTypeSays) {
  EXPECT_EQ(read_form(R"({"a":1})"), R"({"a":1})");
  EXPECT_EQ(read(R"({"a":1})", "application/json"), R"({"a":1})");
  EXPECT_EQ(read("[1]", "application/json"), "");
  EXPECT_EQ(read("a=1", "application/json"), "");
}

TEST(Body, HalfASurrogatePairReadsAsAReplacementCharacter) {
  EXPECT_EQ(read(R"({"name":"Zo\u00e9 \ud83d"})", "application/json"),
            R"({"name":"Zo\u00e9 \ufffd"})");
  EXPECT_EQ(read(R"({"name":"\ud83d\ude00"})", "application/json"), R"({"name":"\ud83d\ude00"})");
}

TEST(Body, WhatATokenHeldStandsForTheBody) {
  RawRequest request;
  request.body = "token";
  EXPECT_EQ(read_body(request, R"({"a":1})")->root().raw(), R"({"a":1})");
}

}  // namespace
}  // namespace malote::providers
