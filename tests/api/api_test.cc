#include "api/api.h"

#include <gtest/gtest.h>

#include "api/api_fixture.h"

namespace malote::testing {
namespace {

TEST_F(ApiTest, EveryRouteButTheOpenOnesWantsAKey) {
  for (const auto& [method, path] :
       std::vector<std::pair<std::string, std::string>>{{"GET", "/v1/triggers"},
                                                        {"POST", "/v1/triggers"},
                                                        {"GET", "/v1/events"},
                                                        {"POST", "/v1/events"},
                                                        {"GET", "/v1/deliveries"},
                                                        {"GET", "/v1/connections"},
                                                        {"GET", "/v1/projects"},
                                                        {"GET", "/v1/api-keys"},
                                                        {"GET", "/v1/whoami"},
                                                        {"DELETE", "/v1/triggers/trg_x"}}) {
    for (const char* authorization : {"", "Bearer csk_live_wrong", "Basic eDp5"}) {
      const auto answer = call_as(method, path, "", {{"Authorization", authorization}});
      EXPECT_EQ(answer.status, 401) << method << path;
      EXPECT_EQ(answer.text("code"), "unauthorized");
      EXPECT_EQ(answer.header("WWW-Authenticate"), "Bearer");
    }
  }
}

TEST_F(ApiTest, OperatorsRoutesAreOpen) {
  const auto health = call_as("GET", "/healthz", "", {});
  EXPECT_EQ(health.status, 200);
  EXPECT_EQ(health.text("status"), "ok");
  EXPECT_EQ(health.text("version"), "1.2.3");
  EXPECT_EQ(call_as("GET", "/readyz", "", {}).status, 200);
  not_ready = "the disk is full";
  const auto ready = send({.method = "GET", .path = "/metrics"});
  EXPECT_EQ(ready.body, "metric 1\n");
  EXPECT_EQ(call_as("GET", "/v1/openapi.json", "", {}).text("openapi").substr(0, 3), "3.1");
}

TEST_F(ApiTest, AScopeOpensItsRoutesOnly) {
  const std::string full = key;
  const std::string reader = key_with(R"(["triggers:read"])");
  const std::string everything = key_with(R"(["*:read","events:*"])");
  key = reader;
  EXPECT_EQ(get("/v1/triggers").status, 200);
  EXPECT_EQ(get("/v1/deliveries").status, 200);
  EXPECT_EQ(get("/v1/whoami").status, 200);
  for (const char* path : {"/v1/events", "/v1/connections", "/v1/projects", "/v1/api-keys"}) {
    const auto answer = get(path);
    EXPECT_EQ(answer.status, 403) << path;
    EXPECT_EQ(answer.text("code"), "forbidden");
  }
  EXPECT_EQ(post("/v1/triggers", "{}").status, 403);
  key = everything;
  EXPECT_EQ(get("/v1/connections").status, 200);
  EXPECT_EQ(post("/v1/events", R"({"type":"a.b","data":{}})").status, 202);
  EXPECT_EQ(post("/v1/triggers", "{}").status, 403);
}

TEST_F(ApiTest, WhatBelongsToAnotherProjectIsNotThere) {
  const std::string trigger = make_trigger();
  const auto published = post("/v1/events", R"({"type":"a.b","data":{}})");
  const auto connection = post("/v1/connections", R"({"server_id":"asaas"})").text("id");
  const std::string delivery = text_of(world.deliveries().at(0).key);
  const std::string own_key = get("/v1/api-keys")["data"].at(0)["id"].as_string().value().data();
  const std::string event = published.text("id");
  key = foreign_key();
  const std::pair<std::string, std::string> cases[] = {
      {"GET", "/v1/triggers/" + trigger},
      {"PATCH", "/v1/triggers/" + trigger},
      {"DELETE", "/v1/triggers/" + trigger},
      {"POST", "/v1/triggers/" + trigger + "/rotate-secret"},
      {"POST", "/v1/triggers/" + trigger + "/test-fire"},
      {"GET", "/v1/triggers/" + trigger + "/deliveries"},
      {"GET", "/v1/triggers/" + trigger + "/dlq"},
      {"GET", "/v1/triggers/" + trigger + "/deliveries/" + delivery},
      {"POST", "/v1/triggers/deliveries/" + delivery + "/redeliver"},
      {"GET", "/v1/deliveries/" + delivery},
      {"GET", "/v1/deliveries?trigger_id=" + trigger},
      {"GET", "/v1/events/" + event},
      {"POST", "/v1/events/" + event + "/replay"},
      {"GET", "/v1/events?connection_id=" + connection},
      {"GET", "/v1/connections/" + connection},
      {"DELETE", "/v1/connections/" + connection},
      {"POST", "/v1/connections/" + connection + "/revoke"},
      {"GET", "/v1/projects/" + world.project.id},
      {"DELETE", "/v1/projects/" + world.project.id},
  };
  for (const auto& [method, target] : cases) {
    const auto answer = call(method, target, method == "PATCH" ? R"({"name":"x"})" : "");
    EXPECT_EQ(answer.status, 404) << method << " " << target << " " << answer.body;
  }
  for (const char* list : {"/v1/triggers", "/v1/events", "/v1/deliveries", "/v1/connections"}) {
    EXPECT_EQ(get(list)["data"].size(), 0u) << list;
  }
  EXPECT_EQ(world.deliveries().size(), 1u);
}

TEST_F(ApiTest, AnUnknownPathIs404AndAWrongMethod405WithAllow) {
  for (const char* path :
       {"/", "/v1", "/v2/triggers", "/v1/triggers/a/b/c", "/v1/nothing", "", "/v1/triggersx"}) {
    EXPECT_EQ(get(path).status, 404) << path;
  }
  const auto answer = call("PUT", "/v1/triggers");
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(answer.header("Allow"), "GET, POST");
  EXPECT_EQ(answer.text("code"), "method_not_allowed");
  EXPECT_EQ(call("DELETE", "/healthz").header("Allow"), "GET");
  EXPECT_EQ(call("POST", "/v1/triggers/trg_x").header("Allow"), "GET, PATCH, DELETE");
}

TEST_F(ApiTest, DoubledSlashesAndTheAliasLeadToTheSameRoute) {
  const std::string id = make_trigger();
  EXPECT_EQ(get("/v1/webhook-endpoints/" + id).text("id"), id);
  EXPECT_EQ(get("//v1//triggers///" + id + "/").text("id"), id);
  EXPECT_EQ(get("/v1/webhook-endpoints").status, 200);
  EXPECT_EQ(post("/v1/webhook-endpoints/retry-pending").status, 200);
}

TEST_F(ApiTest, TheClientsRequestIdIsKeptWhenItIsHarmless) {
  const auto with = [&](const std::string& id) {
    return call("GET", "/v1/whoami", "", {{"X-Request-Id", id}}).header("X-Request-Id");
  };
  EXPECT_EQ(with("abc-1_2.3"), "abc-1_2.3");
  for (const std::string& id :
       {std::string{}, std::string{"a b"}, std::string{"a\r\nX: y"}, std::string(129, 'a')}) {
    EXPECT_TRUE(with(id).starts_with("req_")) << id;
  }
}

TEST_F(ApiTest, AnIdempotencyKeyGivesTheSameAnswerAgain) {
  const std::string body = R"({"name":"t","event":"*","webhook_url":"https://example.com/h"})";
  const Headers headers{{"Idempotency-Key", "k1"}};
  const auto first = post("/v1/triggers", body, headers);
  const auto again = post("/v1/triggers", body, headers);
  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.body, first.body);  // the secret is shown again to the same request
  EXPECT_EQ(first.header("Idempotent-Replayed"), "");
  EXPECT_EQ(again.header("Idempotent-Replayed"), "true");
  EXPECT_EQ(get("/v1/triggers")["data"].size(), 1u);
}

TEST_F(ApiTest, AnIdempotencyKeyForAnotherRequestIsAConflict) {
  const Headers headers{{"Idempotency-Key", "k1"}};
  const std::string trigger = make_trigger();
  EXPECT_EQ(post("/v1/triggers/" + trigger + "/test-fire", "", headers).status, 202);
  EXPECT_EQ(post("/v1/triggers/" + trigger + "/test-fire", "{}", headers).status, 409);
  const auto other = post("/v1/triggers/retry-pending", "", headers);
  EXPECT_EQ(other.status, 409);
  EXPECT_EQ(other.text("code"), "idempotency_conflict");
  EXPECT_EQ(world.events().size(), 1u);
}

TEST_F(ApiTest, AFailedRequestDoesNotUseItsIdempotencyKeyUp) {
  const Headers headers{{"Idempotency-Key", "k1"}};
  EXPECT_EQ(post("/v1/triggers", "{}", headers).status, 400);
  world.store.fail_at = world.store.writes;
  const std::string body = R"({"name":"t","event":"*","webhook_url":"https://example.com/h"})";
  const auto full = post("/v1/triggers", body, headers);
  EXPECT_EQ(full.status, 503);
  EXPECT_EQ(full.text("code"), "store_unavailable");
  EXPECT_EQ(full.header("Retry-After"), "1");
  EXPECT_EQ(post("/v1/triggers", body, headers).status, 201);
}

TEST_F(ApiTest, AnOverlongIdempotencyKeyIsRefused) {
  const Headers headers{{"Idempotency-Key", std::string(256, 'k')}};
  EXPECT_EQ(post("/v1/triggers/retry-pending", "", headers).status, 400);
  EXPECT_EQ(post("/v1/events", R"({"type":"a.b","data":{}})", headers).status, 400);
  EXPECT_EQ(
      post("/v1/triggers/retry-pending", "", {{"Idempotency-Key", std::string(255, 'k')}}).status,
      200);
}

TEST_F(ApiTest, KeptAnswersAreSealed) {
  const auto made =
      post("/v1/triggers", R"({"name":"t","event":"*","webhook_url":"https://example.com/h"})",
           {{"Idempotency-Key", "k1"}});
  const auto answer =
      world.read([&](const ReadTx& tx) { return tx.answer(world.project.no, "k1"); });
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->sealed_body.find("whsec_"), std::string::npos);
}

