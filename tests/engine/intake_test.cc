#include "engine/intake.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "crypto/hmac.h"
#include "engine/connections.h"
#include "fixtures.h"

namespace malote::testing {
namespace {

using engine::IntakeAnswer;
using Kind = IntakeAnswer::Kind;

struct IntakeTest : ::testing::Test {
  World world;
  engine::Connections connections{world.context};

  Connection connect(std::string server_id, std::string metadata = "{}",
                     std::string secret = "token") {
    Connection made;
    EXPECT_TRUE(world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
      MALOTE_TRY(made, connections.create(tx, effects, world.project.no,
                                          {.server_id = server_id,
                                           .metadata = metadata,
                                           .webhook_secret = Secret{secret}}));
      return {};
    }));
    return made;
  }
  IntakeAnswer post(const Connection& connection, std::string body, std::string token = "token") {
    return send(
        connection,
        {.method = "POST", .headers = {{"asaas-access-token", token}}, .body = std::move(body)});
  }
  IntakeAnswer send(const Connection& connection, providers::RawRequest request) {
    std::optional<IntakeAnswer> answer;
    world.intake.accept(connection.server_id, connection.id, std::move(request),
                        [&](IntakeAnswer a) {
                          EXPECT_FALSE(answer) << "answered twice";
                          answer = std::move(a);
                        });
    EXPECT_TRUE(answer) << "not answered";
    return answer.value_or(IntakeAnswer{});
  }
  std::optional<Receipt> first_receipt() {
    const ReceiptKey key = world.events().at(0).receipt;
    return world.read([&](const ReadTx& tx) { return tx.receipt(key); });
  }
};

std::string paid(const std::string& id, const std::string& payment,
                 const char* name = "PAYMENT_RECEIVED") {
  return R"({"id":")" + id + R"(","event":")" + name + R"(","payment":{"id":")" + payment +
         R"(","value":150.35,"externalReference":"order-1"}})";
}

TEST_F(IntakeTest, AProvenRequestBecomesAnEventItsReceiptAndItsDeliveries) {
  const auto trigger = world.make_trigger({.events = std::vector<std::string>{"payment.*"}});
  const auto connection = connect("asaas");
  EXPECT_EQ(post(connection, paid("evt_1", "pay_1")).kind, Kind::accepted);
  const auto events = world.events();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].type, "payment.confirmed");
  EXPECT_EQ(events[0].source, "asaas");
  EXPECT_EQ(events[0].external_reference, "order-1");
  EXPECT_EQ(events[0].integrity, Integrity::unsigned_body);
  EXPECT_EQ(events[0].connection, connection.no);
  const auto data = json::Document::parse(events[0].data);
  EXPECT_EQ(data->root()["amount"].raw(), "150.35");
  EXPECT_EQ(data->root()["amount_minor"].as_int(), 15035);
  const auto receipt = world.read([&](const ReadTx& tx) { return tx.receipt(events[0].receipt); });
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->body, paid("evt_1", "pay_1"));
  const auto deliveries = world.deliveries();
  ASSERT_EQ(deliveries.size(), 1u);
  EXPECT_EQ(deliveries[0].trigger, trigger.trigger.no);
}

TEST_F(IntakeTest, ARefusedRequestStoresNothing) {
  world.make_trigger();
  const auto connection = connect("asaas");
  const int writes = world.store.writes;
  const auto answer = post(connection, paid("evt_1", "pay_1"), "wrong");
  EXPECT_EQ(answer.kind, Kind::refused);
  EXPECT_EQ(answer.reason, "secret_mismatch");
  EXPECT_EQ(send(connection, {.method = "POST", .body = "{}"}).reason, "missing_header");
  EXPECT_EQ(world.store.writes, writes);
  EXPECT_TRUE(world.events().empty());
}

TEST_F(IntakeTest, AnUnknownConnectionIsNotFound) {
  auto connection = connect("asaas");
  connection.server_id = "stripe";
  EXPECT_EQ(post(connection, "{}").error.errc, Errc::not_found);
  connection = {.id = "ca_none", .server_id = "asaas"};
  EXPECT_EQ(post(connection, "{}").error.errc, Errc::not_found);
}

