#include "emulator/emulator.h"

#include "base/bytes.h"
#include "crypto/hmac.h"
#include "fixtures.h"

namespace malote::testing {
namespace {

using emulator::Emulator;
using emulator::Reply;

providers::Registry read_packs() {
  static std::vector<std::string> texts;
  static std::vector<EmbeddedFile> files;
  static std::vector<std::string> names = files_in("data/providers");
  if (files.empty()) {
    texts.reserve(names.size());
    for (const auto& name : names) {
      texts.push_back(read_file(name));
      files.push_back({name, texts.back()});
    }
  }
  return std::move(*providers::Registry::load(files));
}

struct EmulatorTest : ::testing::Test {
  FixedClock clock{};
  SeededEntropy entropy{};
  ScriptedHttp http{};
  providers::Registry packs = read_packs();
  Emulator emulator{{.clock = clock, .entropy = entropy, .http = http, .packs = packs}, {}};
  Headers credentials{{"access_token", "k"}, {"Authorization", "Bearer k"}};

  Reply send(const std::string& method, const std::string& target, const std::string& body = "",
             Headers more = {}) {
    const auto mark = target.find('?');
    Request request{.method = method, .path = target.substr(0, mark), .headers = credentials};
    if (mark != std::string::npos) request.query = target.substr(mark + 1);
    request.headers.insert(request.headers.begin(), more.begin(), more.end());
    request.body = body;
    return emulator.handle(request);
  }
  json::Document answer(const std::string& method, const std::string& target,
                        const std::string& body = "", Headers more = {}) {
    const Reply reply = send(method, target, body, std::move(more));
    auto document = json::Document::parse(reply.response.body);
    EXPECT_TRUE(document) << target << ": " << reply.response.body;
    return document ? std::move(*document) : std::move(*json::Document::parse("{}"));
  }
  std::string text(const json::Document& document, std::string_view pointer) {
    return std::string{document.root().pointer(pointer).as_text().value_or("")};
  }
  std::string made(const std::string& target, const std::string& body, Headers more = {}) {
    return text(answer("POST", target, body, std::move(more)), "/id");
  }
  void use_token(const std::string& token) { credentials = {{"Authorization", "Bearer " + token}}; }
  void use_nuvem_token() {
    use_token(text(answer("POST", "/nuvem-fiscal/oauth/token", kClient, kForm), "/access_token"));
  }
  void use_correios_token() {
    const Headers basic{{"Authorization", "Basic " + base64_encode("user:secret")}};
    use_token(text(answer("POST", "/correios/token/v1/autentica/cartaopostagem",
                          R"({"numero":"user"})", basic),
                   "/token"));
  }
  /// What one effect of the only provider says, e.g. "seen 2 performed 1".
  std::string only_effect() {
    const auto effects = answer("GET", "/_emulator/effects");
    EXPECT_EQ(effects.root()["effects"].size(), 1u);
    return "seen " + text(effects, "/effects/0/seen") + " performed " +
           text(effects, "/effects/0/performed");
  }
  void set_faults(const std::string& faults) {
    EXPECT_EQ(send("POST", "/_emulator/faults", faults).response.status, 200);
  }

  static constexpr const char* kPayment =
      R"({"customer":"cus_1","billingType":"PIX","value":150.35,"dueDate":"2026-05-01"})";
  static constexpr const char* kNfe =
      R"({"ambiente":2,"natureza_operacao":"venda","emitente":{},"destinatario":{},"itens":[],)"
      R"("pagamento":{"valor":10.5}})";
  static constexpr const char* kClient =
      "grant_type=client_credentials&client_id=a&client_secret=b&scope=nfe";
  inline static const Headers kForm{{"Content-Type", "application/x-www-form-urlencoded"}};
};

// --- the tools ----------------------------------------------------------------------------------

struct EveryTool : EmulatorTest {
  json::Document tools = std::move(*json::Document::parse(read_file("tests/emulator/tools.json")));

