// The meta-tools of the repository, with a provider that answers canned results by tool name.
#include "tools/meta_tool.h"

#include <gtest/gtest.h>

#include <map>

#include "core/template.h"
#include "tools/accounts.h"

namespace malote::tools {
namespace {

using testing::OwnedAccount;

/// What running a route showed.
struct RouteRun {
  std::vector<std::string> calls{};                // "server/tool", in order
  std::map<std::string, json::Document> params{};  // by tool
  std::map<std::string, HttpRequest> requests{};   // by tool
  std::string data{};
  std::string error{};

  std::string param(const std::string& tool, std::string_view pointer) const {
    const auto at = params.find(tool);
    return at == params.end() ? "" : std::string{at->second.root().pointer(pointer).raw()};
  }
  std::string value(std::string_view pointer) const {
    const auto document = json::Document::parse(data);
    return document ? std::string{document->root().pointer(pointer).raw()} : error;
  }
};

class MetaTools : public ::testing::Test {
 protected:
  void SetUp() override {
    auto loaded = testing::load_registry();
    ASSERT_TRUE(loaded) << loaded.error().message;
    registry_ = std::make_unique<Registry>(std::move(*loaded));
  }

  void answer(const std::string& tool, const std::string& json) { answers_[tool] = json; }
  void connect(const std::string& server, const std::string& credentials,
               const std::string& metadata = "{}") {
    accounts_.emplace(server, std::make_unique<OwnedAccount>(credentials, metadata));
    accounts_[server]->token = "T";
  }

  /// The first route that fits and whose server is connected; every step is answered.
  RouteRun run(const std::string& name, const std::string& input_text) {
    RouteRun run;
    const MetaTool* meta = registry_->meta(name);
    if (!meta) return {.error = "no such meta-tool"};
    const auto input = json::Document::parse(input_text);
    const auto arguments = make_arguments(*meta, input->root());
    if (!arguments) return {.error = arguments.error().message};
    core::Scope scope;
    scope.set("input", input->root());
    const auto args = json::Document::parse(*arguments);
    scope.set("args", args->root());
    const auto constants = json::Document::parse(R"(["key-1","2026-05-01",true])");
    scope.set("idempotency_key", constants->root().at(0));
    scope.set("today", constants->root().at(1));
    scope.set("livemode", constants->root().at(2));
    for (const Route& route : meta->routes) {
      const auto account = accounts_.find(route.server);
      if (account == accounts_.end()) continue;
      scope.set("metadata", account->second->metadata.root());
      if (route.when && !*core::holds(route.when, scope)) continue;
      run_route(route, *account->second, scope, run);
      return run;
    }
    run.error = "no connected server";
    return run;
  }

 private:
  void run_route(const Route& route, const OwnedAccount& account, core::Scope& scope,
                 RouteRun& run) {
    std::vector<json::Document> results;
    results.reserve(route.steps.size());
    for (const Step& step : route.steps) {
      if (step.when && !*core::holds(step.when, scope)) continue;
      const auto params = core::render(step.params, scope);
      if (!params) return void(run.error = params.error().message);
      run.calls.push_back(step.tool);
      const auto& document =
          run.params.insert_or_assign(step.tool, *json::Document::parse(*params)).first->second;
      const auto request =
          build_request(*registry_->server(route.server), *registry_->find(step.tool),
                        document.root(), account.account(), "key-1");
      if (!request) return void(run.error = request.error().message);
      run.requests[step.tool] = *request;
      const auto found = answers_.find(step.tool);
      if (found == answers_.end()) {
        if (step.optional) continue;
        return void(run.error = "no answer for " + step.tool);
      }
      results.push_back(*json::Document::parse("{\"data\":" + found->second + "}"));
      scope.set("steps." + step.name, results.back().root());
    }
    auto data = core::render(route.result, scope);
    if (!data) return void(run.error = data.error().message);
    run.data = *data;
  }

