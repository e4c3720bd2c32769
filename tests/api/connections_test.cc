#include <gtest/gtest.h>

#include "api/api_fixture.h"

namespace malote::testing {
namespace {

using ConnectionsApi = ApiTest;

TEST_F(ConnectionsApi, CreateNeverShowsASecret) {
  const auto made =
      post("/v1/connections", R"({"server_id":"mercado-pago","user_id":"u","display_name":"d",
    "secret":{"access_token":"APP_USR-hidden"},"webhook_secret":"hidden-too","metadata":{"a":1}})");
  EXPECT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.text("webhook_path"), "/v1/webhooks/mercado-pago/" + made.text("id"));
  EXPECT_EQ(made["webhook_secret_set"].as_bool(), true);
  EXPECT_EQ(made["metadata"].raw(), R"({"a":1})");
  for (const auto& body :
       {made.body, get("/v1/connections").body, get("/v1/connections/" + made.text("id")).body}) {
    EXPECT_EQ(body.find("hidden"), std::string::npos) << body;
  }
}

TEST_F(ConnectionsApi, RefusesWrongBodies) {
  const std::pair<const char*, const char*> cases[] = {
      {"{}", "/server_id"},
      {R"({"server_id":"nobody"})", "/server_id"},
      {R"({"server_id":1})", "/server_id"},
      {R"({"server_id":"asaas","secret":5})", "/secret"},
      {R"({"server_id":"asaas","secret":""})", "/secret"},
      {R"({"server_id":"asaas","secret":{"a":1}})", "/secret/a"},
      {R"({"server_id":"asaas","webhook_secret":""})", "/webhook_secret"},
      {R"({"server_id":"asaas","metadata":[]})", "/metadata"},
  };
  for (const auto& [body, path] : cases) {
    const auto answer = post("/v1/connections", body);
    EXPECT_EQ(answer.status, 400) << body;
    EXPECT_EQ(answer.text("field"), path) << answer.body;
  }
}

TEST_F(ConnectionsApi, MetadataIsMergedOnItsTopLevel) {
  const std::string id =
      post("/v1/connections", R"({"server_id":"asaas","metadata":{"a":1,"b":{"c":2},"d":3}})")
          .text("id");
  const auto patched = call("PATCH", "/v1/connections/" + id + "/metadata",
                            R"({"metadata":{"a":null,"b":5,"e":[1.50]}})");
  EXPECT_EQ(patched.status, 200) << patched.body;
  EXPECT_EQ(patched["metadata"].raw(), R"({"d":3,"b":5,"e":[1.50]})");
  EXPECT_EQ(call("PATCH", "/v1/connections/" + id + "/metadata", "{}").status, 400);
  EXPECT_EQ(call("PATCH", "/v1/connections/" + id + "/metadata",
                 R"({"metadata":{"webhook_auth":{"scheme":"none"}}})")
                .status,
            400);
  EXPECT_EQ(call("PATCH", "/v1/connections/" + id + "/metadata",
                 R"({"metadata":{"x":")" + std::string(70'000, 'x') + "\"}}")
                .status,
            400);
}

TEST_F(ConnectionsApi, AHugePatchOfManyMembersIsRefusedBeforeItIsMerged) {
  std::string many;
  for (int i = 0; i < 4000; ++i) many += "\"k" + std::to_string(i) + "\":1,";
  const std::string id =
      post("/v1/connections", R"({"server_id":"asaas","metadata":{)" + many + "\"z\":1}}")
          .text("id");
  std::string huge;
  for (int i = 0; i < 150'000; ++i) huge += "\"h" + std::to_string(i) + "\":null,";
  EXPECT_EQ(
      call("PATCH", "/v1/connections/" + id + "/metadata", "{\"metadata\":{" + huge + "\"z\":1}}")
          .status,
      400);
}

TEST_F(ConnectionsApi, TheWebhookSecretRotatesWithAnOverlap) {
  const std::string id =
      post("/v1/connections", R"({"server_id":"asaas","webhook_secret":"old"})").text("id");
  const auto deliver = [&](const std::string& token) {
    return send({.method = "POST",
                 .path = "/v1/webhooks/asaas/" + id,
                 .headers = {{"asaas-access-token", token}},
                 .body = R"({"event":"X"})"})
        .status;
  };
  EXPECT_EQ(deliver("old"), 200);
  const auto set = call("PUT", "/v1/connections/" + id + "/webhook-secret",
                        R"({"secret":"new","overlap_seconds":60})");
  EXPECT_EQ(set.status, 200) << set.body;
  EXPECT_EQ(deliver("old"), 200);
  EXPECT_EQ(deliver("new"), 200);
  world.clock.advance(60s);
  EXPECT_EQ(deliver("old"), 401);
  EXPECT_EQ(deliver("new"), 200);
  EXPECT_EQ(call("PUT", "/v1/connections/" + id + "/webhook-secret", "{}").status, 400);
  EXPECT_EQ(call("PUT", "/v1/connections/" + id + "/webhook-secret", R"({"secret":""})").status,
            400);
}

TEST_F(ConnectionsApi, RevokeClosesTheDoorAndDeleteRemovesIt) {
  const std::string id =
      post("/v1/connections", R"({"server_id":"asaas","webhook_secret":"s"})").text("id");
  EXPECT_EQ(post("/v1/connections/" + id + "/revoke").text("status"), "revoked");
  EXPECT_EQ(send({.method = "POST",
                  .path = "/v1/webhooks/asaas/" + id,
                  .headers = {{"asaas-access-token", "s"}},
                  .body = "{}"})
                .status,
            404);
  EXPECT_EQ(get("/v1/connections?status=revoked")["connections"].size(), 1u);
  EXPECT_EQ(call("DELETE", "/v1/connections/" + id).status, 204);
  EXPECT_EQ(get("/v1/connections/" + id).status, 404);
}

TEST_F(ConnectionsApi, SecretsDoNotGoIntoTheSettings) {
  for (const char* name : {"secrets", "secret"}) {
    const std::string body = std::string{R"({"server_id":"asaas","connection_metadata":)"} +
                             R"({"webhook_auth":{"scheme":"shared_secret","header":"X-S",")" +
                             name + R"(":["s"]}}})";
    const auto made = post("/v1/connections", body);
    EXPECT_EQ(made.status, 400) << made.body;
    EXPECT_EQ(made.text("field"), std::string{"/connection_metadata/webhook_auth/"} + name);
    const std::string id = post("/v1/connections", R"({"server_id":"asaas"})").text("id");
    EXPECT_EQ(call("PATCH", "/v1/connections/" + id + "/metadata", body).status, 400);
  }
}

