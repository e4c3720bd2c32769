#include "malote/receiver/webhook_handler.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <latch>
#include <stdexcept>
#include <string>
#include <thread>

#include "malote/receiver/events.h"
#include "receiver/vectors.h"

namespace malote::receiver {

namespace {

WebhookHandler::Builder builder() {
  WebhookHandler::Builder b{"standard"};
  b.secret(kSecret).clock([] { return kNow; });
  return b;
}

Response send(const WebhookHandler& hooks, const Signed& request,
              std::string_view method = "POST") {
  return hooks.handle({.method = method, .headers = request.fields(), .body = request.body});
}

TEST(WebhookHandler, GivesTypedEventsUnderAnyNameOfTheirs) {
  std::string seen;
  auto hooks = builder()
                   .on<PaymentConfirmed>([&](const PaymentConfirmed& payment, const Event& event) {
                     seen = event.type + " " + payment.payment_id + " " +
                            std::to_string(payment.amount_minor.value_or(0));
                   })
                   .build();
  const Response response = send(hooks, signed_request());
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, R"({"received":true})");
  EXPECT_EQ(seen, "payment.confirmed pay_1 15035");
  send(hooks, signed_request(R"({"type":"payment.success","data":{"payment_id":"p2"}})"));
  EXPECT_EQ(seen, "payment.success p2 0");
  send(hooks, signed_request(R"({"type":"payment.success","data":[1,{"payment_id":7}]})"));
  EXPECT_EQ(seen, "payment.success  0");
}

TEST(WebhookHandler, FindsTheNearestHandler) {
  std::string seen;
  const auto note = [&](const char* who) { return [&seen, who](const Event&) { seen = who; }; };
  auto hooks = builder()
                   .on("shipment.delivered", note("type"))
                   .on_prefix("shipment.", note("prefix"))
                   .on_prefix("shipment.in_", note("longer"))
                   .on_unhandled([&](const Event& e) { seen = e.is_known() ? "known" : "unknown"; })
                   .build();
  const std::pair<std::string, std::string> cases[] = {{"shipment.delivered", "type"},
                                                       {"shipment.created", "prefix"},
                                                       {"shipment.in_transit", "longer"},
                                                       {"order.created", "known"},
                                                       {"constructor", "unknown"},
                                                       {"*", "unknown"},
                                                       {"shipment", "unknown"}};
  for (const auto& [type, expected] : cases) {
    send(hooks, signed_request(R"({"type":")" + type + "\"}", type));
    EXPECT_EQ(seen, expected) << type;
  }
}

TEST(WebhookHandler, AnswersWhatSendersUnderstand) {
  auto hooks = builder()
                   .on("order.created", [](const Event&) { throw 7; })
                   .on("order.updated",
                       [](const Event&) -> Outcome { return Retry{std::chrono::seconds{9}}; })
                   .on("order.completed", [](const Event&) -> Outcome { return Park{"no stock"}; })
                   .max_body(1000)
                   .build();
  const auto of_type = [](const std::string& type) {
    return signed_request(R"({"type":")" + type + "\"}");
  };
  EXPECT_EQ(send(hooks, of_type("order.created")).status, 500);
  const Response retry = send(hooks, of_type("order.updated"));
  EXPECT_EQ(retry.status, 503);
  EXPECT_EQ(retry.headers.back(), (std::pair<std::string, std::string>{"Retry-After", "9"}));
  EXPECT_EQ(send(hooks, of_type("order.completed")).status, 200);
  EXPECT_EQ(send(hooks, of_type("nobody.cares")).status, 200);
  EXPECT_EQ(send(hooks, signed_request(), "GET").status, 405);
  EXPECT_EQ(send(hooks, signed_request(std::string(1001, ' '))).status, 413);
  Signed request = signed_request();
  request["Content-Encoding"] = "gzip";
  EXPECT_EQ(send(hooks, request).status, 415);
  request["Content-Encoding"] = "identity";
  EXPECT_EQ(send(hooks, request).status, 200);
  for (const char* type :
       {"", "text/json", "application/", "application/xml", "application/+json"}) {
    request["Content-Type"] = type;
    EXPECT_EQ(send(hooks, request).status, 415) << type;
  }
  request["Content-Type"] = "Application/JSON ; charset=utf-8";
  EXPECT_EQ(send(hooks, request).status, 200);
  EXPECT_EQ(send(builder().gone().build(), signed_request()).status, 410);
}

