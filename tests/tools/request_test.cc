#include "tools/request.h"

#include <gtest/gtest.h>

#include "tools/accounts.h"
#include "tools/encode.h"

namespace malote::tools {
namespace {

using testing::OwnedAccount;

class RequestTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto loaded = testing::load_registry();
    ASSERT_TRUE(loaded) << loaded.error().message;
    registry_ = std::make_unique<Registry>(std::move(*loaded));
  }

  Result<HttpRequest> build(const std::string& tool, const std::string& input,
                            const OwnedAccount& account, const std::string& key = "") {
    const Tool* found = registry_->find(tool);
    const auto document = json::Document::parse(input);
    return build_request(*registry_->server(found->server), *found, document->root(),
                         account.account(), key);
  }

  std::unique_ptr<Registry> registry_{};
  OwnedAccount text_{R"("secret")", "{}"};
};

constexpr auto kPayment =
    R"({"customer":"c","billingType":"PIX","value":1.50,"dueDate":"2026-05-01"})";

TEST_F(RequestTest, TheKeyGoesWhereTheProviderCarriesIt) {
  const auto asaas = build("asaas/create_payment", kPayment, text_, "k1");
  ASSERT_TRUE(asaas);
  EXPECT_NE(asaas->body.find(R"("value":1.50)"), std::string::npos) << "digits stay as written";
  EXPECT_TRUE(asaas->body.ends_with(R"("externalReference":"k1"})"));
  const auto stripe = build("stripe/create_payment_intent",
                            R"({"amount":5,"currency":"usd","metadata":{"a":"b"}})", text_, "k1");
  ASSERT_TRUE(stripe);
  EXPECT_EQ(*find_header(stripe->headers, "Idempotency-Key"), "k1");
  EXPECT_EQ(stripe->body,
            "amount=5&currency=usd&metadata%5Ba%5D=b&metadata%5Bexternal_reference%5D=k1");
  const auto read = build("stripe/retrieve_balance", "{}", text_, "k1");
  EXPECT_EQ(find_header(read->headers, "Idempotency-Key"), nullptr) << "reads need none";
}

TEST_F(RequestTest, TheCallersReferenceStays) {
  const auto built = build(
      "asaas/create_payment",
      R"({"customer":"c","billingType":"PIX","value":1,"dueDate":"d","externalReference":"o"})",
      text_, "k1");
  EXPECT_EQ(built->body.find("k1"), std::string::npos);
}

TEST_F(RequestTest, AWrongInputIsRefusedWithEachFault) {
  const auto built = build("asaas/create_payment", R"({"customer":1,"billingType":"CASH"})", text_);
  ASSERT_FALSE(built);
  EXPECT_EQ(built.error().errc, Errc::invalid_body);
  EXPECT_EQ(built.error().issues.size(), 4u) << built.error().message;
}

TEST_F(RequestTest, AMissingCredentialIsNamed) {
  const OwnedAccount account{R"({"instance_id":"I"})", "{}"};
  const auto built = build("z-api/get_status", "{}", account);
  ASSERT_FALSE(built);
  EXPECT_EQ(built.error().errc, Errc::param_missing);
  EXPECT_EQ(built.error().issues.front().path, "credentials.token");
}