TEST_F(IntakeTest, TheSameRequestTwiceIsOneEvent) {
  world.make_trigger();
  const auto connection = connect("asaas");
  EXPECT_EQ(post(connection, paid("evt_1", "pay_1")).kind, Kind::accepted);
  EXPECT_EQ(post(connection, paid("evt_1", "pay_1")).kind, Kind::duplicate);
  EXPECT_EQ(world.events().size(), 1u);
  EXPECT_EQ(world.deliveries().size(), 1u);
}

TEST_F(IntakeTest, TheSameIdAtAnotherConnectionIsAnotherEvent) {
  EXPECT_EQ(post(connect("asaas"), paid("evt_1", "pay_1")).kind, Kind::accepted);
  EXPECT_EQ(post(connect("asaas"), paid("evt_1", "pay_1")).kind, Kind::accepted);
  EXPECT_EQ(world.events().size(), 2u);
}

TEST_F(IntakeTest, AFactIsToldOnceHoweverManyNotificationsSpeakOfIt) {
  world.make_trigger();
  const auto connection = connect("asaas");
  EXPECT_EQ(post(connection, paid("evt_1", "pay_1", "PAYMENT_CONFIRMED")).kind, Kind::accepted);
  const auto second = post(connection, paid("evt_2", "pay_1", "PAYMENT_RECEIVED"));
  EXPECT_EQ(second.kind, Kind::ignored);
  EXPECT_EQ(second.reason, "already_emitted");
  EXPECT_EQ(post(connection, paid("evt_1", "pay_1", "PAYMENT_CONFIRMED")).kind, Kind::duplicate);
  EXPECT_EQ(post(connection, paid("evt_3", "pay_2", "PAYMENT_RECEIVED")).kind, Kind::accepted);
  EXPECT_EQ(world.events().size(), 2u);
  EXPECT_EQ(world.deliveries().size(), 2u);
}

TEST_F(IntakeTest, AnUnmappedEventKeepsItsProvidersName) {
  const auto connection = connect("asaas");
  EXPECT_EQ(post(connection, R"({"id":"e","event":"SOMETHING_NEW"})").kind, Kind::accepted);
  EXPECT_EQ(world.events().at(0).type, "provider.asaas.SOMETHING_NEW");
}

TEST_F(IntakeTest, ABodyThatIsNoJsonObjectIsKeptAndIgnored) {
  const auto connection = connect("asaas");
  for (const char* body : {"", "not json", "[1]", "\"x\"", "{\"a\":1,\"a\":2}", "\xFF\xFE"}) {
    const auto answer = post(connection, body);
    EXPECT_EQ(answer.kind, Kind::ignored) << body;
    EXPECT_EQ(answer.reason, "malformed_body") << body;
  }
  EXPECT_TRUE(world.events().empty());
}

TEST_F(IntakeTest, ProbesAreAnsweredWithoutProofAndStoreNothing) {
  const auto connection = connect("asaas");
  const int writes = world.store.writes;
  EXPECT_EQ(send(connection, {.method = "GET"}).kind, Kind::probe);
  EXPECT_EQ(send(connection, {.method = "HEAD"}).kind, Kind::probe);
  EXPECT_EQ(world.store.writes, writes);
}

TEST_F(IntakeTest, AFullStoreIsAnErrorAndTheSenderMayTryAgain) {
  world.make_trigger();
  const auto connection = connect("asaas");
  world.store.fail_all = true;
  const auto answer = post(connection, paid("evt_1", "pay_1"));
  EXPECT_EQ(answer.kind, Kind::failed);
  EXPECT_EQ(answer.error.errc, Errc::store_unavailable);
  EXPECT_TRUE(world.events().empty());
  world.store.fail_all = false;
  EXPECT_EQ(post(connection, paid("evt_1", "pay_1")).kind, Kind::accepted);
  EXPECT_EQ(world.events().size(), 1u);
  EXPECT_TRUE(first_receipt());
}

