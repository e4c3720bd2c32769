#include <gtest/gtest.h>

#include "api/api_fixture.h"

namespace malote::testing {
namespace {

using EventsApi = ApiTest;

TEST_F(EventsApi, PublishesOneOrMany) {
  make_trigger();
  const auto one =
      post("/v1/events",
           R"({"type":"payment.success","data":{"n":1.50},"occurred_at":"2026-04-22T09:00:00-03:00",
"external_reference":"o1"})");
  EXPECT_EQ(one.status, 202);
  EXPECT_EQ(one.text("type"), "payment.confirmed");
  EXPECT_EQ(one["events"].size(), 1u);
  EXPECT_EQ(one["data"].at(0)["deliveries"].as_int(), 1);
  const auto shown = get("/v1/events/" + one.text("id"));
  EXPECT_EQ(shown["data"].raw(), R"({"n":1.50})");
  EXPECT_EQ(shown.text("occurred_at"), "2026-04-22T12:00:00.000Z");
  EXPECT_EQ(shown["deliveries"].size(), 1u);
  EXPECT_TRUE(shown["raw_request"].is_null());
  const auto many =
      post("/v1/events", R"({"events":[{"type":"a.b","data":{}},{"type":"c.d","data":{}}]})");
  EXPECT_EQ(many["data"].size(), 2u);
  EXPECT_EQ(traffic.published, 3u);
}

TEST_F(EventsApi, PublishLimitsAndFaultsNameTheirPlace) {
  const auto list_of = [](int count) {
    std::string text = R"({"events":[)";
    for (int i = 0; i < count; ++i)
      text += (i == 0 ? "" : ",") + std::string{R"({"type":"a.b","data":{}})"};
    return text + "]}";
  };
  EXPECT_EQ(post("/v1/events", list_of(1000)).status, 202);
  EXPECT_EQ(post("/v1/events", list_of(1001)).status, 400);
  EXPECT_EQ(post("/v1/events", list_of(0)).status, 400);
  const std::pair<const char*, const char*> cases[] = {
      {R"({"events":{}})", "/events"},
      {R"({"events":[1]})", "/events/0"},
      {R"({"events":[{"type":"a.b","data":{}},{"type":"a.b"}]})", "/events/1/data"},
      {"{}", "/type"},
      {R"({"type":"a.*","data":{}})", "/type"},
      {R"({"type":"*","data":{}})", "/type"},
      {R"({"type":"A","data":{}})", "/type"},
      {R"({"type":1,"data":{}})", "/type"},
      {R"({"type":"a.b","data":[]})", "/data"},
      {R"({"type":"a.b","data":"x"})", "/data"},
      {R"({"type":"a.b","data":{},"occurred_at":"yesterday"})", "/occurred_at"},
      {R"({"type":"a.b","data":{},"occurred_at":1})", "/occurred_at"},
      {R"({"type":"a.b","data":{},"id":7})", "/id"},
      {R"({"type":"a.b","data":{},"external_reference":{}})", "/external_reference"},
  };
  for (const auto& [body, path] : cases) {
    const auto answer = post("/v1/events", body);
    EXPECT_EQ(answer.status, 400) << body;
    EXPECT_EQ(answer.text("field"), path) << body;
  }
  EXPECT_EQ(world.events().size(), 1000u);
}

TEST_F(EventsApi, AnIdOrAnIdempotencyKeyDedupes) {
  const std::string body = R"({"type":"a.b","data":{},"id":"mine"})";
  const auto first = post("/v1/events", body);
  const auto again = post("/v1/events", body);
  EXPECT_EQ(again.text("id"), first.text("id"));
  EXPECT_EQ(again["duplicate"].as_bool(), true);
  const std::string list = R"({"events":[{"type":"a.b","data":{}},{"type":"a.b","data":{}}]})";
  const auto one = post("/v1/events", list, {{"Idempotency-Key", "k"}});
  const auto two = post("/v1/events", list, {{"Idempotency-Key", "k"}});
  EXPECT_EQ(one["data"].at(1)["id"].as_string(), two["data"].at(1)["id"].as_string());
  EXPECT_NE(one["data"].at(0)["id"].as_string(), one["data"].at(1)["id"].as_string());
  EXPECT_EQ(world.events().size(), 3u);
}

TEST_F(EventsApi, AFullStoreAnswers503AndRecovers) {
  world.store.fail_at = world.store.writes;
  EXPECT_EQ(post("/v1/events", R"({"type":"a.b","data":{}})").status, 503);
  EXPECT_TRUE(world.events().empty());
  EXPECT_EQ(post("/v1/events", R"({"type":"a.b","data":{}})").status, 202);
}

TEST_F(EventsApi, HugeNumbersAndOddTextPassThroughUntouched) {
  make_trigger();
  const std::string data =
      R"({"n":123456789012345678901234567890.10,"s":"\u0000\ud83d\ude00","id":"x"})";
  const auto made = post("/v1/events", R"({"type":"a.b","data":)" + data + "}");
  EXPECT_EQ(made.status, 202);
  world.settle();
  EXPECT_NE(world.http.sent.at(0).body.find("\"data\":" + data), std::string::npos);
  EXPECT_EQ(get("/v1/events/" + made.text("id"))["data"].raw(), data);
}

TEST_F(EventsApi, ListFiltersByTypeSourceTimeAndReference) {
  post("/v1/events", R"({"type":"payment.success","data":{"external_reference":"o1"}})");
  world.clock.advance(1h);
  post("/v1/events", R"({"type":"a.b","data":{}})");
  const auto count = [&](const std::string& query) {
    return get("/v1/events?" + query)["events"].size();
  };
  EXPECT_EQ(count(""), 2u);
  EXPECT_EQ(count("type=payment.confirmed"), 1u);
  EXPECT_EQ(count("type=payment.succeeded"), 1u);
  EXPECT_EQ(count("source=api"), 2u);
  EXPECT_EQ(count("source=asaas"), 0u);
  EXPECT_EQ(count("external_reference=o1"), 1u);
  EXPECT_EQ(count("since=2026-04-22T12:30:00Z"), 1u);
  EXPECT_EQ(count("until=2026-04-22T12:30:00Z"), 1u);
  EXPECT_EQ(get("/v1/events?since=never").status, 400);
  EXPECT_EQ(get("/v1/events?connection_id=ca_none").status, 404);
}

TEST_F(EventsApi, UnknownEventsAre404) {
  for (const char* id : {"evt_0000000000000001", "evt_x", "x", "dlv_0000000000000001"}) {
    EXPECT_EQ(get(std::string{"/v1/events/"} + id).status, 404) << id;
    EXPECT_EQ(post(std::string{"/v1/events/"} + id + "/replay").status, 404) << id;
  }
}

TEST_F(EventsApi, ReplayTellsHowManyItWoke) {
  const std::string trigger = make_trigger();
  const std::string event = post("/v1/events", R"({"type":"a.b","data":{}})").text("id");
  const auto answer = post("/v1/events/" + event + "/replay?trigger_id=" + trigger);
  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(answer["dispatched"].as_int(), 1);
  EXPECT_EQ(get("/v1/events/" + event)["deliveries"].size(), 2u);
}

TEST_F(EventsApi, TheCatalogueIsServed) {
  const auto answer = get("/v1/event-types");
  EXPECT_EQ(answer["data"].size(), catalogue().types().size());
  EXPECT_EQ(answer["event_types"].raw(), answer["data"].raw());
}

TEST_F(EventsApi, NullIsAsGoodAsLeftOut) {
  const auto made =
      post("/v1/events",
           R"({"type":"a.b","data":{},"occurred_at":null,"id":null,"external_reference":null})");
  EXPECT_EQ(made.status, 202) << made.body;
}

TEST_F(EventsApi, APublishedEventShowsTheIdItCameWith) {
  const auto made = post("/v1/events", R"({"type":"a.b","data":{},"id":"mine"})");
  EXPECT_EQ(get("/v1/events/" + made.text("id")).text("provider_event_id"), "mine");
}

TEST_F(EventsApi, RepeatedQueryParametersAreJoinedAndSecretsMasked) {
  const std::string connection =
      post("/v1/connections", R"({"server_id":"asaas","webhook_secret":"s"})").text("id");
  const auto taken =
      send({.method = "POST",
            .path = "/v1/webhooks/asaas/" + connection,
            .query = "a=1&a=2&Access_Token=hidden&x-signature=hidden",
            .headers = {{"asaas-access-token", "s"}},
            .body = R"({"id":"e","event":"PAYMENT_RECEIVED","payment":{"id":"p","value":1}})"});
  ASSERT_EQ(taken.status, 200);
  const auto answer = get("/v1/events/" + text_of(world.events().at(0).key));
  EXPECT_EQ(answer["raw_request"]["query"]["a"].as_string(), "1, 2");
  EXPECT_EQ(answer["raw_request"]["query"]["Access_Token"].as_string(), "[redacted]");
  EXPECT_EQ(answer.body.find("hidden"), std::string::npos);
}

TEST_F(EventsApi, StoredDataThatCannotBeReadIsShownAndSentAsNull) {
  make_trigger();
  const auto event = world.publish("a.b", "{broken");
  world.settle();
  ASSERT_EQ(world.http.sent.size(), 1u);
  EXPECT_TRUE(get("/v1/events/" + text_of(event))["data"].is_null());
  EXPECT_EQ(get("/v1/deliveries/" + text_of(world.deliveries().at(0).key)).status, 200);
}

struct EventSearchApi : ApiTest {
  std::vector<std::string> found(const std::string& query) {
    const auto answer = get("/v1/events?" + query);
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer["searched"]["is_end"].as_bool(), true) << answer.body;
    std::vector<std::string> ids;
    for (const auto event : answer["data"]) ids.emplace_back(*event["id"].as_string());
    return ids;
  }
};

