#include <gtest/gtest.h>

#include "api/api_fixture.h"

namespace malote::testing {
namespace {

struct DeliveriesApi : ApiTest {
  std::string trigger;
  /// `count` deliveries that died at their first attempt, a second apart.
  void make_dead(int count) {
    trigger = make_trigger(R"("retry_schedule":[])");
    world.http.script = [](const HttpRequest&) {
      return HttpOutcome{.status = 500, .body = "oops \xFF"};
    };
    for (int i = 0; i < count; ++i) {
      world.publish();
      world.settle();
      world.clock.advance(1s);
    }
  }
  std::vector<std::string> all_pages(const std::string& list) {
    std::vector<std::string> seen;
    std::string cursor;
    do {
      const auto page = get(list + (cursor.empty() ? "" : "&before=" + cursor));
      EXPECT_EQ(page.status, 200) << page.body;
      for (const auto item : page["data"]) seen.emplace_back(*item["id"].as_string());
      cursor = page.text("next_before");
    } while (!cursor.empty() && seen.size() < 20);
    return seen;
  }
};

TEST_F(DeliveriesApi, DetailShowsTheExchangeWithoutSecrets) {
  const std::string id = make_trigger(R"("headers":{"X-Token":"hidden"})");
  world.http.script = [](const HttpRequest&) {
    return HttpOutcome{.status = 503, .body = "busy \xFF", .duration = 7ms};
  };
  world.publish("payment.confirmed", R"({"n":1})");
  world.settle();
  const std::string delivery = text_of(world.deliveries().at(0).key);
  const auto answer = get("/v1/triggers/" + id + "/deliveries/" + delivery);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer["delivery"]["status"].as_string(), "failed");
  EXPECT_EQ(answer["delivery"]["reason"].as_string(), "waiting_for_retry");
  EXPECT_EQ(answer["delivery"]["error"].as_string(), "http_503");
  EXPECT_EQ(answer["request"]["body"].as_string(), world.http.sent.at(0).body);
  EXPECT_EQ(answer["request"]["headers"]["X-CodeSpar-Signature"].as_string(),
            *find_header(world.http.sent[0].headers, "X-CodeSpar-Signature"));
  EXPECT_EQ(answer["response"]["body"].as_string(), "busy \xEF\xBF\xBD");
  EXPECT_EQ(answer["attempts"].at(0)["duration_ms"].as_int(), 7);
  EXPECT_EQ(answer.body.find("hidden"), std::string::npos);
  EXPECT_EQ(answer.body.find("whsec_"), std::string::npos);
  EXPECT_EQ(get("/v1/deliveries/" + delivery).body, answer.body);
}

TEST_F(DeliveriesApi, DeadLettersPageToTheEnd) {
  make_dead(5);
  EXPECT_EQ(all_pages("/v1/triggers/" + trigger + "/dlq?limit=2").size(), 5u);
  const auto page = get("/v1/triggers/" + trigger + "/dlq?limit=2");
  EXPECT_EQ(page["dead_letters"].raw(), page["data"].raw());
  EXPECT_EQ(page["data"].at(0)["status"].as_string(), "dead");
  EXPECT_FALSE(page["data"].at(0)["dead_at"].is_null());
  EXPECT_EQ(page["data"].at(0)["response"]["status"].as_int(), 500);
}

TEST_F(DeliveriesApi, ListsOfDeadDeliveriesPageToTheEndToo) {
  make_dead(5);
  for (const std::string& list : {"/v1/triggers/" + trigger + "/deliveries?state=dead&limit=2",
                                  std::string{"/v1/deliveries?state=dead&limit=2"},
                                  "/v1/deliveries?state=dead&limit=2&trigger_id=" + trigger}) {
    auto seen = all_pages(list);
    EXPECT_EQ(seen.size(), 5u) << list;
    std::ranges::sort(seen);
    EXPECT_EQ(std::ranges::adjacent_find(seen), seen.end()) << list;
  }
}

TEST_F(DeliveriesApi, ADeadLetterCursorOfAnotherListIsRefused) {
  make_dead(1);
  EXPECT_EQ(get("/v1/triggers/" + trigger + "/dlq?before=0000000000000001").status, 400);
}

TEST_F(DeliveriesApi, StatesFilterAndBadOnesAreRefused) {
  make_dead(2);
  world.http.answer(200);
  make_trigger();
  world.publish();
  world.settle();
  EXPECT_EQ(get("/v1/deliveries?state=delivered")["deliveries"].size(), 2u);
  EXPECT_EQ(get("/v1/deliveries?status=dead")["deliveries"].size(), 2u);
  EXPECT_EQ(get("/v1/deliveries?state=pending")["deliveries"].size(), 0u);
  EXPECT_EQ(get("/v1/deliveries?state=nonsense").status, 400);
  EXPECT_EQ(get("/v1/triggers/" + trigger + "/deliveries?state=delivered")["data"].size(), 1u);
}

TEST_F(DeliveriesApi, RedeliverMakesANewDelivery) {
  make_dead(1);
  world.http.answer(200);
  const std::string dead = text_of(world.deliveries().at(0).key);
  const auto answer = post("/v1/triggers/deliveries/" + dead + "/redeliver");
  EXPECT_EQ(answer.status, 202);
  EXPECT_NE(answer.text("redelivery_id"), dead);
  EXPECT_EQ(answer.text("trigger_status"), "active");
  world.settle();
  EXPECT_EQ(get("/v1/deliveries/" + answer.text("redelivery_id"))["delivery"]["status"].as_string(),
            "delivered");
  EXPECT_EQ(get("/v1/deliveries/" + dead)["delivery"]["status"].as_string(), "dead");
}

TEST_F(DeliveriesApi, UnknownDeliveriesAre404) {
  const std::string id = make_trigger();
  for (const char* delivery : {"dlv_0000000000000001", "dlv_x", "x"}) {
    EXPECT_EQ(get(std::string{"/v1/deliveries/"} + delivery).status, 404);
    EXPECT_EQ(get("/v1/triggers/" + id + "/deliveries/" + delivery).status, 404);
  }
  const auto redeliver = [&](const std::string& delivery) {
    return post("/v1/triggers/deliveries/" + delivery + "/redeliver").text("code");
  };
  for (const char* delivery :
       {"dlv_0000000000000001", "dlv_0000000000000000", "dlv_ffffffffffffffff"})
    EXPECT_EQ(redeliver(delivery), "not_found") << delivery;
  for (const char* delivery : {"dlv_x", "x", "evt_0000000000000001", "dlv_000000000000000G"})
    EXPECT_EQ(redeliver(delivery), "invalid_delivery_id") << delivery;
}

TEST_F(DeliveriesApi, RetryPendingCountsWhatItMoved) {
  make_trigger();
  world.http.answer(500);
  world.publish();
  world.settle();
  const auto answer = post("/v1/triggers/retry-pending");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer["scanned"].as_int(), 1);
  EXPECT_EQ(answer["redispatched"].as_int(), 1);
}