TEST(WebhookHandler, AnUnreadableBodyIsNoForgery) {
  int parked = 0;
  const auto hooks = builder().build();
  auto parking = builder();
  parking.park_unreadable().on_parked(
      [&](const Event* event, std::string_view) { parked += event == nullptr; });
  const auto parks = parking.build();
  const std::string bodies[] = {
      "",
      "[]",
      "null",
      "{\"type\":7}",
      "{\"type\":\"\"}",
      "{\"type\":\"a\"",
      "{}",
      "\xEF\xBB\xBF{\"type\":\"a\"}",
      "{\"type\":\"\xFF\"}",
      R"({"type":"a"} x)",
      R"({"type":"a","d":)" + std::string(513, '[') + std::string(513, ']') + "}",
      std::string(1 << 20, '[')};
  for (const auto& body : bodies) {
    EXPECT_EQ(send(hooks, signed_request(body)).status, 400) << body.substr(0, 60);
    EXPECT_EQ(send(parks, signed_request(body)).status, 200);
  }
  EXPECT_EQ(parked, static_cast<int>(std::size(bodies)));
  EXPECT_EQ(send(hooks, signed_request(R"({"type":"a","type":"b","n":1e400})")).status, 200);
}

TEST(WebhookHandler, ACopyIsAnsweredAndNotRun) {
  std::atomic<int> runs{0};
  auto hooks = builder()
                   .idempotency(memory_store())
                   .on("payment.confirmed", [&](const Event&) { ++runs; })
                   .build();
  EXPECT_EQ(send(hooks, signed_request()).body, R"({"received":true})");
  EXPECT_EQ(send(hooks, signed_request()).body, R"({"received":true,"duplicate":true})");
  EXPECT_EQ(send(hooks, signed_request(kBody, "dlv_2")).body, R"({"received":true})");
  EXPECT_EQ(runs, 2);
}