TEST_F(EventSearchApi, FindsByTextStateAndTrigger) {
  const std::string dead = text_of(world.publish("order.created", R"({"name":"Maria"})"));
  const std::string trigger = make_trigger(R"("retry_schedule":[])");
  world.http.answer(500);
  const std::string second = text_of(world.publish("order.created", R"({"name":"Joana"})"));
  world.settle();
  using Ids = std::vector<std::string>;
  EXPECT_EQ(found("q=MARIA"), Ids{dead});
  EXPECT_EQ(found("state=none"), Ids{dead});
  EXPECT_EQ(found("state=dead"), Ids{second});
  EXPECT_EQ(found("trigger_id=" + trigger), Ids{second});
  EXPECT_EQ(found("q=created&type=payment.*"), Ids{});
  EXPECT_EQ(found("q=joana&state=dead&trigger_id=" + trigger), Ids{second});
}

TEST_F(EventSearchApi, PagesWithACursorAndRefusesWhatItDoesNotKnow) {
  for (int i = 0; i < 5; ++i) world.publish("order.created", R"({"k":1})");
  std::vector<std::string> seen;
  std::string cursor;
  do {
    const auto page =
        get("/v1/events?q=order&limit=2" + (cursor.empty() ? "" : "&before=" + cursor));
    for (const auto event : page["data"]) seen.emplace_back(*event["id"].as_string());
    cursor = page.text("next_before");
  } while (!cursor.empty() && seen.size() < 20);
  EXPECT_EQ(seen.size(), 5u);
  EXPECT_EQ(get("/v1/events?state=lost").text("field"), "state");
  EXPECT_EQ(get("/v1/events?q=" + std::string(201, 'x')).text("field"), "q");
  EXPECT_EQ(get("/v1/events?trigger_id=trg_none").status, 404);
  EXPECT_TRUE(get("/v1/events")["searched"].raw().empty());
}

}  // namespace
}  // namespace malote::testing