  std::unique_ptr<Registry> registry_{};
  std::map<std::string, std::string> answers_{};
  std::map<std::string, std::unique_ptr<OwnedAccount>> accounts_{};
};

constexpr auto kCharge =
    R"({"amount":150.35,"currency":"brl","method":"pix","description":"Order 1",
  "buyer":{"name":"Ana","email":"a@b.co","document":"529.982.247-25"}})";

TEST_F(MetaTools, ChargeByPixMakesCustomerPaymentAndQrCode) {
  connect("asaas", R"("key")");
  answer("asaas/create_customer", R"({"id":"cus_1"})");
  answer("asaas/create_payment", R"({"id":"pay_1","status":"PENDING","invoiceUrl":"https://i/1"})");
  answer("asaas/get_pix_qrcode", R"({"encodedImage":"iVBO","payload":"000201"})");
  const auto done = run("codespar_charge", kCharge);
  ASSERT_EQ(done.error, "");
  EXPECT_EQ(done.calls, (std::vector<std::string>{"asaas/create_customer", "asaas/create_payment",
                                                  "asaas/get_pix_qrcode"}));
  EXPECT_EQ(done.requests.at("asaas/create_payment").body,
            R"({"customer":"cus_1","billingType":"PIX","value":150.35,"dueDate":"2026-05-01",)"
            R"("description":"Order 1","externalReference":"key-1"})");
  EXPECT_EQ(done.param("asaas/create_customer", "/cpfCnpj"), R"("52998224725")");
  EXPECT_EQ(done.data.substr(0, done.data.find(",\"raw\"")),
            R"({"id":"pay_1","status":"pending","amount":150.35,"currency":"BRL","method":"pix",)"
            R"("charge_url":"https://i/1","pix_qr_code":"iVBO","pix_copy_paste":"000201")");
}

TEST_F(MetaTools, AChargeStandsWithoutItsQrCode) {
  connect("asaas", R"("key")");
  answer("asaas/create_customer", R"({"id":"cus_1"})");
  answer("asaas/create_payment", R"({"id":"pay_1","status":"PENDING"})");
  const auto done = run("codespar_charge", kCharge);
  EXPECT_EQ(done.error, "");
  EXPECT_EQ(done.value("/id"), R"("pay_1")");
  EXPECT_EQ(done.value("/pix_qr_code"), "");
}

TEST_F(MetaTools, ChargeFallsToMercadoPago) {
  connect("mercado-pago", R"("key")");
  answer("mercado-pago/create_pix_payment",
         R"({"id":77,"status":"pending","point_of_interaction":{"transaction_data":
             {"qr_code":"000201","qr_code_base64":"iVBO","ticket_url":"https://t/1"}}})");
  const auto done = run("codespar_charge", kCharge);
  ASSERT_EQ(done.error, "");
  EXPECT_EQ(done.value("/id"), R"("77")");
  EXPECT_EQ(done.value("/pix_copy_paste"), R"("000201")");
  const auto& request = done.requests.at("mercado-pago/create_pix_payment");
  EXPECT_EQ(*find_header(request.headers, "X-Idempotency-Key"), "key-1");
  EXPECT_NE(request.body.find(R"("external_reference":"key-1")"), std::string::npos);
}

TEST_F(MetaTools, ChargeByCardGoesToStripeInCents) {
  connect("stripe", R"("key")");
  answer("stripe/create_payment_intent", R"({"id":"pi_1","status":"requires_payment_method"})");
  const auto input = [](const char* currency) {
    return std::string{
               R"({"amount":20.5,"method":"card","description":"x","buyer":{"name":"Ana"},)"} +
           R"("currency":")" + currency + "\"}";
  };
  EXPECT_EQ(run("codespar_charge", input("USD")).param("stripe/create_payment_intent", "/amount"),
            "2050");
  EXPECT_EQ(run("codespar_charge", input("JPY")).param("stripe/create_payment_intent", "/amount"),
            "20.5");
  const auto done = run("codespar_charge", input("USD"));
  EXPECT_NE(done.requests.at("stripe/create_payment_intent")
                .body.find("metadata%5Bexternal_reference%5D=key-1"),
            std::string::npos);
}