TEST(WebhookHandler, OfTwentyCopiesAtOnceOneRuns) {
  std::atomic<int> runs{0}, ok{0};
  auto hooks = builder()
                   .idempotency(memory_store())
                   .on("payment.confirmed", [&](const Event&) { ++runs; })
                   .build();
  std::latch start{20};
  std::vector<std::thread> threads;
  for (int i = 0; i < 20; ++i) {
    threads.emplace_back([&] {
      start.arrive_and_wait();
      ok += send(hooks, signed_request()).status == 200;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(ok, 20);
}

TEST(WebhookHandler, AFailureIsTriedAgain) {
  int runs = 0;
  auto hooks = builder()
                   .idempotency(memory_store())
                   .on("payment.confirmed",
                       [&](const Event&) {
                         if (++runs == 1) throw std::runtime_error{"the database is away"};
                       })
                   .build();
  EXPECT_EQ(send(hooks, signed_request()).status, 500);
  EXPECT_EQ(send(hooks, signed_request()).status, 200);
  EXPECT_EQ(runs, 2);
}

TEST(WebhookHandler, AHandlerBeyondItsBudgetIsToldAndItsOutcomeStillCounts) {
  std::latch told{1}, let_go{1}, ended{1};
  std::string error;
  auto hooks = builder()
                   .idempotency(memory_store(), {.wait = std::chrono::milliseconds{0}})
                   .budget(std::chrono::milliseconds{1})
                   .on_error([&](const Event*, std::string_view what) { error = what; })
                   .on("payment.confirmed",
                       [&](const Event&, Context& context) {
                         const std::stop_callback stop{context.stop, [&] { told.count_down(); }};
                         told.wait();
                         let_go.wait();
                         ended.count_down();
                       })
                   .build();
  EXPECT_EQ(send(hooks, signed_request()).status, 503);
  EXPECT_NE(error.find("budget"), std::string::npos);
  EXPECT_EQ(send(hooks, signed_request()).status, 503);  // the claim is kept
  let_go.count_down();
  ended.wait();
  Response response;
  do {
    response = send(hooks, signed_request());
  } while (response.status == 503);  // until the outcome is in the store
  EXPECT_EQ(response.body, R"({"received":true,"duplicate":true})");
}

class BrokenStore final : public IdempotencyStore {
 public:
  Claim begin(std::string_view, std::chrono::seconds) override {
    if (begin_fails) throw std::runtime_error{"down"};
    return {Claim::State::acquired, 1};
  }
  void commit(std::string_view, std::uint64_t, std::chrono::seconds) override {
    throw std::runtime_error{"down"};
  }
  void abort(std::string_view, std::uint64_t) override { throw std::runtime_error{"down"}; }
  bool begin_fails = true;
};

TEST(WebhookHandler, AStoreThatFailsNeverLosesAnEvent) {
  int runs = 0;
  const auto store = std::make_shared<BrokenStore>();
  const auto count = [&](const Event&) { ++runs; };
  auto careful = builder().idempotency(store).on("payment.confirmed", count).build();
  EXPECT_EQ(send(careful, signed_request()).status, 503);
  EXPECT_EQ(runs, 0);
  auto bold = builder()
                  .idempotency(store, {.run_if_store_fails = true})
                  .on("payment.confirmed", count)
                  .build();
  EXPECT_EQ(send(bold, signed_request()).status, 200);
  EXPECT_EQ(runs, 1);
  store->begin_fails = false;
  EXPECT_EQ(send(careful, signed_request()).status, 200);  // done, though it could not be noted
  EXPECT_EQ(runs, 2);
}

/// Throws what is no std::exception when it is told an outcome.
class OddStore : public IdempotencyStore {
 public:
  Claim begin(std::string_view, std::chrono::seconds) override { return {.token = 1}; }
  void commit(std::string_view, std::uint64_t, std::chrono::seconds) override { throw 1; }
  void abort(std::string_view, std::uint64_t) override { throw "odd"; }
};

TEST(WebhookHandler, WhateverAStoreThrowsTheWorkIsDone) {
  std::string reported;
  std::latch told{1}, settled{1};
  auto hooks = builder()
                   .idempotency(std::make_shared<OddStore>())
                   .budget(std::chrono::milliseconds{1})
                   .on("slow", [&](const Event&) { told.wait(); })
                   .on_error([&](const Event*, std::string_view what) {
                     reported = what;
                     if (what.find("store") != std::string_view::npos) settled.count_down();
                   })
                   .build();
  EXPECT_EQ(send(hooks, signed_request(R"({"type":"slow"})")).status, 503);
  told.count_down();  // its outcome is noted in a thread of the library, which must live on
  settled.wait();
  EXPECT_NE(reported.find("no std::exception"), std::string::npos);
}

/// One key is being handled elsewhere until others were asked for many times.
class BusyStore : public IdempotencyStore {
 public:
  Claim begin(std::string_view key, std::chrono::seconds) override {
    if (!key.ends_with("/copy")) return ++others, Claim{};
    waiting = true;
    return {.state = others > kMany ? Claim::State::done : Claim::State::in_flight};
  }
  void commit(std::string_view, std::uint64_t, std::chrono::seconds) override {}
  void abort(std::string_view, std::uint64_t) override {}

  static constexpr int kMany = 3000;
  std::atomic<int> others{0};
  std::atomic<bool> waiting{false};
};

TEST(WebhookHandler, ACopyWaitsItsTimeHoweverBusyTheReceiverIs) {
  const auto store = std::make_shared<BusyStore>();
  const auto hooks = builder().idempotency(store, {.wait = std::chrono::minutes{5}}).build();
  std::thread busy{[&] {
    while (!store->waiting) std::this_thread::yield();
    while (store->others <= BusyStore::kMany) send(hooks, signed_request(kBody, "other"));
  }};
  EXPECT_EQ(send(hooks, signed_request(kBody, "copy")).body,
            R"({"received":true,"duplicate":true})");
  busy.join();
}

TEST(WebhookHandler, LooksSecretsUpPerShop) {
  WebhookHandler::Builder b{"whatalo"};
  b.clock([] { return kNow; }).secret_lookup([](const Hints& hints) -> std::vector<std::string> {
    if (hints.body.find("shop_1") != std::string_view::npos) return {"secret of shop 1"};
    if (hints.body.find("shop_2") != std::string_view::npos) throw std::runtime_error{"database"};
    if (hints.body.find("shop_4") != std::string_view::npos) throw 4;
    if (hints.body.find("shop_5") != std::string_view::npos) return {""};
    return {};
  });
  const auto hooks = b.build();
  const auto from = [&](const std::string& shop) {
    return send(hooks, signed_request(R"({"event":"a","store":")" + shop + "\"}", "d", "whatalo",
                                      kNow, "secret of shop 1"))
        .status;
  };
  EXPECT_EQ(from("shop_1"), 200);
  EXPECT_EQ(from("shop_2"), 503);
  EXPECT_EQ(from("shop_3"), 401);
  EXPECT_EQ(from("shop_4"), 503);
  EXPECT_EQ(from("shop_5"), 500);  // not configured: nothing the sender could mend
}

TEST(WebhookHandler, ObserversThatThrowChangeNothing) {
  auto hooks = builder()
                   .on_any([](const Event&) { throw 1; })
                   .on_refused([](const VerifyError&, const Request&) { throw 2; })
                   .build();
  EXPECT_EQ(send(hooks, signed_request()).status, 200);
  EXPECT_EQ(send(hooks, signed_request(kBody, "d", "standard", kNow, kOther)).status, 401);
}

TEST(WebhookHandler, IsNotBuiltWithAMistake) {
  const auto code = [](WebhookHandler::Builder b) {
    try {
      b.build();
      return std::string{"built"};
    } catch (const ConfigError& error) {
      return error.code();
    }
  };
  const auto nothing = [](const Event&) {};
  WebhookHandler::Builder unset{"standard"}, twice{"standard"}, prefixes{"standard"};
  unset.secret(static_cast<const char*>(nullptr));
  EXPECT_EQ(code(std::move(unset)), "no_secret");
  EXPECT_EQ(code(WebhookHandler::Builder{"standard"}), "no_secret");
  twice.secret(kSecret).on("a", nothing).on("a", nothing);
  EXPECT_EQ(code(std::move(twice)), "duplicate_handler");
  prefixes.secret(kSecret).on_prefix("a.", nothing).on_prefix("a.", nothing);
  EXPECT_EQ(code(std::move(prefixes)), "duplicate_handler");
  WebhookHandler::Builder hasty = builder(), tiny = builder(), fleeting = builder();
  hasty.budget(std::chrono::milliseconds{0});
  EXPECT_EQ(code(std::move(hasty)), "bad_option");
  tiny.max_body(0);
  EXPECT_EQ(code(std::move(tiny)), "bad_option");
  fleeting.idempotency(memory_store(), {.lease = std::chrono::seconds{0}});
  EXPECT_EQ(code(std::move(fleeting)), "bad_option");
  WebhookHandler::Builder enforcing{"github"};
  enforcing.secret("s").enforce_unsigned_timestamp();
  EXPECT_EQ(code(std::move(enforcing)), "bad_option");
}

}  // namespace

}  // namespace malote::receiver