  std::string word(json::View row, std::string_view name) {
    return std::string{row[name].as_string().value_or("")};
  }
  json::View find(std::string_view provider, std::string_view tool) {
    for (const auto row : tools.root()) {
      if (row["provider"].as_string() == provider && row["tool"].as_string() == tool) return row;
    }
    return {};
  }
  static std::string with_id(std::string text, const std::string& id) {
    for (auto at = text.find("{id}"); at != std::string::npos; at = text.find("{id}"))
      text.replace(at, 4, id);
    return text;
  }
  Reply call(json::View row, const std::string& id, const std::string& other_body = "") {
    const std::string query = word(row, "query");
    Headers headers;
    if (row["type"]) headers.emplace_back("Content-Type", word(row, "type"));
    return send(word(row, "method"),
                with_id("/" + word(row, "provider") + word(row, "path"), id) +
                    (query.empty() ? "" : "?" + with_id(query, id)),
                other_body.empty() ? with_id(word(row, "body"), id) : other_body, headers);
  }
};

TEST_F(EveryTool, IsAnsweredAsIfItHadWorked) {
  std::string provider;
  int count = 0;
  for (const auto row : tools.root()) {
    if (word(row, "provider") != provider) {
      provider = word(row, "provider");
      credentials = {{"access_token", "k"}, {"Authorization", "Bearer k"}};
      if (provider == "nuvem-fiscal") use_nuvem_token();
      if (provider == "correios") use_correios_token();
    }
    std::string id = "1";
    if (row["made_by"]) {
      const auto maker = find(provider, word(row, "made_by"));
      const Reply made_reply = call(maker, "", word(row, "made_with"));
      const auto document = json::Document::parse(made_reply.response.body);
      const std::string at = row["made_id"] ? word(row, "made_id") : "/id";
      ASSERT_TRUE(document);
      id = text(*document, at);
      EXPECT_FALSE(id.empty()) << word(row, "tool") << made_reply.response.body;
    }
    for (const auto step : row["before"])
      send("POST", word(step, "path"), with_id(word(step, "body"), id));
    const Reply reply = call(row, id);
    EXPECT_GE(reply.response.status, 200) << provider << " " << word(row, "tool");
    EXPECT_LT(reply.response.status, 300)
        << provider << " " << word(row, "tool") << ": " << reply.response.body;
    ++count;
  }
  EXPECT_EQ(count, 196);
}

TEST_F(EmulatorTest, EveryAnswerIsValidJson) {
  for (const char* target : {"/asaas/v3/payments", "/stripe/v1/balance", "/mercado-pago/v1/nothing",
                             "/nobody/x", "/_emulator/state", "/_emulator/nothing"}) {
    EXPECT_TRUE(json::Document::parse(send("GET", target).response.body)) << target;
  }
}

// --- credentials --------------------------------------------------------------------------------

TEST_F(EmulatorTest, RefusesMissingAndWrongCredentialsAsTheProviderDoes) {
  for (const char* key : {"", "wrong-key"}) {
    credentials = {{"access_token", key}, {"Authorization", std::string{"Bearer "} + key}};
    EXPECT_EQ(send("POST", "/asaas/v3/payments", kPayment).response.status, 401);
    EXPECT_EQ(send("GET", "/stripe/v1/balance").response.status, 401);
    EXPECT_EQ(send("GET", "/melhor-envio/api/v2/me/balance").response.status, 401);
    EXPECT_EQ(send("POST", "/nuvem-fiscal/nfe", kNfe).response.status, 401);
  }
  EXPECT_EQ(send("POST", "/z-api/instances/I/token/wrong/send-text", "{}").response.status, 401);
  credentials.clear();
  EXPECT_EQ(text(answer("GET", "/asaas/v3/payments"), "/errors/0/code"), "invalid_access_token");
}

TEST_F(EmulatorTest, TakesOnlyTheCredentialsItWasTold) {
  send("POST", "/_emulator/credentials", R"({"provider":"asaas","accept":["right"]})");
  EXPECT_EQ(send("GET", "/asaas/v3/payments").response.status, 401);
  credentials = {{"access_token", "right"}};
  EXPECT_EQ(send("GET", "/asaas/v3/payments").response.status, 200);
}

TEST_F(EmulatorTest, IssuedTokensExpire) {
  send("POST", "/_emulator/credentials", R"({"provider":"nuvem-fiscal","token_seconds":60})");
  use_nuvem_token();
  clock.advance(59s);
  EXPECT_EQ(send("POST", "/nuvem-fiscal/nfe", kNfe).response.status, 200);
  clock.advance(1s);
  EXPECT_EQ(send("POST", "/nuvem-fiscal/nfe", kNfe).response.status, 401);
  use_nuvem_token();
  EXPECT_EQ(send("POST", "/nuvem-fiscal/nfe", kNfe).response.status, 200);
}

TEST_F(EmulatorTest, AWrongClientGetsNoToken) {
  const std::string wrong = "grant_type=client_credentials&client_id=a&client_secret=wrong";
  EXPECT_EQ(send("POST", "/nuvem-fiscal/oauth/token", wrong, kForm).response.status, 401);
  const std::string path = "/correios/token/v1/autentica/cartaopostagem";
  EXPECT_EQ(send("POST", path, R"({"numero":"1"})").response.status, 401);
  const Headers basic{{"Authorization", "Basic " + base64_encode("user:secret")}};
  EXPECT_EQ(send("POST", path, R"({"numero":"1"})", basic).response.status, 201);
}

// --- state --------------------------------------------------------------------------------------

TEST_F(EmulatorTest, AnAsaasPaymentIsMadePaidAndRefundedOnce) {
  const std::string id = made("/asaas/v3/payments", kPayment);
  EXPECT_EQ(id.substr(0, 4), "pay_");
  const std::string path = "/asaas/v3/payments/" + id;
  EXPECT_EQ(text(answer("GET", path), "/status"), "PENDING");
  EXPECT_EQ(text(answer("GET", path), "/value"), "150.35");
  EXPECT_EQ(send("POST", path + "/refund", "{}").response.status, 400);
  send("POST", "/_emulator/pay", R"({"provider":"asaas","id":")" + id + "\"}");
  EXPECT_EQ(text(answer("GET", path), "/status"), "RECEIVED");
  EXPECT_EQ(send("POST", path + "/refund", "{}").response.status, 200);
  EXPECT_EQ(text(answer("GET", path), "/refunds/0/value"), "150.35");
  EXPECT_EQ(send("POST", path + "/refund", "{}").response.status, 400);
}

TEST_F(EmulatorTest, ListsWhatTheQueryAsksFor) {
  for (const char* customer : {"cus_1", "cus_2", "cus_1"}) {
    made("/asaas/v3/payments", R"({"customer":")" + std::string{customer} +
                                   R"(","billingType":"PIX","value":1,"dueDate":"2026-05-01"})");
  }
  const auto all = answer("GET", "/asaas/v3/payments?customer=cus_1&limit=1&offset=1");
  EXPECT_EQ(text(all, "/totalCount"), "2");
  EXPECT_EQ(all.root()["data"].size(), 1u);
  EXPECT_EQ(text(all, "/data/0/customer"), "cus_1");
}