TEST_F(MetaTools, PayReadsMinorUnitsAndTellsKeysApart) {
  connect("asaas", R"("key")");
  answer("asaas/create_transfer", R"({"id":"tra_1","status":"PENDING"})");
  answer("asaas/pay_pix_qrcode", R"({"id":"qr_1","status":"DONE"})");
  const auto key = run("codespar_pay", R"({"amount":15035,"recipient":"ana@loja.br"})");
  ASSERT_EQ(key.error, "");
  EXPECT_EQ(key.requests.at("asaas/create_transfer").body,
            R"({"value":150.35,"pixAddressKey":"ana@loja.br","pixAddressKeyType":"EMAIL",)"
            R"("externalReference":"key-1"})");
  EXPECT_EQ(key.value("/settled"), "false");
  const auto code =
      run("codespar_pay", R"({"amount":100,"recipient":"x","copia_e_cola":"000201"})");
  ASSERT_EQ(code.error, "");
  EXPECT_EQ(code.value("/settled"), "true");
  EXPECT_EQ(code.data.find("000201"), std::string::npos) << "must not be echoed";
}

TEST_F(MetaTools, PaySaysWhatIsMissing) {
  connect("asaas", R"("key")");
  EXPECT_NE(run("codespar_pay", "{}").error.find("/amount is missing"), std::string::npos);
  EXPECT_NE(run("codespar_pay", R"({"amount":1,"method":"boleto"})").error.find("/linha_digitavel"),
            std::string::npos);
  EXPECT_NE(run("codespar_pay", R"({"action":"status"})").error.find("/payment_id"),
            std::string::npos);
}

// The three calls of the webhook cookbook, with its own parameters.

TEST_F(MetaTools, TheCookbooksInvoiceIsIssued) {
  connect("nuvem-fiscal", R"({"client_id":"a","client_secret":"b"})",
          R"({"cnpj":"11222333000181"})");
  answer("nuvem-fiscal/create_nfe",
         R"({"id":"nfe_1","status":"autorizada","chave":"3526","numero":7,
                                        "pdf_url":"https://p/1.pdf"})");
  const auto done = run("codespar_invoice",
                        R"({"type":"nfe","customer_cpf":"529.982.247-25","total":150.35,
                            "items":[{"name":"Mug","quantity":2,"price":75.175}]})");
  ASSERT_EQ(done.error, "");
  EXPECT_EQ(done.param("nuvem-fiscal/create_nfe", "/destinatario/cpf_cnpj"), R"("52998224725")");
  EXPECT_EQ(done.param("nuvem-fiscal/create_nfe", "/itens/0/valor_unitario"), "75.175");
  EXPECT_EQ(done.param("nuvem-fiscal/create_nfe", "/ambiente"), "1");
  EXPECT_EQ(done.value("/id"), R"("nfe_1")");
  EXPECT_EQ(done.value("/status"), R"("autorizada")");
  EXPECT_EQ(done.value("/pdf_url"), R"("https://p/1.pdf")");
  EXPECT_EQ(done.value("/access_key"), R"("3526")");
}