TEST_F(ConnectionsApi, ANewApiAddressDropsTheCredentials) {
  const std::string id =
      post("/v1/connections",
           R"({"server_id":"mercado-pago","secret":"APP_USR","metadata":{"a":1}})")
          .text("id");
  const auto patch = [&](const std::string& members) {
    return call("PATCH", "/v1/connections/" + id + "/metadata", "{" + members + "}")
        .text("auth_type");
  };
  EXPECT_EQ(patch(R"("metadata":{"a":2})"), "api_key");
  EXPECT_EQ(patch(R"("metadata":{"api_base_url":"https://evil.example"})"), "none");
  EXPECT_EQ(patch(R"("metadata":{"api_base_url":"https://ok.example"},"secret":"new")"), "api_key");
  EXPECT_EQ(patch(R"("metadata":{"api_base_url":"https://ok.example"})"), "api_key");
  EXPECT_EQ(patch(R"("metadata":{"api_base_url":null})"), "none");
}

TEST_F(ConnectionsApi, MisspeltSettingsAreRefused) {
  const std::pair<const char*, const char*> cases[] = {
      {R"("webhook_auth":{"ip_alow":["192.0.2.7"]})", "/connection_metadata/webhook_auth/ip_alow"},
      {R"("webhook_auth":{"ip_allow":"192.0.2.7"})", "/connection_metadata/webhook_auth/ip_allow"},
      {R"("webhook_auth":{"header":5})", "/connection_metadata/webhook_auth/header"},
      {R"("webhook_auth":[])", "/connection_metadata/webhook_auth"},
      {R"("webhook_map":5)", "/connection_metadata/webhook_map"},
      {R"("webhook_map":{"enabel":[]})", "/connection_metadata/webhook_map/enabel"}};
  for (const auto& [settings, field] : cases) {
    const auto answer = post(
        "/v1/connections", R"({"server_id":"asaas","webhook_secret":"x","connection_metadata":{)" +
                               std::string{settings} + "}}");
    EXPECT_EQ(answer.status, 400) << settings;
    EXPECT_EQ(answer.text("field"), field) << settings;
  }
}

TEST_F(ConnectionsApi, WebhookSecretsAreChecked) {
  const auto create = [&](const std::string& secret) {
    return post("/v1/connections", R"({"server_id":"asaas","webhook_secret":)" + secret + "}");
  };
  const std::string bad[] = {"{}",
                             "[]",
                             "5",
                             "\" x\"",
                             "\"x\\n\"",
                             "\"" + std::string(4097, 'x') + "\"",
                             R"({"other":"x"})",
                             R"({"username":"u"})",
                             R"({"password":"p"})",
                             R"({"username":"u","password":""})",
                             R"({"username":"u","password":1})",
                             R"({"username":"u","password":"p","jwks":{"a":1}})",
                             R"({"webhook_id":""})",
                             R"({"secrets":[]})",
                             R"({"jwks":")" + std::string(33'000, 'x') + "\"}"};
  for (const auto& secret : bad) {
    const auto answer = create(secret);
    EXPECT_EQ(answer.status, 400) << secret.substr(0, 60);
    EXPECT_EQ(answer.text("field"), "/webhook_secret") << secret.substr(0, 60);
  }
  for (const char* secret : {"\"a b\"", R"({"secrets":[{"secret":"s"}]})"}) {
    EXPECT_EQ(create(secret)["webhook_secret_set"].as_bool(), true) << secret;
  }
  for (const char* secret : {R"({"username":"u","password":"p"})", R"({"user":"u","pass":"p"})"}) {
    const auto answer = post("/v1/connections", R"({"server_id":"pagar-me","webhook_secret":)" +
                                                    std::string{secret} + "}");
    EXPECT_EQ(answer["webhook_secret_set"].as_bool(), true) << secret;
  }
  // What the connection's scheme could never use is refused when it is set.
  EXPECT_EQ(create(R"({"webhook_id":"w"})").status, 400);
  EXPECT_EQ(create(R"({"webhook_id":"w","certificate_pem":"c"})").text("field"),
            "/webhook_secret/certificate_pem");
  const auto none = create("null");
  EXPECT_EQ(none.status, 201);
  EXPECT_EQ(none["webhook_secret_set"].as_bool(), false);
  EXPECT_EQ(
      call("PUT", "/v1/connections/" + none.text("id") + "/webhook-secret", R"({"secret":null})")
          .status,
      400);
}

}  // namespace
}  // namespace malote::testing