TEST_F(EmulatorTest, AnNfeHasAllThatAFlowReadsOfIt) {
  use_nuvem_token();
  const auto nfe = answer("POST", "/nuvem-fiscal/nfe", kNfe, {{"Host", "h:1"}});
  EXPECT_EQ(text(nfe, "/status"), "autorizada");
  EXPECT_EQ(text(nfe, "/valorTotal"), "10.5");
  EXPECT_EQ(text(nfe, "/chave").size(), 44u);
  EXPECT_EQ(text(nfe, "/pdf_url"),
            "http://h:1/nuvem-fiscal/documents/" + text(nfe, "/id") + ".pdf");
  const Reply pdf = send("GET", "/nuvem-fiscal/documents/" + text(nfe, "/id") + ".pdf");
  EXPECT_EQ(pdf.response.content_type, "application/pdf");
  EXPECT_TRUE(pdf.response.body.starts_with("%PDF-1.4\n"));
  const std::string cancel = "/nuvem-fiscal/nfe/" + text(nfe, "/id") + "/cancelamento";
  EXPECT_EQ(send("POST", cancel, R"({"justificativa":"short"})").response.status, 400);
  const std::string good = R"({"justificativa":"o cliente desistiu"})";
  EXPECT_EQ(send("POST", cancel, good).response.status, 200);
  EXPECT_EQ(send("POST", cancel, good).response.status, 422);
}

