#include <gtest/gtest.h>

#include "api/api_fixture.h"

namespace malote::testing {
namespace {

using ProjectsApi = ApiTest;

TEST_F(ProjectsApi, CreateListGetDelete) {
  const auto made = post("/v1/projects", R"({"name":"Loja Um","environment":"test"})");
  EXPECT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.text("slug"), "loja-um");
  EXPECT_EQ(made.text("environment"), "test");
  EXPECT_EQ(get("/v1/projects")["projects"].size(), 2u);
  EXPECT_EQ(get("/v1/projects/" + made.text("id")).text("name"), "Loja Um");
  EXPECT_EQ(call("DELETE", "/v1/projects/" + made.text("id")).status, 204);
  EXPECT_EQ(get("/v1/projects/" + made.text("id")).status, 404);
  EXPECT_EQ(call("DELETE", "/v1/projects/" + world.project.id).text("code"),
            "cannot_delete_default");
}

TEST_F(ProjectsApi, SlugsHaveTheirOwnCodes) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"name":"x","slug":"default"})", "slug_reserved"},
      {R"({"name":"x","slug":"A"})", "slug_invalid"},
      {R"({"name":"x","slug":""})", "slug_invalid"},
      {R"({"slug":"x"})", "invalid_body"},
      {R"({"name":"x","slug":"y","environment":"stage"})", "invalid_body"},
  };
  for (const auto& [body, code] : cases) {
    const auto answer = post("/v1/projects", body);
    EXPECT_EQ(answer.status, 400) << body;
    EXPECT_EQ(answer.text("code"), code) << body;
  }
  EXPECT_EQ(post("/v1/projects", R"({"name":"x","slug":"y"})").status, 201);
  EXPECT_EQ(post("/v1/projects", R"({"name":"x","slug":"y"})").text("code"), "slug_conflict");
}

TEST_F(ProjectsApi, AKeyOfAnotherProjectSeesItsOwnOnly) {
  key = foreign_key();
  EXPECT_EQ(get("/v1/projects")["projects"].size(), 1u);
  EXPECT_EQ(post("/v1/projects", R"({"name":"x","slug":"z"})").status, 403);
  EXPECT_EQ(get("/v1/whoami")["project"]["name"].as_string(), "Other");
  EXPECT_EQ(get("/v1/api-keys")["keys"].size(), 1u);
}

TEST_F(ProjectsApi, AKeyIsShownOnceAndDiesWhenItIsRevoked) {
  const auto made = post("/v1/api-keys", R"({"name":"k","env":"test","scopes":["events:read"]})");
  EXPECT_EQ(made.status, 201) << made.body;
  const std::string full = made.text("full_key");
  EXPECT_TRUE(full.starts_with("csk_test_"));
  EXPECT_EQ(made["scopes"].raw(), R"(["events:read"])");
  EXPECT_EQ(get("/v1/api-keys").body.find(full), std::string::npos);
  EXPECT_EQ(call("DELETE", "/v1/api-keys/" + made.text("id")).status, 204);
  EXPECT_EQ(call_as("GET", "/v1/events", "", {{"Authorization", "Bearer " + full}}).status, 401);
  EXPECT_EQ(call("DELETE", "/v1/api-keys/key_none").status, 404);
  for (const char* scopes : {"[]", "\"*\"", "[1]", R"(["a b"])", R"([""])", "{}"}) {
    EXPECT_EQ(post("/v1/api-keys", R"({"name":"k","scopes":)" + std::string{scopes} + "}").status,
              400)
        << scopes;
  }
}

TEST_F(ProjectsApi, WhoAmI) {
  const auto answer = get("/v1/whoami");
  EXPECT_EQ(answer["project"]["id"].as_string(), world.project.id);
  EXPECT_EQ(answer["organization"]["id"].as_string(), world.access.org_id());
  EXPECT_EQ(answer.body.find(key), std::string::npos);
}

TEST_F(ProjectsApi, WhatATestKeyMakesIsForTests) {
  key = post("/v1/api-keys", R"({"name":"t","env":"test"})").text("full_key");
  EXPECT_EQ(post("/v1/api-keys", R"({"name":"k","env":null})").text("environment"), "test");
  EXPECT_EQ(post("/v1/api-keys", R"({"name":"k","env":"live"})").status, 403);
  EXPECT_EQ(post("/v1/projects", R"({"name":"p"})").text("environment"), "test");
}

}  // namespace
}  // namespace malote::testing
