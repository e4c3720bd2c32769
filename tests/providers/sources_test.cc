#include "providers/sources.h"

#include <gtest/gtest.h>

namespace malote::providers {
namespace {

TEST(Sources, FindValuesWhereverThePathPoints) {
  RawRequest request{.headers = {{"X-Id", "h"}},
                     .query = {{"data.id", "q"}, {"data.id", "second"}}};
  const auto body = json::Document::parse(R"({"a":{"b":1.50},"t":true,"n":null,"o":{},"s":""})");
  const auto fetched = json::Document::parse(R"({"status":"approved"})");
  const Sources sources{request, body->root(), fetched->root()};
  EXPECT_EQ(sources.text("/a/b"), "1.50");
  EXPECT_EQ(sources.text("/t"), "true");
  EXPECT_EQ(sources.text("header:x-ID"), "h");
  EXPECT_EQ(sources.text("query:data.id"), "q");
  EXPECT_EQ(sources.text("fetched:/status"), "approved");
  for (const char* path :
       {"/n", "/o", "/none", "a", "header:none", "query:none", "fetched:/none", ""}) {
    EXPECT_FALSE(sources.text(path)) << path;
  }
  EXPECT_EQ(sources.first({"/none", "/s", "/a/b", "/t"}), "1.50");
  EXPECT_FALSE(sources.first({"/none", "/s"}));
  EXPECT_FALSE(sources.first({}));
  EXPECT_TRUE(sources.json("").is_object());
}

TEST(Sources, WithoutBodyOrFetchedResourceThereIsSimplyNothing) {
  const RawRequest request;
  const Sources sources{request};
  EXPECT_FALSE(sources.text("/a"));
  EXPECT_FALSE(sources.text("fetched:/a"));
}

TEST(Sources, BytesThatAreNotTextAreNotTaken) {
  // They would end in a stored event whose JSON no receiver, nor we, could read again.
  const RawRequest request{.headers = {{"X-Id", "\xFF\xFE"}}, .query = {{"id", "\xC3"}}};
  const Sources sources{request};
  EXPECT_FALSE(sources.text("header:X-Id"));
  EXPECT_FALSE(sources.text("query:id"));
}

TEST(RawRequest, CountsRepeatedHeaders) {
  const RawRequest request{.headers = {{"A", "1"}, {"a", "2"}, {"b", "3"}}};
  EXPECT_EQ(header_count(request, "A"), 2u);
  EXPECT_EQ(*header_of(request, "a"), "1");
  EXPECT_EQ(header_count(request, "c"), 0u);
}

}  // namespace
}  // namespace malote::providers
