#include <gtest/gtest.h>

#include "api/api_fixture.h"

namespace malote::testing {
namespace {

using TriggersApi = ApiTest;

TEST_F(TriggersApi, CreateShowsTheSecretOnceAndEveryDefault) {
  const auto made =
      post("/v1/triggers",
           R"({"name":"n","event":"payment.confirmed","webhook_url":"https://example.com/h"})");
  EXPECT_EQ(made.status, 201);
  EXPECT_TRUE(made.text("secret").starts_with("whsec_"));
  EXPECT_EQ(made.text("status"), "active");
  EXPECT_EQ(made["retry_schedule"].size(), 11u);
  EXPECT_EQ(made["timeout_ms"].as_int(), 10'000);
  EXPECT_EQ(made.text("payload_format"), "flat");
  EXPECT_EQ(made["signing_enabled"].as_bool(), true);
  EXPECT_TRUE(made["last_run_at"].is_null());
  const auto shown = get("/v1/triggers/" + made.text("id"));
  EXPECT_FALSE(shown["secret"]);
  EXPECT_EQ(shown.body.find("whsec_"), std::string::npos);
}

TEST_F(TriggersApi, TakesEverySetting) {
  const auto made = post("/v1/triggers",
                         R"({"name":"n","events":["payment.*","a.b"],"url":"https://example.com/h",
    "server_id":"asaas","headers":{"X-Mine":"v","X-Api-Key":"hidden"},"timeout_ms":500,
    "retry_schedule":["50ms","10s","2m","1h"],"jitter":0.25,"max_in_flight":3,"rate_limit_per_s":7,
    "payload_format":"envelope","signature_scheme":"timestamped"})");
  ASSERT_EQ(made.status, 201) << made.body;
  const auto shown = get("/v1/triggers/" + made.text("id"));
  EXPECT_EQ(shown["events"].raw(), R"(["payment.*","a.b"])");
  EXPECT_EQ(shown.text("event"), "payment.*");
  EXPECT_EQ(shown.text("server_id"), "asaas");
  EXPECT_EQ(shown["headers"].raw(), R"({"X-Mine":"[masked]","X-Api-Key":"[masked]"})");
  EXPECT_EQ(shown["timeout_ms"].as_int(), 500);
  EXPECT_EQ(shown["retry_schedule"].raw(), R"(["50ms","10s","2m","1h"])");
  EXPECT_EQ(shown.text("jitter"), "0.25");
  EXPECT_EQ(shown["max_in_flight"].as_int(), 3);
  EXPECT_EQ(shown["rate_limit_per_s"].as_int(), 7);
  EXPECT_EQ(shown.text("payload_format"), "envelope");
  EXPECT_EQ(shown.text("signature_scheme"), "timestamped");
}

TEST_F(TriggersApi, ReportsEveryFaultOfABodyAtOnce) {
  const auto answer =
      post("/v1/triggers", R"({"name":"","event":7,"timeout_ms":0,"jitter":2,"max_in_flight":1.5,
    "rate_limit_per_s":-1,"retry_schedule":["soon"],"payload_format":"xml",
"headers":{"Host":"x","a b":"y"}})");
  EXPECT_EQ(answer.status, 400);
  std::vector<std::string> paths;
  for (const auto issue : answer["issues"]) paths.emplace_back(*issue["path"].as_string());
  for (const char* path :
       {"/name", "/event", "/timeout_ms", "/jitter", "/max_in_flight", "/rate_limit_per_s",
        "/retry_schedule/0", "/payload_format", "/headers/Host", "/headers/a b", "/webhook_url"}) {
    EXPECT_NE(std::ranges::find(paths, path), paths.end()) << path;
  }
  EXPECT_EQ(answer.text("field"), paths.at(0));
}

TEST_F(TriggersApi, RefusesEachWrongValue) {
  const std::string base = R"("name":"n","event":"*","webhook_url":"https://example.com/h")";
  for (const char* member : {R"("server_id":1)",
                             R"("timeout_ms":"10")",
                             R"("timeout_ms":120001)",
                             R"("timeout_ms":1e3)",
                             R"("retry_schedule":"10s")",
                             R"("retry_schedule":[10])",
                             R"("retry_schedule":["31d"])",
                             R"("jitter":-0.1)",
                             R"("jitter":"0.1")",
                             R"("jitter":1e400)",
                             R"("max_in_flight":0)",
                             R"("max_in_flight":1001)",
                             R"("max_in_flight":99999999999999999999)",
                             R"("headers":[])",
                             R"("headers":{"X":1})",
                             R"("headers":{"X":"a\nb"})",
                             R"("headers":{"webhook-id":"x"})",
                             R"("headers":{"X-CodeSpar-Event":"x"})",
                             R"("headers":{"":"x"})",
                             R"("signature_scheme":"none")",
                             R"("signature_scheme":7)"}) {
    EXPECT_EQ(post("/v1/triggers", "{" + base + "," + member + "}").status, 400) << member;
  }
  for (const char* event : {"A.B", "a..b", "", "a b", "*.*", "a\\u0000b"}) {
    EXPECT_EQ(
        post("/v1/triggers", R"({"name":"n","webhook_url":"https://example.com/h","event":")" +
                                 std::string{event} + "\"}")
            .status,
        400)
        << event;
  }
  for (const char* url : {"http://example.com/", "https://127.0.0.1/", "https://[::ffff:10.0.0.1]/",
                          "https://2130706433/", "https://[64:ff9b::a00:1]/", "nonsense", ""}) {
    const auto answer = post(
        "/v1/triggers", R"({"name":"n","event":"*","webhook_url":")" + std::string{url} + "\"}");
    EXPECT_EQ(answer.status, 400) << url;
    EXPECT_NE(answer.text("field").find("webhook_url"), std::string::npos) << answer.body;
  }
  EXPECT_EQ(get("/v1/triggers")["data"].size(), 0u);
}

TEST_F(TriggersApi, PatchChangesWhatItNamesAndNullGoesBackToTheDefault) {
  const std::string id =
      make_trigger(R"("timeout_ms":500,"headers":{"X":"y"},"rate_limit_per_s":5)");
  const auto patched =
      call("PATCH", "/v1/triggers/" + id,
           R"({"name":"new","timeout_ms":null,"headers":null,"rate_limit_per_s":null})");
  EXPECT_EQ(patched.status, 200) << patched.body;
  EXPECT_EQ(patched.text("name"), "new");
  EXPECT_EQ(patched["timeout_ms"].as_int(), 10'000);
  EXPECT_EQ(patched["headers"].size(), 0u);
  EXPECT_TRUE(patched["rate_limit_per_s"].is_null());
  EXPECT_EQ(patched.text("webhook_url"), "https://example.com/h");
}

TEST_F(TriggersApi, AnEmptyPatchIsRefused) {
  const std::string id = make_trigger();
  for (const char* body : {"", "{}", R"({"unknown":1})"}) {
    EXPECT_EQ(call("PATCH", "/v1/triggers/" + id, body).status, 400) << body;
  }
  EXPECT_EQ(call("PATCH", "/v1/triggers/" + id, R"({"status":"error"})").status, 400);
  EXPECT_EQ(call("PATCH", "/v1/triggers/trg_none", R"({"name":"x"})").status, 404);
}

TEST_F(TriggersApi, PauseAndResume) {
  const std::string id = make_trigger();
  const auto paused = call("PATCH", "/v1/triggers/" + id, R"({"status":"paused"})");
  EXPECT_EQ(paused.text("status"), "paused");
  EXPECT_EQ(paused.text("paused_reason"), "manual");
  post("/v1/events", R"({"type":"a.b","data":{}})");
  world.settle();
  EXPECT_TRUE(world.http.sent.empty());
  EXPECT_EQ(get("/v1/triggers/" + id)["pending"].as_int(), 1);
  EXPECT_EQ(get("/v1/deliveries")["data"].at(0)["reason"].as_string(), "trigger_paused");
  EXPECT_EQ(call("PATCH", "/v1/triggers/" + id, R"({"status":"active"})").text("status"), "active");
  world.settle();
  EXPECT_EQ(world.http.sent.size(), 1u);
}

TEST_F(TriggersApi, DeleteIsFinal) {
  const std::string id = make_trigger();
  post("/v1/events", R"({"type":"a.b","data":{}})");
  EXPECT_EQ(call("DELETE", "/v1/triggers/" + id).status, 204);
  EXPECT_EQ(call("DELETE", "/v1/triggers/" + id).status, 404);
  EXPECT_EQ(get("/v1/triggers/" + id).status, 404);
  world.settle();
  EXPECT_TRUE(world.http.sent.empty());
  EXPECT_EQ(get("/v1/deliveries").status, 200);
}

TEST_F(TriggersApi, TestFireAndRotate) {
  const std::string id = make_trigger();
  const auto fired = post("/v1/triggers/" + id + "/test-fire");
  EXPECT_EQ(fired.status, 202);
  EXPECT_TRUE(fired.text("delivery_id").starts_with("dlv_"));
  EXPECT_EQ(post("/v1/triggers/" + id + "/test-fire", R"({"event":"A B"})").status, 400);
  EXPECT_EQ(post("/v1/triggers/" + id + "/test-fire", R"({"data":[]})").status, 400);
  EXPECT_TRUE(post("/v1/triggers/" + id + "/rotate-secret").text("secret").starts_with("whsec_"));
  world.settle();
  EXPECT_EQ(get("/v1/deliveries/" + fired.text("delivery_id"))["delivery"]["status"].as_string(),
            "delivered");
}

TEST_F(TriggersApi, ListFilters) {
  make_trigger(R"("server_id":"asaas")");
  const std::string id = make_trigger();
  call("PATCH", "/v1/triggers/" + id, R"({"status":"paused","event":"x.y"})");
  EXPECT_EQ(get("/v1/triggers?status=paused")["data"].size(), 1u);
  EXPECT_EQ(get("/v1/triggers?server_id=asaas")["data"].size(), 1u);
  EXPECT_EQ(get("/v1/triggers?event=x.y")["data"].size(), 1u);
  EXPECT_EQ(get("/v1/triggers?status=nonsense")["data"].size(), 0u);
}

TEST_F(TriggersApi, AMaskedHeaderGivenBackKeepsItsValue) {
  const std::string id = make_trigger(R"("headers":{"X-Pass":"hunter2"})");
  const auto patch = [&](const std::string& headers) {
    return call("PATCH", "/v1/triggers/" + id, R"({"headers":)" + headers + "}");
  };
  EXPECT_EQ(patch(R"({"x-pass":"[masked]","X-New":"n"})").status, 200);
  EXPECT_EQ(patch(R"({"X-Other":"[masked]"})").text("field"), "/headers/X-Other");
  world.publish();
  world.settle();
  EXPECT_EQ(*find_header(world.http.sent.at(0).headers, "X-Pass"), "hunter2");
  EXPECT_EQ(*find_header(world.http.sent.at(0).headers, "X-New"), "n");
}

TEST_F(TriggersApi, HeadersDoNotGoAlongToAnotherHost) {
  const std::string id = make_trigger(R"("headers":{"X-Pass":"hunter2"})");
  const auto patch = [&](const std::string& members) {
    return call("PATCH", "/v1/triggers/" + id, "{" + members + "}");
  };
  const std::string away = R"("webhook_url":"https://thief.example/x")";
  EXPECT_EQ(patch(away).text("field"), "/headers");
  EXPECT_EQ(patch(R"("webhook_url":"stdio:x")").text("field"), "/webhook_url");
  EXPECT_EQ(patch(away + R"(,"headers":{"X-Pass":"[masked]"})").text("field"), "/headers/X-Pass");
  world.publish();
  world.settle();
  const std::string here = world.http.sent.at(0).url;
  EXPECT_EQ(patch("\"webhook_url\":\"" + here + "/other\"").status, 200);
  world.publish();
  world.settle();
  EXPECT_EQ(world.http.sent.at(1).url, here + "/other");
  EXPECT_EQ(*find_header(world.http.sent.at(1).headers, "X-Pass"), "hunter2");
  EXPECT_EQ(patch(away + R"(,"headers":{"X-Pass":"new"})").status, 200);
  EXPECT_EQ(patch(R"("webhook_url":"https://THIEF.example:443/y")").status, 200);  // the same
  EXPECT_EQ(patch(R"("webhook_url":"https://a.example/","headers":{})").status, 200);
  EXPECT_EQ(patch(R"("webhook_url":"https://b.example/")").status, 200);
}

TEST_F(TriggersApi, ATestFireSendsAnEventAndNeverAPattern) {
  const std::string id = make_trigger();
  for (const char* event : {"*", "payment.*"}) {
    EXPECT_EQ(
        post("/v1/triggers/" + id + "/test-fire", R"({"event":")" + std::string{event} + "\"}")
            .status,
        400);
  }
  EXPECT_EQ(post("/v1/triggers/" + id + "/test-fire", R"({"event":null,"data":null})").status, 202);
  const auto fired_by = [&](const std::string& events) {
    call("PATCH", "/v1/triggers/" + id, R"({"events":)" + events + "}");
    const auto fired = post("/v1/triggers/" + id + "/test-fire");
    return get("/v1/events/" + fired.text("event_id")).text("type");
  };
  EXPECT_TRUE(fired_by(R"(["shipment.*"])").starts_with("shipment."));
  EXPECT_EQ(fired_by(R"(["mine.*"])"), "payment.confirmed");
  EXPECT_EQ(fired_by(R"(["mine.*","my.own"])"), "my.own");
  EXPECT_EQ(fired_by(R"(["provider.asaas.PAYMENT_OVERDUE"])"), "provider.asaas.PAYMENT_OVERDUE");
}

TEST_F(TriggersApi, ATriggerIsTriedBeforeItIsMadeAndNothingIsKept) {
  world.http.script = [](const HttpRequest&) {
    return HttpOutcome{.status = 418, .body = "teapot", .duration = 12ms};
  };
  std::optional<Response> response;
  api.handle({.method = "POST",
              .path = "/v1/triggers/test",
              .headers = {{"Authorization", "Bearer " + key}},
              .body = R"({"webhook_url":"https://example.com/h","event":"order.created",)"
                      R"("headers":{"X-Token":"hidden"},"secret":"whsec_c2VjcmV0c2VjcmV0"})"},
             [&](Response r) { response = std::move(r); });
  ASSERT_FALSE(response);
  world.http.answer_all();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 200) << response->body;
  const auto answer = *json::Document::parse(response->body);
  EXPECT_EQ(answer.root()["ok"].as_bool(), false);
  EXPECT_EQ(answer.root()["response_status"].as_int(), 418);
  EXPECT_EQ(answer.root()["error"].as_string(), "http_418");
  EXPECT_EQ(answer.root()["duration_ms"].as_int(), 12);
  EXPECT_EQ(answer.root()["response_body"].as_string(), "teapot");
  EXPECT_EQ(answer.root()["event_type"].as_string(), "order.created");
  EXPECT_EQ(response->body.find("hidden"), std::string::npos);
  ASSERT_EQ(world.http.sent.size(), 1u);
  EXPECT_EQ(*find_header(world.http.sent[0].headers, "X-Token"), "hidden");
  EXPECT_TRUE(find_header(world.http.sent[0].headers, "webhook-signature"));
  EXPECT_TRUE(world.events().empty());
  EXPECT_TRUE(world.deliveries().empty());
  EXPECT_EQ(get("/v1/triggers")["data"].size(), 0u);
}

TEST_F(TriggersApi, TestsOfTriggersAreGuardedLimitedAndNotForReaders) {
  EXPECT_EQ(post("/v1/triggers/test", R"({"webhook_url":"http://127.0.0.1/x"})").status, 400);
  EXPECT_EQ(post("/v1/triggers/test", "{}").status, 400);
  EXPECT_EQ(call_as("POST", "/v1/triggers/test", R"({"webhook_url":"https://example.com/h"})",
                    {{"Authorization", "Bearer " + key_with(R"(["*:read"])")}})
                .status,
            403);
  EXPECT_TRUE(world.http.sent.empty());
  std::vector<int> answers;
  const auto send_one = [&] {
    api.handle({.method = "POST",
                .path = "/v1/triggers/test",
                .headers = {{"Authorization", "Bearer " + key}},
                .body = R"({"webhook_url":"https://example.com/h"})"},
               [&](Response r) {
                 answers.push_back(r.status);
                 EXPECT_EQ(r.status == 429, find_header(r.headers, "Retry-After") != nullptr);
               });
    world.http.answer_all();
  };
  for (int i = 0; i < 21; ++i) send_one();
  EXPECT_EQ(std::ranges::count(answers, 200), 20);
  EXPECT_EQ(answers.back(), 429);
  world.clock.advance(60s);
  send_one();
  EXPECT_EQ(answers.back(), 200);
}

TEST_F(TriggersApi, AnOverlapIsRefusedWhereTheSchemeCannotAndSignsTwiceWhereItCan) {
  const std::string plain = make_trigger();
  const auto refused =
      post("/v1/triggers/" + plain + "/rotate-secret", R"({"overlap_seconds":60})");
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(refused.text("code"), "overlap_not_possible");
  EXPECT_EQ(call("DELETE", "/v1/triggers/" + plain).status, 204);
  const std::string id = make_trigger(R"("signature_scheme":"timestamped")");
  const auto rotated = post("/v1/triggers/" + id + "/rotate-secret", R"({"overlap_seconds":60})");
  EXPECT_EQ(rotated.text("previous_secret_until"), "2026-04-22T12:01:00.000Z") << rotated.body;
  const auto to_hex = [&] {
    return call("PATCH", "/v1/triggers/" + id, R"({"signature_scheme":"hex"})");
  };
  EXPECT_EQ(to_hex().text("code"), "overlap_not_possible");
  const auto signatures = [&](std::string_view name, std::string_view mark) {
    world.publish();
    world.settle();
    const std::string& value = *find_header(world.http.sent.back().headers, name);
    int count = 0;
    for (auto at = value.find(mark); at != std::string::npos; at = value.find(mark, at + 1))
      ++count;
    return count;
  };
  EXPECT_EQ(signatures("X-CodeSpar-Signature", ",v1="), 2);
  EXPECT_EQ(signatures("webhook-signature", "v1,"), 2);
  EXPECT_EQ(get("/v1/triggers/" + id).text("previous_secret_until"), "2026-04-22T12:01:00.000Z");
  world.clock.advance(60s);
  EXPECT_EQ(signatures("X-CodeSpar-Signature", ",v1="), 1);
  EXPECT_EQ(signatures("webhook-signature", "v1,"), 1);
  EXPECT_TRUE(get("/v1/triggers/" + id)["previous_secret_until"].is_null());
  EXPECT_EQ(to_hex().status, 200);
  for (const char* body : {R"({"overlap_seconds":-1})", R"({"overlap_seconds":604801})"}) {
    EXPECT_EQ(post("/v1/triggers/" + id + "/rotate-secret", body).status, 400) << body;
  }
}

TEST_F(TriggersApi, TheListTellsHowEachDoes) {
  const std::string id = make_trigger();
  world.publish();
  world.settle();
  world.clock.advance(5s);
  world.http.answer(503);
  world.publish();
  world.settle();
  const auto list = get("/v1/triggers");
  const auto one = list["data"].at(0);
  EXPECT_EQ(one["id"].as_string(), id);
  EXPECT_EQ(one["consecutive_failures"].as_int(), 1);
  EXPECT_EQ(one["last_success_at"].as_string(), "2026-04-22T12:00:00.000Z");
  EXPECT_EQ(one["last_failure_at"].as_string(), "2026-04-22T12:00:05.000Z");
  EXPECT_EQ(one["last_error"].as_string(), "http_503");
  EXPECT_EQ(one["pending"].as_int(), 1);
  EXPECT_EQ(one["oldest_waiting_at"].as_string(), "2026-04-22T12:00:05.000Z");
}

}  // namespace
}  // namespace malote::testing
