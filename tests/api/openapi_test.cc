// The description served at /v1/openapi.json against the route table and against the catalogue of
// error codes.
#include <gtest/gtest.h>

#include <set>

#include "api/routes.h"
#include "files.h"

namespace malote::testing {
namespace {

constexpr std::string_view kMethods[] = {"get", "post", "put", "patch", "delete", "head"};

struct OpenApi : ::testing::Test {
  json::Document document = *json::Document::parse(read_file("data/openapi.json"));
  json::View paths() const { return document.root()["paths"]; }

  std::set<std::string> described() const {
    std::set<std::string> all;
    for (const auto path : paths()) {
      for (const auto method : kMethods) {
        if (!path[method]) continue;
        std::string upper{method};
        for (char& c : upper) c = static_cast<char>(c - 32);
        all.insert(upper + " " + std::string{path.key()});
      }
    }
    return all;
  }
};

TEST_F(OpenApi, DescribesEveryRouteAndNothingElse) {
  std::set<std::string> served;
  for (const auto& route : api::routes()) {
    served.insert(std::string{route.method} + " " + std::string{route.pattern});
  }
  EXPECT_EQ(served, described());
}

std::string filled(std::string pattern) {
  for (auto open = pattern.find('{'); open != std::string::npos; open = pattern.find('{')) {
    pattern.replace(open, pattern.find('}') - open + 1, "x");
  }
  return pattern;
}

TEST_F(OpenApi, EveryRouteIsReachedByItsOwnPathAndByItsAlias) {
  for (const auto& route : api::routes()) {
    const auto match = api::match_route(route.method, filled(std::string{route.pattern}));
    ASSERT_EQ(match.route, &route) << route.method << " " << route.pattern;
    const auto alias = paths()[route.pattern]["x-alias"].as_string();
    if (!alias) continue;
    EXPECT_EQ(api::match_route(route.method, filled(std::string{*alias})).route, &route) << *alias;
  }
}

TEST_F(OpenApi, EveryTriggerRouteHasItsAlias) {
  for (const auto& route : api::routes()) {
    if (!route.pattern.starts_with("/v1/triggers")) continue;
    const std::string want = "/v1/webhook-endpoints" + std::string{route.pattern.substr(12)};
    EXPECT_EQ(paths()[route.pattern]["x-alias"].as_string(), want);
  }
}

TEST_F(OpenApi, PathParametersAreDescribed) {
  for (const auto path : paths()) {
    for (const auto method : kMethods) {
      const auto operation = path[method];
      if (!operation) continue;
      std::set<std::string> named;
      for (const auto list : {path["parameters"], operation["parameters"]}) {
        for (const auto entry : list) {
          const auto reference = entry["$ref"].as_string();
          const auto parameter = reference ? document.root().pointer(reference->substr(1)) : entry;
          EXPECT_TRUE(parameter) << path.key();
          if (parameter["in"].as_string() == "path") named.emplace(*parameter["name"].as_string());
        }
      }
      std::set<std::string> wanted;
      std::string pattern{path.key()};
      for (auto open = pattern.find('{'); open != std::string::npos;
           open = pattern.find('{', open + 1)) {
        wanted.insert(pattern.substr(open + 1, pattern.find('}', open) - open - 1));
      }
      EXPECT_EQ(named, wanted) << method << " " << path.key();
    }
  }
}

void expect_references_resolve(json::View root, json::View at) {
  if (const auto reference = at["$ref"].as_string()) {
    EXPECT_TRUE(reference->starts_with("#/")) << *reference;
    EXPECT_TRUE(root.pointer(reference->substr(1))) << *reference;
  }
  for (const auto child : at) expect_references_resolve(root, child);
}

TEST_F(OpenApi, EveryReferenceLeadsSomewhere) {
  expect_references_resolve(document.root(), document.root());
}

TEST_F(OpenApi, OperationIdsAreUnique) {
  std::set<std::string> ids;
  std::size_t count = 0;
  for (const auto path : paths()) {
    for (const auto method : kMethods) {
      if (const auto id = path[method]["operationId"].as_string()) {
        ids.emplace(*id);
        ++count;
      }
    }
  }
  EXPECT_EQ(ids.size(), count);
  EXPECT_EQ(count, described().size());
}

}  // namespace
}  // namespace malote::testing