TEST_F(RequestTest, PathArgumentsCannotLeadElsewhere) {
  for (const char* id : {"", ".", ".."})
    EXPECT_FALSE(build("asaas/get_payment", std::string{R"({"id":")"} + id + "\"}", text_)) << id;
  const auto built = build("asaas/get_payment", R"({"id":"../x?y#z"})", text_);
  EXPECT_EQ(built->url, "https://api.asaas.com/v3/payments/..%2Fx%3Fy%23z");
}

TEST_F(RequestTest, SecretsCannotAddHeadersOrHosts) {
  EXPECT_FALSE(build("asaas/get_balance", "{}", OwnedAccount{R"("a\r\nX: y")", "{}"}));
  const OwnedAccount account{R"({"instance_id":"a?b","token":"t"})", "{}"};
  EXPECT_FALSE(build("z-api/get_status", "{}", account));
}

TEST_F(RequestTest, BaseUrlReplacesTheOrigin) {
  text_.base_url = "http://127.0.0.1:9000/fake/";
  EXPECT_EQ(build("asaas/get_payment", R"({"id":"p"})", text_)->url,
            "http://127.0.0.1:9000/fake/v3/payments/p");
  const auto absolute = build("nfe-io/get_nfe", R"({"id":"n","company_id":"c"})", text_);
  EXPECT_EQ(absolute->url, "http://127.0.0.1:9000/fake/v2/companies/c/productinvoices/n");
  OwnedAccount correios{R"({"user":"u","token":"t"})", "{}"};
  correios.base_url = "http://127.0.0.1:9000";
  EXPECT_EQ(build_token_request(*registry_->server("correios"), correios.account())->url,
            "http://127.0.0.1:9000/token/v1/autentica/cartaopostagem");
}

TEST_F(RequestTest, TestAccountsHaveTheirHost) {
  text_.livemode = false;
  EXPECT_EQ(build("asaas/get_balance", "{}", text_)->url,
            "https://api-sandbox.asaas.com/v3/finance/balance");
}

TEST_F(RequestTest, TheConnectionsMetadataFillsIn) {
  const OwnedAccount account{R"("key")", R"({"company_id":"c9","split":[{"walletId":"w"}]})"};
  EXPECT_EQ(build("nfe-io/get_company", "{}", account)->url, "https://api.nfe.io/v1/companies/c9");
  EXPECT_NE(build("asaas/create_payment", kPayment, account)->body.find(R"("split":[{"walletId")"),
            std::string::npos);
  const auto without = build("nfe-io/get_company", "{}", text_);
  ASSERT_FALSE(without);
  EXPECT_EQ(without.error().errc, Errc::param_missing);
}

TEST_F(RequestTest, TokensAreRead) {
  const Server& fiscal = *registry_->server("nuvem-fiscal");
  const Timestamp now = from_ms(1'800'000'000'000);
  const auto read = [&](const Server& server, const HttpOutcome& outcome) {
    return read_token(server.name, token_answer_of(server), outcome, now);
  };
  const auto token =
      read(fiscal, {.status = 200, .body = R"({"access_token":"t","expires_in":3600})"});
  ASSERT_TRUE(token);
  EXPECT_EQ(token->text, "t");
  EXPECT_EQ(token->expires_at - now, std::chrono::minutes{59});
  const auto post =
      read(*registry_->server("correios"),
           {.status = 201, .body = R"({"token":"t","expiraEm":"2026-05-01T12:00:00"})"});
  ASSERT_TRUE(post);
  EXPECT_EQ(format_rfc3339(post->expires_at), "2026-05-01T14:59:00.000Z") << "Brasília time";
  for (const HttpOutcome& bad : {HttpOutcome{.error = "timeout"}, HttpOutcome{.status = 401},
                                 HttpOutcome{.status = 200, .body = "<html>"},
                                 HttpOutcome{.status = 200, .body = R"({"access_token":1})"}}) {
    EXPECT_FALSE(read(fiscal, bad)) << bad.status;
  }
}

TEST(Token, TheClientCredentialsGoInTheHeaderOrTheForm) {
  ClientCredentials client{.url = "https://api.example.com/token",
                           .scope = "a b",
                           .id = "app:1",
                           .secret = Secret{"s&t"}};
  auto request = build_token_request(client);
  EXPECT_EQ(*find_header(request.headers, "Authorization"), "Basic YXBwJTNBMTpzJTI2dA==");
  EXPECT_EQ(request.body, "grant_type=client_credentials&scope=a%20b");
  client.basic = false;
  client.scope.clear();
  request = build_token_request(client);
  EXPECT_EQ(find_header(request.headers, "Authorization"), nullptr);
  EXPECT_EQ(request.body, "grant_type=client_credentials&client_id=app%3A1&client_secret=s%26t");
}

TEST(Encode, FormsNestAndLeaveOutWhatIsEmpty) {
  const auto value = json::Document::parse(
      R"({"a":{"b":"x y"},"l":[1,true],"o":[{"p":"q"},{"p":null}],"e":{},"n":null})");
  EXPECT_EQ(encode_form(value->root()), "a%5Bb%5D=x+y&l%5B%5D=1&l%5B%5D=true&o%5B0%5D%5Bp%5D=q");
  EXPECT_EQ(encode_form(json::Document::parse(R"({"c":["a","b"]})")->root(), false), "c=a&c=b");
}

TEST(Encode, MembersAreAddedWhereAbsent) {
  const auto value = json::Document::parse(R"({"a":{"b":1},"t":"x"})");
  EXPECT_EQ(with_member(value->root(), "c", "2"), R"({"a":{"b":1},"t":"x","c":2})");
  EXPECT_EQ(with_member(value->root(), "a.c", "2"), R"({"a":{"b":1,"c":2},"t":"x"})");
  EXPECT_EQ(with_member(value->root(), "a.b", "2"), R"({"a":{"b":1},"t":"x"})");
  EXPECT_EQ(with_member(value->root(), "t.u", "2"), R"({"a":{"b":1},"t":"x"})");
  EXPECT_EQ(with_member(value->root(), "m.n", "2"), R"({"a":{"b":1},"t":"x","m":{"n":2}})");
}

TEST(Encode, FilesMustBeWhole) {
  const auto bad = json::Document::parse(R"({"f":[{"filename":"a"}]})");
  EXPECT_FALSE(encode_multipart(bad->root()));
  const auto good = json::Document::parse(
      R"({"t":"v","f":{"filename":"a\"\r\nb","content_base64":"aGk=","mime_type":"text/plain"}})");
  const auto encoded = encode_multipart(good->root());
  ASSERT_TRUE(encoded);
  EXPECT_NE(encoded->body.find("filename=\"a%22b\"\r\nContent-Type: text/plain\r\n\r\nhi\r\n"),
            std::string::npos);
}

}  // namespace
}  // namespace malote::tools