TEST_F(IntakeTest, AContradictingQueryIsIgnoredOrRefusedWhereTheBodyIsStrict) {
  const auto request = [&](std::string_view query_id) {
    const std::string text = "id:" + std::string{query_id} + ";ts:5;";
    return providers::RawRequest{
        .method = "POST",
        .headers = {{"x-signature",
                     "ts=5,v1=" + hex_encode(crypto::hmac(crypto::Hash::sha256, "token", text))}},
        .query = {{"data.id", std::string{query_id}}},
        .body = R"({"id":1,"type":"payment","data":{"id":"456"}})"};
  };
  const auto relaxed = connect("mercado-pago");
  EXPECT_EQ(send(relaxed, request("123")).reason, "body_query_mismatch");
  EXPECT_EQ(send(relaxed, request("123")).kind, Kind::ignored);
  const auto strict = connect("mercado-pago", R"({"webhook_auth":{"strict_body":true}})");
  EXPECT_EQ(send(strict, request("123")).kind, Kind::refused);
  EXPECT_EQ(send(strict, request("456")).kind, Kind::accepted);
}

TEST_F(IntakeTest, SecretsInHeadersAreRedactedInTheReceipt) {
  const auto connection = connect("asaas");
  EXPECT_EQ(send(connection, {.method = "POST",
                              .headers = {{"asaas-access-token", "token"},
                                          {"Cookie", "session"},
                                          {"Authorization", "Bearer x"},
                                          {"X-Other", "shown"},
                                          {"X-Odd", "\xFF"}},
                              .query = {{"a", "b"}},
                              .body = paid("evt_1", "pay_1")})
                .kind,
            Kind::accepted);
  const auto receipt = first_receipt();
  for (const char* secret : {"token\",\"token", "session", "Bearer x"}) {
    EXPECT_EQ(receipt->head.find(secret), std::string::npos) << secret;
  }
  const auto request = engine::decode_receipt(*receipt);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(*providers::header_of(request, "x-other"), "shown");
  EXPECT_EQ(*providers::header_of(request, "asaas-access-token"), "[redacted]");
  EXPECT_EQ(*providers::query_of(request, "a"), "b");
  EXPECT_EQ(request.body, paid("evt_1", "pay_1"));
}

// A token that is the whole proof must not be readable in the receipts of a custom connection.
TEST_F(IntakeTest, TheTokenOfACustomConnectionIsRedactedToo) {
  const auto in_header = connect("custom", R"({"webhook_auth":{"scheme":"shared_secret",
"header":"X-Token"}})",
                                 "opensesame");
  const auto in_query = connect("custom", R"({"webhook_auth":{"scheme":"url_token",
"query":"key"}})",
                                "opensesame");
  EXPECT_EQ(send(in_header, {.method = "POST",
                             .headers = {{"X-Token", "opensesame"}},
                             .body = R"({"type":"payment.confirmed",
"id":"1"})"})
                .kind,
            Kind::accepted);
  EXPECT_EQ(send(in_query, {.method = "POST",
                            .query = {{"key", "opensesame"}},
                            .body = R"({"type":"payment.confirmed",
"id":"1"})"})
                .kind,
            Kind::accepted);
  for (const auto& event : world.events()) {
    const auto receipt = world.read([&](const ReadTx& tx) { return tx.receipt(event.receipt); });
    EXPECT_EQ(receipt->head.find("opensesame"), std::string::npos) << receipt->head;
  }
}

// An unmapped name becomes the value of X-CodeSpar-Event: it must not be able to end the header.
TEST_F(IntakeTest, AProvidersEventNameCannotInjectAHeader) {
  world.make_trigger();
  const auto connection = connect("asaas");
  post(connection, R"({"id":"e","event":"X\r\nX-Injected: 1"})");
  world.settle();
  ASSERT_EQ(world.http.sent.size(), 1u);
  for (const auto& [name, value] : world.http.sent[0].headers) {
    EXPECT_EQ(value.find_first_of("\r\n"), std::string::npos) << name;
  }
}

// Query bytes that are no text must not make the whole head unreadable.
TEST_F(IntakeTest, AQueryThatIsNoTextLeavesTheReceiptReadable) {
  const auto connection = connect("asaas");
  EXPECT_EQ(send(connection, {.method = "POST",
                              .headers = {{"asaas-access-token", "token"}},
                              .query = {{"a", "\xFF"}, {"b", "kept"}},
                              .body = paid("evt_1", "pay_1")})
                .kind,
            Kind::accepted);
  const auto receipt = first_receipt();
  EXPECT_TRUE(json::Document::parse(receipt->head));
}

}  // namespace
}  // namespace malote::testing