TEST_F(DeliveriesApi, DeadLettersAreFilteredAndSayHowFarTheyWereLookedAt) {
  make_dead(3);
  const std::string letters = "/v1/triggers/" + trigger + "/dlq";
  EXPECT_EQ(get(letters + "?status=500&error=HTTP&event=payment.*")["data"].size(), 3u);
  EXPECT_EQ(get(letters + "?status=503")["data"].size(), 0u);
  const auto none = get(letters + "?error=timeout");
  EXPECT_EQ(none["data"].size(), 0u);
  EXPECT_EQ(none["searched"]["looked_at"].as_int(), 3);
  EXPECT_EQ(none["searched"]["is_end"].as_bool(), true);
  for (const char* query : {"?status=x", "?status=99", "?since=soon"}) {
    EXPECT_EQ(get(letters + query).status, 400) << query;
  }
}

TEST_F(DeliveriesApi, BulkRedeliveryCountsFirstAndSendsNothingTwice) {
  make_dead(3);
  const std::string bulk = "/v1/triggers/" + trigger + "/dlq/redeliver";
  const std::size_t sent = world.http.sent.size();
  const auto counted = post(bulk, R"({"dry_run":true,"status":500})");
  EXPECT_EQ(counted.status, 200) << counted.body;
  EXPECT_EQ(counted["matched"].as_int(), 3);
  EXPECT_EQ(counted["redelivered"].as_int(), 0);
  world.settle();
  EXPECT_EQ(world.http.sent.size(), sent);
  world.http.answer(200);
  const auto done = post(bulk, R"({"status":500})");
  EXPECT_EQ(done.status, 202) << done.body;
  EXPECT_EQ(done["redelivered"].as_int(), 3);
  EXPECT_TRUE(done["next_before"].is_null());
  world.settle();
  EXPECT_EQ(world.http.sent.size(), sent + 3);
  const auto again = post(bulk, R"({"status":500})");
  EXPECT_EQ(again["redelivered"].as_int(), 0);
  EXPECT_EQ(again["sent_before"].as_int(), 3);
  world.settle();
  EXPECT_EQ(world.http.sent.size(), sent + 3);
  EXPECT_EQ(get("/v1/triggers/" + trigger + "/dlq")["data"].at(0)["sent_again"].as_bool(), true);
}