TEST_F(EmulatorTest, ALabelTakesItsStepsInOrder) {
  const std::string me = "/melhor-envio/api/v2/me";
  const std::string id = made(me + "/cart", R"({"service":1,"from":{},"to":{},"products":[]})");
  const std::string orders = R"({"orders":[")" + id + R"("]})";
  EXPECT_EQ(send("POST", me + "/shipment/generate", orders).response.status, 422);
  EXPECT_EQ(send("POST", me + "/shipment/checkout", orders).response.status, 200);
  EXPECT_EQ(send("POST", me + "/shipment/generate", orders).response.status, 200);
  EXPECT_NE(text(answer("POST", me + "/shipment/print", orders), "/url"), "");
  const auto tracked = answer("POST", me + "/shipment/tracking", orders);
  EXPECT_EQ(text(tracked, "/" + id + "/status"), "generated");
  EXPECT_EQ(text(tracked, "/" + id + "/tracking").size(), 13u);
  EXPECT_EQ(send("POST", me + "/shipment/checkout", R"({"orders":["no"]})").response.status, 404);
}

TEST_F(EmulatorTest, AMercadoPagoPaymentIsRefundedInParts) {
  const std::string id =
      made("/mercado-pago/v1/payments", R"({"transaction_amount":100.5,"payment_method_id":"visa",)"
                                        R"("payer":{"email":"a@b.co"}})");
  const std::string path = "/mercado-pago/v1/payments/" + id;
  EXPECT_EQ(text(answer("GET", path), "/status"), "approved");
  send("POST", path + "/refunds", R"({"amount":10.25})");
  send("POST", path + "/refunds", R"({"amount":10})");
  EXPECT_EQ(text(answer("GET", path), "/status_detail"), "partially_refunded");
  EXPECT_EQ(text(answer("GET", path), "/transaction_amount_refunded"), "20.25");
  EXPECT_EQ(send("POST", path + "/refunds", "").response.status, 201);
  EXPECT_EQ(text(answer("GET", path), "/status"), "refunded");
  EXPECT_EQ(send("POST", "/mercado-pago/v1/payments/5/refunds", "").response.status, 404);
}

TEST_F(EmulatorTest, StripeTakesFormsAndAnswersNumbers) {
  const auto intent = answer("POST", "/stripe/v1/payment_intents",
                             "amount=4200&currency=usd&metadata[order_id]=7", kForm);
  EXPECT_TRUE(intent.root()["amount"].is_number());
  EXPECT_EQ(text(intent, "/metadata/order_id"), "7");
  EXPECT_EQ(text(intent, "/status"), "requires_payment_method");
  const std::string path = "/stripe/v1/payment_intents/" + text(intent, "/id");
  EXPECT_EQ(text(answer("POST", path + "/confirm"), "/status"), "succeeded");
  EXPECT_EQ(send("POST", path + "/confirm").response.status, 400);
}

TEST_F(EmulatorTest, SaysWhatARequestLacks) {
  const auto missing = answer("POST", "/asaas/v3/payments", R"({"customer":"c"})");
  EXPECT_EQ(text(missing, "/errors/0/description"), "billingType is required");
  const auto bad = send("POST", "/asaas/v3/payments", "{not json");
  EXPECT_EQ(bad.response.status, 400);
  const auto zero = answer("POST", "/asaas/v3/payments",
                           R"({"customer":"c","billingType":"PIX","value":0,"dueDate":"d"})");
  EXPECT_EQ(text(zero, "/errors/0/description"), "value must be a number greater than 0");
  EXPECT_EQ(send("GET", "/asaas/v3/payments/pay_0").response.status, 404);
  EXPECT_EQ(send("GET", "/asaas/v3/nothing").response.status, 404);
}

// --- effects ------------------------------------------------------------------------------------

TEST_F(EmulatorTest, ARepeatedKeyIsAnsweredAsTheFirstTimeAndNotPerformedAgain) {
  const Headers key{{"Idempotency-Key", "k1"}};
  const std::string first = send("POST", "/asaas/v3/payments", kPayment, key).response.body;
  const std::string second = send("POST", "/asaas/v3/payments", kPayment, key).response.body;
  EXPECT_EQ(first, second);
  EXPECT_EQ(only_effect(), "seen 2 performed 1");
  EXPECT_EQ(text(answer("GET", "/asaas/v3/payments"), "/totalCount"), "1");
  const Headers other{{"X-Idempotency-Key", "k2"}};
  EXPECT_NE(send("POST", "/asaas/v3/payments", kPayment, other).response.body, first);
}