TEST_F(MetaTools, AnInvoiceAlwaysNamesItsPdf) {
  connect("nuvem-fiscal", R"({"client_id":"a","client_secret":"b"})");
  answer("nuvem-fiscal/create_nfe", R"({"id":"nfe_1","status":"pendente"})");
  const auto done = run("codespar_invoice", R"({"type":"nfe","total":10})");
  ASSERT_EQ(done.error, "");
  EXPECT_EQ(done.value("/pdf_url"), R"("https://api.nuvemfiscal.com.br/nfe/nfe_1/pdf")");
}

TEST_F(MetaTools, ServicesAreInvoicedByNfeIo) {
  connect("nfe-io", R"("key")", R"({"company_id":"c1","city_service_code":"2690"})");
  answer("nfe-io/create_nfse", R"({"id":"s1","flowStatus":"WaitingSend","pdfUrl":"https://p/s1"})");
  answer("nfe-io/cancel_nfse", "{}");
  const auto done = run("codespar_invoice", R"({"total":99.9,"recipient":{"name":"Ana"}})");
  ASSERT_EQ(done.error, "");
  EXPECT_EQ(done.requests.at("nfe-io/create_nfse").url,
            "https://api.nfe.io/v1/companies/c1/serviceinvoices");
  EXPECT_EQ(done.value("/pdf_url"), R"("https://p/s1")");
  const auto again = run("codespar_invoice",
                         R"({"action":"amend","invoice_id":"s0","total":90,"reason":"wrong sum"})");
  EXPECT_EQ(again.calls, (std::vector<std::string>{"nfe-io/cancel_nfse", "nfe-io/create_nfse"}));
  EXPECT_EQ(again.value("/mechanism"), R"("reissue")");
}

TEST_F(MetaTools, AnNfeIsCorrectedByALetter) {
  connect("nuvem-fiscal", R"({"client_id":"a","client_secret":"b"})");
  answer("nuvem-fiscal/send_correction_letter_nfe", R"({"status":"registrado","protocolo":"135"})");
  answer("nuvem-fiscal/get_nfe", R"({"id":"nfe_1","status":"autorizada"})");
  const auto letter =
      run("codespar_invoice", R"({"action":"amend","type":"nfe","invoice_id":"nfe_1",
                                                  "correction":"Endereço: Rua Nova, 10"})");
  EXPECT_EQ(letter.value("/mechanism"), R"("correction_letter")");
  EXPECT_EQ(letter.value("/cce_protocol"), R"("135")");
  const auto status =
      run("codespar_invoice", R"({"action":"status","rail":"nfe","invoice_id":"nfe_1"})");
  EXPECT_EQ(status.value("/amendable"), "true");
}

TEST_F(MetaTools, TheCookbooksParcelGetsATrackingCode) {
  connect("correios", R"({"user":"u","token":"t"})", R"({"origin_cep":"20040-002"})");
  answer("correios/create_prepost", R"({"id":"PR1","tracking_code":"AA123456785BR"})");
  const auto done = run("codespar_ship", R"({"to_cep":"01001-000","weight_kg":0.5})");
  ASSERT_EQ(done.error, "");
  EXPECT_EQ(done.param("correios/create_prepost", "/objetoPostal/peso"), "500");
  EXPECT_EQ(done.param("correios/create_prepost", "/destinatario/endereco/cep"), R"("01001000")");
  EXPECT_EQ(done.param("correios/create_prepost", "/remetente/endereco/cep"), R"("20040002")");
  EXPECT_EQ(done.value("/tracking_code"), R"("AA123456785BR")");
  EXPECT_EQ(done.value("/id"), R"("PR1")");
}

TEST_F(MetaTools, AQuoteReadsBrazilianDecimals) {
  connect("correios", R"({"user":"u","token":"t"})");
  answer("correios/calculate_shipping", R"([{"coProduto":"03298","pcFinal":"1.024,90"}])");
  answer("correios/get_delivery_time", R"({"prazoEntrega":3,"dataMaxima":"2026-05-04"})");
  answer("correios/track_package",
         R"({"objetos":[{"codObjeto":"AA1","eventos":[{"descricao":"Objeto postado"}]}]})");
  const auto quote = run("codespar_ship", R"({"action":"quote","service_level":"fastest",
      "destination":{"postal_code":"01001000"},"items":[{"weight_g":300,"width_cm":20}]})");
  ASSERT_EQ(quote.error, "");
  EXPECT_EQ(quote.value("/cost_minor"), "102490");
  EXPECT_EQ(quote.param("correios/calculate_shipping", "/servicos"), R"(["03220"])");
  EXPECT_EQ(quote.param("correios/calculate_shipping", "/largura"), "20");
  const auto track = run("codespar_ship", R"({"tracking_code":"AA1"})");
  EXPECT_EQ(track.value("/status"), R"("Objeto postado")");
}

TEST_F(MetaTools, MelhorEnvioBuysMakesAndPrintsALabel) {
  connect("melhor-envio", R"("key")", R"({"origin_cep":"20040002"})");
  answer("melhor-envio/create_shipment", R"({"id":"me1","price":"24.90"})");
  answer("melhor-envio/checkout_cart", "{}");
  answer("melhor-envio/generate_label", "{}");
  answer("melhor-envio/print_label", R"({"url":"https://l/1"})");
  answer("melhor-envio/get_shipment", R"({"status":"released","tracking":"ME1BR"})");
  const auto done = run("codespar_ship", R"({"to_cep":"01001000","weight_kg":0.5})");
  ASSERT_EQ(done.error, "");
  EXPECT_EQ(done.param("melhor-envio/create_shipment", "/products/0/weight"), "0.5");
  EXPECT_EQ(done.param("melhor-envio/create_shipment", "/options/tags/0/tag"), R"("key-1")");
  EXPECT_EQ(done.value("/tracking_code"), R"("ME1BR")");
  EXPECT_EQ(done.value("/label_url"), R"("https://l/1")");
  EXPECT_EQ(done.value("/cost_minor"), "2490");
}

TEST_F(MetaTools, TheCookbooksMessageIsSent) {
  connect("z-api", R"({"instance_id":"I","token":"T"})",
          R"({"templates":{"shipped":"Seu pedido {{tracking}} saiu."}})");
  answer("z-api/send_text", R"({"zaapId":"z","messageId":"m1"})");
  const auto input = [](const char* name) {
    return std::string{R"({"channel":"whatsapp","to":"(11) 98765-4321","variables":
        {"tracking":"AA1","nfe_url":"https://p/1.pdf"},"template":")"} +
           name + "\"}";
  };
  const auto done = run("codespar_notify", input("order_confirmed"));
  ASSERT_EQ(done.error, "");
  EXPECT_EQ(done.requests.at("z-api/send_text").body,
            R"({"phone":"5511987654321","message":)"
            R"("Order confirmed\nTracking: AA1\nNfe url: https://p/1.pdf"})");
  EXPECT_EQ(done.data, R"({"messageId":"m1","sent":true,"id":"m1","status":"sent"})");
  EXPECT_EQ(run("codespar_notify", input("shipped")).param("z-api/send_text", "/message"),
            R"("Seu pedido AA1 saiu.")");
}

TEST_F(MetaTools, OtherChannelsHaveServersOfTheirOwn) {
  connect("twilio", R"({"account_sid":"AC1","auth_token":"x"})", R"({"from":"+15005550006"})");
  connect("sendgrid", R"("key")", R"({"from":"shop@b.co"})");
  answer("twilio/send_sms", R"({"sid":"SM1","status":"queued"})");
  answer("sendgrid/send_email", "{}");
  const auto sms =
      run("codespar_notify", R"({"channel":"sms","to":"+5511987654321","message":"Oi"})");
  ASSERT_EQ(sms.error, "");
  EXPECT_EQ(*find_header(sms.requests.at("twilio/send_sms").headers, "Authorization"),
            "Basic QUMxOng=");
  EXPECT_EQ(sms.requests.at("twilio/send_sms").body,
            "To=%2B5511987654321&From=%2B15005550006&Body=Oi");
  const auto mail = run("codespar_notify", R"({"channel":"email","to":"a@b.co","message":"Oi"})");
  EXPECT_EQ(mail.error, "");
  EXPECT_EQ(mail.value("/sent"), "true");
}

TEST_F(MetaTools, PagesForCarts) {
  connect("stripe", R"("key")", R"({"success_url":"https://shop/ok"})");
  answer("stripe/create_checkout_session", R"({"id":"cs_1","status":"open","url":"https://c/1"})");
  const auto done = run("codespar_checkout",
                        R"({"items":[{"name":"Mug","quantity":2,"price":9.9}],"currency":"USD"})");
  ASSERT_EQ(done.error, "");
  EXPECT_EQ(done.param("stripe/create_checkout_session", "/line_items/0/price_data/unit_amount"),
            "990");
  EXPECT_EQ(done.value("/checkout_url"), R"("https://c/1")");
}

TEST_F(MetaTools, IdentityAndCrypto) {
  connect("persona", R"("key")", R"({"inquiry_template_id":"itmpl_1"})");
  connect("coinbase-commerce", R"("key")");
  answer("persona/create_inquiry", R"({"data":{"id":"inq_1","attributes":{"status":"created"}}})");
  answer("persona/create_one_time_link", R"({"meta":{"one-time-link":"https://v/1"}})");
  answer("coinbase-commerce/create_charge",
         R"({"data":{"id":"c1","hosted_url":"https://h/1","timeline":[{"status":"NEW"}]}})");
  const auto kyc = run("codespar_kyc", R"({"buyer":{"name":"Ana"},"check_type":"identity"})");
  EXPECT_EQ(kyc.value("/verification_id"), R"("inq_1")");
  EXPECT_EQ(kyc.value("/hosted_url"), R"("https://v/1")");
  const auto paid =
      run("codespar_crypto_pay", R"({"amount":10.5,"currency":"usd","direction":"receive"})");
  EXPECT_EQ(paid.value("/status"), R"("new")");
  EXPECT_EQ(paid.param("coinbase-commerce/create_charge", "/amount"), R"("10.5")");
  const auto send =
      run("codespar_crypto_pay", R"({"amount":1,"currency":"USDC","direction":"send"})");
  EXPECT_NE(send.error.find("/counterparty"), std::string::npos);
}

TEST_F(MetaTools, WhatNoServerCanDoHasNoRoute) {
  for (const char* name : {"codespar_shop", "codespar_ledger", "codespar_issue", "codespar_wallet"})
    EXPECT_EQ(run(name, "{}").error, "no connected server") << name;
}

TEST(MetaToolFile, FaultsAreNamedWithTheirPlace) {
  const auto fault = [](const std::string& rest) {
    const auto meta = parse_meta_tool(
        R"({"name":"m","description":"d","input":{"type":"object","properties":{"a":{}}},)" + rest +
        "}");
    return meta ? "" : meta.error().issues.front().path;
  };
  EXPECT_EQ(fault(R"("let":{"x":"${input.b}"})"), "/let/x");
  EXPECT_EQ(fault(R"("let":{"x":"${steps.a}"})"), "/let/x");
  EXPECT_EQ(fault(R"("lets":{})"), "/lets");
  EXPECT_EQ(fault(R"("keywords":"pay")"), "/keywords");
  EXPECT_EQ(fault(R"("keywords":["pay",5])"), "/keywords/1");
  EXPECT_EQ(fault(R"("routes":[{"server":"s","steps":[],"result":{}}])"), "/routes/0/steps");
  EXPECT_EQ(fault(R"("routes":[{"server":"s","steps":[{"name":"a","tool":"s/t",
      "params":{"p":"${steps.later.data}"}}],"result":{}}])"),
            "/routes/0/steps/0/params/p");
  EXPECT_EQ(fault(R"("routes":[{"server":"s","when":{"path":"args.x","like":1},
      "steps":[{"name":"a","tool":"s/t","params":{}}],"result":{}}])"),
            "/routes/0/when");
}

}  // namespace
}  // namespace malote::tools