TEST_F(ApiTest, CompressedBodiesAreRefused) {
  EXPECT_EQ(post("/v1/triggers", "x", {{"Content-Encoding", "gzip"}}).status, 415);
}

TEST_F(ApiTest, BodiesThatAreNoJsonObjectAreRefused) {
  const std::string bad[] = {"not json",
                             "[]",
                             "1",
                             "null",
                             R"({"a":1,"a":2})",
                             "{\"a\":\"\xFF\"}",
                             std::string("{\"a\":\"\0\"}", 9),
                             std::string(100'000, '['),
                             R"({"name":"t"} trailing)"};
  for (const char* target :
       {"/v1/triggers", "/v1/connections", "/v1/projects", "/v1/api-keys", "/v1/events"}) {
    for (const auto& body : bad) {
      const auto answer = post(target, body);
      EXPECT_EQ(answer.status, 400) << target << body.substr(0, 40);
      EXPECT_EQ(answer.text("code"), "invalid_body") << target << body.substr(0, 40);
    }
  }
}

TEST_F(ApiTest, BadCursorsAreRefusedAndLimitsClamped) {
  for (int i = 0; i < 3; ++i) make_trigger();
  for (const char* list : {"/v1/triggers", "/v1/events", "/v1/deliveries", "/v1/connections",
                           "/v1/projects", "/v1/api-keys"}) {
    for (const char* before :
         {"x", "0", "-1", "0000000000000000", "ffffffffffffffff", "00000000000000001", "."}) {
      const auto answer = get(std::string{list} + "?before=" + before);
      EXPECT_EQ(answer.status, 400) << list << " " << before;
      EXPECT_EQ(answer.text("code"), "invalid_query");
    }
  }
  EXPECT_EQ(get("/v1/triggers?limit=0")["data"].size(), 1u);
  EXPECT_EQ(get("/v1/triggers?limit=-5")["data"].size(), 1u);
  EXPECT_EQ(get("/v1/triggers?limit=abc")["data"].size(), 3u);
  EXPECT_EQ(get("/v1/triggers?limit=99999999999999999999")["data"].size(), 3u);
}

TEST_F(ApiTest, ListsComeInBothShapesAndPageToTheEnd) {
  for (int i = 0; i < 5; ++i) make_trigger();
  std::vector<std::string> seen;
  std::string cursor;
  do {
    const auto page = get("/v1/triggers?limit=2" + (cursor.empty() ? "" : "&before=" + cursor));
    ASSERT_EQ(page.status, 200);
    EXPECT_EQ(page["data"].raw(), page["triggers"].raw());
    for (const auto trigger : page["data"]) seen.emplace_back(*trigger["id"].as_string());
    cursor = page.text("next_before");
    ASSERT_LE(seen.size(), 5u);
  } while (!cursor.empty());
  EXPECT_EQ(seen.size(), 5u);
  std::ranges::sort(seen);
  EXPECT_EQ(std::ranges::adjacent_find(seen), seen.end());
}

TEST_F(ApiTest, AnotherKeyDoesNotGetAKeptAnswer) {
  const std::string writer = key_with(R"(["keys:write"])");
  const Headers headers{{"Idempotency-Key", "k1"}};
  EXPECT_EQ(post("/v1/api-keys", R"({"name":"n"})", headers).status, 201);
  key = writer;
  const auto answer = post("/v1/api-keys", R"({"name":"n"})", headers);
  EXPECT_EQ(answer.status, 409);
  EXPECT_EQ(answer.body.find("full_key"), std::string::npos);
}

TEST_F(ApiTest, ErrorsEchoOnlyWholeCharacters) {
  EXPECT_EQ(get("/v1/\xFF\xFE\x01").status, 404);
  EXPECT_EQ(get("/v1/" + std::string(194, 'a') + "\xC3\xA9").status, 404);
  EXPECT_EQ(call("PUT", "/v1/triggers/\xFF/rotate-secret").status, 405);
  const auto event =
      post("/v1/triggers", R"({"name":"n","webhook_url":"https://a.com/","events":[")" +
                               std::string(127, 'a') + "é\"]}");
  EXPECT_EQ(event.status, 400);
  EXPECT_EQ(event.text("field"), "/event");
  const std::string name = std::string(99, 'a') + "é";
  EXPECT_EQ(post("/v1/triggers", "{\"" + name + "\":1,\"" + name + "\":2}").status, 400);
}

TEST_F(ApiTest, ManyFaultsMakeASmallAnswer) {
  std::string headers;
  for (int i = 0; i < 5000; ++i) headers += (i ? ",\"" : "\"") + std::to_string(i) + " \":1";
  const auto answer = post("/v1/triggers", R"({"headers":{)" + headers + "}}");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer["issues"].size(), 20u);
}

TEST_F(ApiTest, AListOfExactlyOnePageHasNoNext) {
  for (int i = 0; i < 2; ++i) {
    make_trigger(R"("retry_schedule":[])");
    post("/v1/connections", R"({"server_id":"asaas"})");
  }
  world.http.answer(500);
  post("/v1/events", R"({"type":"a.b","data":{}})");
  world.settle();
  post("/v1/events", R"({"type":"a.b","data":{}})");
  for (const char* list :
       {"/v1/triggers?", "/v1/connections?", "/v1/events?", "/v1/deliveries?state=dead&"}) {
    const auto whole = get(std::string{list} + "limit=2");
    EXPECT_EQ(whole["data"].size(), 2u) << list;
    EXPECT_TRUE(whole["next_before"].is_null()) << list;
    const auto half = get(std::string{list} + "limit=1");
    EXPECT_EQ(half["data"].size(), 1u) << list;
    EXPECT_FALSE(half["next_before"].is_null()) << list;
  }
}

TEST_F(ApiTest, StatusTellsOfTheWholeGatewayToThoseWhoMayReadProjects) {
  const auto answer = get("/v1/status");
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.text("version"), "1.2.3");
  EXPECT_EQ(answer["store"]["bytes"].as_int(), 5);
  EXPECT_EQ(answer["store"]["durability"].as_string(), "synced");
  EXPECT_EQ(answer["retention"]["keep"].as_string(), "1d");
  EXPECT_EQ(call_as("GET", "/v1/status", "",
                    {{"Authorization", "Bearer " + key_with(R"(["events:read"])")}})
                .status,
            403);
}

}  // namespace
}  // namespace malote::testing