TEST_F(EmulatorTest, TheBodysReferenceIsAKeyWhereTheProviderHasOne) {
  use_nuvem_token();
  std::string body = kNfe;
  body.insert(1, R"("referencia":"order-1",)");
  EXPECT_EQ(made("/nuvem-fiscal/nfe", body), made("/nuvem-fiscal/nfe", body));
  EXPECT_EQ(only_effect(), "seen 2 performed 1");
}

TEST_F(EmulatorTest, WithoutAKeyEveryRequestIsItsOwnEffect) {
  EXPECT_NE(made("/asaas/v3/payments", kPayment), made("/asaas/v3/payments", kPayment));
  EXPECT_EQ(answer("GET", "/_emulator/effects?provider=asaas").root()["effects"].size(), 2u);
  EXPECT_EQ(answer("GET", "/_emulator/effects?provider=stripe").root()["effects"].size(), 0u);
  EXPECT_EQ(send("DELETE", "/_emulator/effects").response.status, 204);
  EXPECT_EQ(answer("GET", "/_emulator/effects").root()["effects"].size(), 0u);
}

TEST_F(EmulatorTest, AFailedRequestIsSeenButNotPerformedAndItsKeyStaysFree) {
  const Headers key{{"Idempotency-Key", "k1"}};
  EXPECT_EQ(send("POST", "/asaas/v3/payments", "{}", key).response.status, 400);
  EXPECT_EQ(only_effect(), "seen 1 performed 0");
  EXPECT_EQ(send("POST", "/asaas/v3/payments", kPayment, key).response.status, 200);
  EXPECT_EQ(only_effect(), "seen 2 performed 1");
}

TEST_F(EmulatorTest, WhatOnlyReadsIsNoEffect) {
  answer("POST", "/melhor-envio/api/v2/me/shipment/calculate",
         R"({"from":{},"to":{},"products":[]})");
  use_nuvem_token();
  EXPECT_EQ(answer("GET", "/_emulator/effects").root()["effects"].size(), 0u);
}

TEST_F(EmulatorTest, ForgetsTheOldestWhenThereAreTooMany) {
  Emulator small{{.clock = clock, .entropy = entropy, .http = http, .packs = packs}, {.keep = 2}};
  Request request{.method = "POST", .path = "/asaas/v3/payments", .headers = credentials};
  for (const char* key : {"a", "b", "c"}) {
    request.headers = credentials;
    request.headers.emplace_back("Idempotency-Key", key);
    request.body = kPayment;
    small.handle(request);
  }
  const auto body = small.handle({.method = "GET", .path = "/_emulator/effects"}).response.body;
  const auto effects = json::Document::parse(body);
  EXPECT_EQ(effects->root()["effects"].size(), 2u);
  EXPECT_EQ(text(*effects, "/forgotten"), "1");
  const auto state = small.handle({.method = "GET", .path = "/_emulator/state"}).response.body;
  EXPECT_EQ(text(*json::Document::parse(state), "/resources/asaas~1payment"), "2");
  EXPECT_EQ(text(*json::Document::parse(state), "/effects/asaas/performed"), "3");
}

// --- faults -------------------------------------------------------------------------------------