TEST_F(DeliveriesApi, UntilTheFirstMomentOf1970IsABoundAndNotNone) {
  make_dead(2);
  const std::string letters = "/v1/triggers/" + trigger + "/dlq";
  const std::string epoch = "1970-01-01T00:00:00.000Z";
  const auto done = post(letters + "/redeliver", R"({"until":")" + epoch + R"("})");
  EXPECT_EQ(done.status, 202) << done.body;
  EXPECT_EQ(done["redelivered"].as_int(), 0);
  EXPECT_EQ(get(letters + "?until=" + epoch)["data"].size(), 0u);
  EXPECT_EQ(get(letters + "?since=" + epoch)["data"].size(), 2u);
  EXPECT_EQ(get("/v1/stats?since=" + epoch).status, 400);  // and not the day before now
}

TEST_F(DeliveriesApi, ALetterThatDiedAgainIsSentOnceMore) {
  make_dead(1);
  const std::string bulk = "/v1/triggers/" + trigger + "/dlq/redeliver";
  EXPECT_EQ(post(bulk)["redelivered"].as_int(), 1);
  world.settle();  // and dies again
  const auto next = post(bulk);
  EXPECT_EQ(next["redelivered"].as_int(), 1);
  EXPECT_EQ(next["sent_before"].as_int(), 1);
}

TEST_F(DeliveriesApi, BulkRedeliveryGoesOnWithItsCursorAndSaysWhatIsWrong) {
  make_dead(1);
  const std::string bulk = "/v1/triggers/" + trigger + "/dlq/redeliver";
  for (const char* body :
       {R"({"since":"soon"})", R"({"status":7})", R"({"before":"00"})", R"({"dry_run":"yes"})",
        R"({"evnt":"payment.*","dry_run":true})", R"({"dry_run":true,"error":5})"}) {
    EXPECT_EQ(post(bulk, body).status, 400) << body;
  }
  EXPECT_EQ(post("/v1/triggers/trg_nobody/dlq/redeliver", R"({"dry_run":true})").status, 404);
  const auto written = world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
    const auto trigger_no = tx.trigger(world.project.no, trigger)->no;
    const engine::BulkRedeliver wish{.filter = {.project = world.project.no, .trigger = trigger_no},
                                     .most = 0};
    const auto nothing = api.triggers.redeliver_dead(tx, effects, wish);
    EXPECT_EQ(nothing->matched, 0);
    EXPECT_FALSE(nothing->scan.is_end);
    return {};
  });
  EXPECT_TRUE(written);
}

}  // namespace
}  // namespace malote::testing