TEST_F(EmulatorTest, AFaultBeforeTheEffectPreventsItAndOneAfterDoesNot) {
  const Headers key{{"Idempotency-Key", "k1"}};
  set_faults(
      R"({"provider":"asaas","path":"/v3/payments","status":503,"times":1,"retry_after":7})");
  const Reply failed = send("POST", "/asaas/v3/payments", kPayment, key);
  EXPECT_EQ(failed.response.status, 503);
  EXPECT_EQ(*find_header(failed.response.headers, "Retry-After"), "7");
  EXPECT_EQ(only_effect(), "seen 1 performed 0");
  set_faults(R"([{"provider":"asaas","path":"/v3/*","status":"reset","after":true,"times":1}])");
  EXPECT_EQ(send("POST", "/asaas/v3/payments", kPayment, key).response.status, 0);
  EXPECT_EQ(only_effect(), "seen 2 performed 1");
  EXPECT_EQ(send("POST", "/asaas/v3/payments", kPayment, key).response.status, 200);
  EXPECT_EQ(only_effect(), "seen 3 performed 1");
}

TEST_F(EmulatorTest, AProviderThatForgetsKeysPerformsTwice) {
  set_faults(R"({"provider":"asaas","forgets_keys":true})");
  const Headers key{{"Idempotency-Key", "k1"}};
  EXPECT_NE(made("/asaas/v3/payments", kPayment, key), made("/asaas/v3/payments", kPayment, key));
  EXPECT_EQ(only_effect(), "seen 2 performed 2");
  const auto state = answer("GET", "/_emulator/state");
  EXPECT_EQ(text(state, "/effects/asaas/performed_more_than_once"), "1");
}

TEST_F(EmulatorTest, EveryKindOfFaultDoesWhatItSays) {
  const auto with = [&](const std::string& fault) {
    set_faults(R"({"provider":"*","times":1,)" + fault + "}");
    return send("GET", "/asaas/v3/payments");
  };
  EXPECT_EQ(with(R"("status":"slow","delay_ms":250)").delay, 250ms);
  EXPECT_EQ(with(R"("status":"slow","delay_ms":250)").response.status, 200);
  EXPECT_EQ(with(R"("status":"hang")").delay, 60s);
  EXPECT_EQ(with(R"("status":"hang","delay_ms":10)").response.status, 0);
  const Reply garbage = with(R"("status":"garbage","size":5000)");
  EXPECT_EQ(garbage.response.status, 200);
  EXPECT_EQ(garbage.response.body.size(), 5000u);
  EXPECT_FALSE(json::Document::parse(garbage.response.body));
  EXPECT_EQ(send("GET", "/asaas/v3/payments").response.status, 200) << "the fault is used up";
}

TEST_F(EmulatorTest, AProbabilityGivesTheSameFaultsForTheSameSeed) {
  const auto statuses = [&](int seed) {
    set_faults(R"({"provider":"asaas","status":500,"probability":0.5,"seed":)" +
               std::to_string(seed) + "}");
    std::string marks;
    for (int i = 0; i < 64; ++i)
      marks += send("GET", "/asaas/v3/payments").response.status == 500 ? 'x' : '.';
    return marks;
  };
  const std::string first = statuses(1);
  EXPECT_EQ(first, statuses(1));
  EXPECT_NE(first, statuses(2));
  EXPECT_GT(std::ranges::count(first, 'x'), 16);
  EXPECT_LT(std::ranges::count(first, 'x'), 48);
}

TEST_F(EmulatorTest, AMalformedFaultIsRefusedWithItsPlace) {
  const std::pair<const char*, const char*> cases[] = {
      {R"([{"provider":"asaas","status":500},{"provider":"asas","status":500}])", "/1/provider"},
      {R"({"provider":"asaas","status":200})", "/status"},
      {R"({"provider":"asaas","status":"explode"})", "/status"},
      {R"({"provider":"asaas"})", "/status"},
      {R"({"status":500})", "/provider"},
      {R"({"provider":"asaas","status":"slow"})", "/delay_ms"},
      {R"({"provider":"asaas","status":500,"times":0})", "/times"},
      {R"({"provider":"asaas","status":500,"probability":2})", "/probability"},
      {R"({"provider":"asaas","status":500,"path":"v3"})", "/path"},
      {R"({"provider":"asaas","status":500,"aftr":true})", "/aftr"},
  };
  for (const auto& [body, path] : cases) {
    EXPECT_EQ(send("POST", "/_emulator/faults", body).response.status, 400) << body;
    EXPECT_EQ(text(answer("POST", "/_emulator/faults", body), "/issues/0/path"), path) << body;
  }
  EXPECT_EQ(send("POST", "/_emulator/faults", "[").response.status, 400);
}

// --- webhooks -----------------------------------------------------------------------------------

struct WebhookTest : EmulatorTest {
  void register_hook(const std::string& provider, const std::string& secret) {
    const auto reply = send(
        "POST", "/_emulator/webhooks",
        R"({"provider":")" + provider + R"(","url":"http://gw/hook","secret":")" + secret + "\"}");
    EXPECT_EQ(reply.response.status, 200) << reply.response.body;
  }
};

TEST_F(WebhookTest, APaymentTellsWhoeverIsRegistered) {
  register_hook("asaas", "token-of-asaas");
  const std::string id = made("/asaas/v3/payments", kPayment);
  ASSERT_EQ(http.sent.size(), 1u);
  send("POST", "/_emulator/pay", R"({"provider":"asaas","id":")" + id + "\"}");
  ASSERT_EQ(http.sent.size(), 2u);
  const auto& request = http.sent.back();
  EXPECT_EQ(request.url, "http://gw/hook");
  EXPECT_EQ(*find_header(request.headers, "asaas-access-token"), "token-of-asaas");
  const auto body = json::Document::parse(request.body);
  EXPECT_EQ(text(*body, "/event"), "PAYMENT_RECEIVED");
  EXPECT_EQ(text(*body, "/payment/id"), id);
  EXPECT_EQ(text(*body, "/payment/status"), "RECEIVED");
}

TEST_F(WebhookTest, AFailedOneIsTriedAgainFiveTimesInAll) {
  http.answer(500);
  register_hook("stripe", "whsec_x");
  made("/stripe/v1/payment_intents", "amount=1&currency=usd", kForm);
  for (int i = 0; i < 40; ++i) {
    http.answer_all();
    clock.advance(1s);
    emulator.tick();
  }
  EXPECT_EQ(http.sent.size(), 5u);
  const auto hooks = answer("GET", "/_emulator/webhooks");
  EXPECT_EQ(text(hooks, "/sent/0/state"), "failed");
  EXPECT_EQ(text(hooks, "/sent/0/attempts"), "5");
  EXPECT_EQ(send("GET", "/_emulator/webhooks").response.body.find("whsec_x"), std::string::npos);
}

TEST_F(WebhookTest, MercadoPagoSignsItsManifest) {
  register_hook("mercado-pago", "mp-secret");
  const std::string id =
      made("/mercado-pago/v1/payments", R"({"transaction_amount":1,"payment_method_id":"visa",)"
                                        R"("payer":{"email":"a@b.co"}})");
  const auto& request = http.sent.back();
  EXPECT_EQ(request.url, "http://gw/hook?data.id=" + id + "&type=payment");
  const std::string t = std::to_string(to_unix_s(clock.now()));
  const std::string manifest = "id:" + id +
                               ";request-id:" + *find_header(request.headers, "x-request-id") +
                               ";ts:" + t + ";";
  EXPECT_EQ(
      *find_header(request.headers, "x-signature"),
      "ts=" + t + ",v1=" + hex_encode(crypto::hmac(crypto::Hash::sha256, "mp-secret", manifest)));
}

TEST_F(WebhookTest, WhatAProvidersOwnApiRegistersCountsToo) {
  const std::string id =
      made("/nfe-io/v1/companies/C/hooks",
           R"({"url":"http://gw/nfe","events":["service_invoice.issued_successfully"],)"
           R"("secret":"0123456789abcdef0123456789abcdef"})");
  const std::string invoice = R"({"cityServiceCode":"1","description":"d","servicesAmount":1,)"
                              R"("borrower":{}})";
  made("/nfe-io/v1/companies/C/serviceinvoices", invoice);
  ASSERT_EQ(http.sent.size(), 1u);
  EXPECT_TRUE(find_header(http.sent[0].headers, "X-Hub-Signature"));
  send("DELETE", "/nfe-io/v1/companies/C/hooks/" + id);
  made("/nfe-io/v1/companies/C/serviceinvoices", invoice);
  EXPECT_EQ(http.sent.size(), 1u);
}

TEST_F(WebhookTest, ABadRegistrationOrMoveSaysWhatIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"provider":"nobody","url":"http://x"})", "/provider"},
      {R"({"provider":"asaas","url":"x"})", "/url"},
  };
  for (const auto& [body, path] : cases)
    EXPECT_EQ(text(answer("POST", "/_emulator/webhooks", body), "/issues/0/path"), path);
  const auto unknown =
      answer("POST", "/_emulator/move", R"({"provider":"asaas","id":"pay_1","to":"fly"})");
  EXPECT_NE(text(unknown, "/issues/0/message").find("fail, overdue, pay, settle"),
            std::string::npos);
  EXPECT_EQ(send("POST", "/_emulator/pay", R"({"provider":"asaas","id":"pay_1"})").response.status,
            404);
}

}  // namespace
}  // namespace malote::testing
