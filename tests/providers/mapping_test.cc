#include "providers/mapping.h"

#include <gtest/gtest.h>

#include "base/decimal.h"
#include "core/catalogue.h"
#include "files.h"

namespace malote::providers {
namespace {

/// Maps one request through a pack of its own or of the repository.
class Mapping {
 public:
  explicit Mapping(std::string_view pack_text) : pack_(*Pack::parse(pack_text)) {}
  static Mapping of(const std::string& id) {
    return Mapping{malote::testing::read_file("data/providers/" + id + ".json")};
  }

  Mapped map(std::string_view body, std::string_view fetched = "",
             std::string_view custom = "null") {
    request_.body = body;
    body_ = *json::Document::parse(body);
    if (!fetched.empty()) fetched_ = *json::Document::parse(fetched);
    custom_ = *json::Document::parse(custom);
    const CanonicalName canonical = [](std::string_view name) -> std::optional<std::string> {
      static const auto catalogue =
          *core::Catalogue::parse(malote::testing::read_file("data/events.json"));
      const auto* type = catalogue.find(name);
      return type ? std::optional{type->name} : std::nullopt;
    };
    return map_request({.pack = pack_,
                        .request = request_,
                        .body = body_.root(),
                        .fetched = fetched.empty() ? json::View{} : fetched_.root(),
                        .custom_map = custom_.root(),
                        .types = custom_.root()["types"],
                        .canonical = canonical});
  }
  Draft draft(std::string_view body, std::string_view fetched = "",
              std::string_view custom = "null") {
    auto mapped = map(body, fetched, custom);
    EXPECT_EQ(mapped.drafts.size(), 1u);
    return mapped.drafts.at(0);
  }
  std::optional<FetchPlan> plan(std::string_view body, bool body_is_signed = false) {
    body_ = *json::Document::parse(body);
    return plan_fetch(pack_, Sources{request_, body_.root()}, body_is_signed);
  }

  RawRequest request_;

 private:
  Pack pack_;
  json::Document body_, fetched_, custom_;
};

/// A pack with one rule whose amount stands at /v.
Mapping amounts(const std::string& as, const std::string& currency) {
  return Mapping{R"({"id":"p","events":{"name":["/e"],"fields":{"f":{"currency":{"const":")" +
                 currency + R"("},"amount":{"at":["/v"],"as":")" + as +
                 R"("}}},"rules":[{"type":"t.x","fields":"f"}]}})"};
}

TEST(MappingMoney, IsExactInMajorUnits) {
  const struct {
    const char* value;
    const char* currency;
    const char* minor;
    const char* decimal;
  } cases[] = {
      {"150.35", "BRL", "15035", "150.35"},
      {"0.29", "BRL", "29", "0.29"},
      {"1.15", "USD", "115", "1.15"},
      {"\"4.35\"", "BRL", "435", "4.35"},
      {"150", "BRL", "15000", "150.00"},
      {"150.350", "BRL", "15035", "150.35"},
      {"1e3", "BRL", "100000", "1000.00"},
      {"-10.50", "BRL", "-1050", "-10.50"},
      {"0", "BRL", "0", "0.00"},
      {"1500", "JPY", "1500", "1500"},
      {"1.234", "KWD", "1234", "1.234"},
      {"0.000001", "USDC", "", "0.000001"},
      {"90071992547409.93", "BRL", "9007199254740993", "90071992547409.93"},
  };
  for (const auto& c : cases) {
    const auto draft = amounts("major", c.currency).draft("{\"v\":" + std::string{c.value} + "}");
    EXPECT_EQ(draft.field("amount_minor"), c.minor) << c.value;
    EXPECT_EQ(draft.field("amount_decimal"), c.decimal) << c.value;
  }
}

TEST(MappingMoney, IsExactInMinorUnits) {
  EXPECT_EQ(amounts("minor", "BRL").draft(R"({"v":15035})").field("amount_decimal"), "150.35");
  EXPECT_EQ(amounts("minor", "JPY").draft(R"({"v":15035})").field("amount_decimal"), "15035");
  EXPECT_EQ(amounts("minor", "KWD").draft(R"({"v":"1"})").field("amount_decimal"), "0.001");
}

TEST(MappingMoney, HasNoMinorUnitsWhereItWouldHaveToBeRounded) {
  for (const char* value : {"1.234", "0.001", "1e-3"}) {
    const auto draft = amounts("major", "BRL").draft("{\"v\":" + std::string{value} + "}");
    EXPECT_EQ(draft.field("amount_minor"), "") << value;
    EXPECT_EQ(draft.field("amount_decimal"), format_decimal(*parse_decimal(value))) << value;
  }
}

TEST(MappingMoney, IsAbsentWhereItIsNoNumber) {
  for (const char* value : {"1e30", "99999999999999999999", "\"abc\"", "\"\"", "null", "{}", "[]",
                            "true", "\"1,50\"", "\" 1\""}) {
    const auto draft = amounts("major", "BRL").draft("{\"v\":" + std::string{value} + "}");
    EXPECT_EQ(draft.field("amount_minor"), "") << value;
    EXPECT_EQ(draft.field("amount_decimal"), "") << value;
  }
  EXPECT_EQ(amounts("minor", "BRL").draft(R"({"v":1.5})").field("amount_minor"), "");
}

TEST(MappingMoney, SumsAListExactlyAndFallsBackWhereItIsEmpty) {
  auto asaas = Mapping::of("asaas");
  const auto refund = [&](const std::string& refunds) {
    return asaas
        .draft(R"({"event":"PAYMENT_REFUNDED","payment":{"id":"pay_1","value":150.35,"refunds":)" +
               refunds + "}}")
        .field("amount_minor");
  };
  EXPECT_EQ(refund(R"([{"value":0.10},{"value":0.20}])"), "30");
  EXPECT_EQ(refund(R"([{"value":50.35},{"value":100}])"), "15035");
  EXPECT_EQ(refund("[]"), "15035");
  EXPECT_EQ(refund("null"), "15035");
  EXPECT_EQ(refund(R"([{"value":"x"}])"), "15035");
  EXPECT_EQ(refund(R"([{"value":9000000000000},{"value":9000000000000}])"),
            "15035");  // no overflow
}

Mapping times(const std::string& spec) {
  return Mapping{R"({"id":"p","events":{"occurred_at":{"at":["/v"])" + spec + R"(},"rules":[]}})"};
}

TEST(MappingTimes, ReadTheirFormatAndOffset) {
  const struct {
    const char* spec;
    const char* value;
    const char* at;
  } cases[] = {
      {"", "\"2026-04-22T12:00:00Z\"", "2026-04-22T12:00:00.000Z"},
      {"", "\"2026-04-22T12:00:00-03:00\"", "2026-04-22T15:00:00.000Z"},
      {R"(,"offset":"-03:00")", "\"2026-04-22 12:00:00\"", "2026-04-22T15:00:00.000Z"},
      {R"(,"offset":"-03:00")", "\"2026-04-22T12:00:00Z\"", "2026-04-22T12:00:00.000Z"},
      {R"(,"offset":"+05:30")", "\"2026-04-22T12:00:00\"", "2026-04-22T06:30:00.000Z"},
      {R"(,"format":"unix_s")", "1776859200", "2026-04-22T12:00:00.000Z"},
      {R"(,"format":"unix_s")", "\"1776859200\"", "2026-04-22T12:00:00.000Z"},
      {R"(,"format":"unix_ms")", "1776859200123", "2026-04-22T12:00:00.123Z"},
      {R"(,"format":"unix")", "1776859200", "2026-04-22T12:00:00.000Z"},
      {R"(,"format":"unix")", "1776859200123", "2026-04-22T12:00:00.123Z"},
  };
  for (const auto& c : cases) {
    const auto draft = times(c.spec).draft("{\"v\":" + std::string{c.value} + "}");
    ASSERT_TRUE(draft.occurred_at) << c.value;
    EXPECT_EQ(format_rfc3339(*draft.occurred_at), c.at) << c.value;
  }
}

TEST(MappingTimes, AreAbsentWhereTheyMakeNoSense) {
  for (const char* value : {"\"soon\"", "\"\"", "null", "{}", "999999999999999999", "-1", "1.5",
                            "9223372036854775", "1e17", "9223372036854775807"}) {
    for (const char* spec : {"", R"(,"format":"unix_s")", R"(,"format":"unix")"}) {
      EXPECT_FALSE(times(spec).draft("{\"v\":" + std::string{value} + "}").occurred_at)
          << value << spec;
    }
  }
}

TEST(MappingFields, AreWrittenInTheirShape) {
  Mapping mapping{R"({"id":"p","events":{"fields":{"f":{
    "doc":{"at":["/doc"],"as":"document"},"phone":{"at":["/phone"],"as":"phone"},
    "digits":{"at":["/digits"],"as":"digits"},"upper":{"at":["/upper"],"as":"upper"},
    "fixed":{"const":"c"},"second":["/none","/upper"],"when":{"at":["/when"],"format":"unix_s"}}},
    "rules":[{"type":"t.x","fields":"f"}]}})"};
  const auto draft =
      mapping.draft(R"({"doc":"123.456.789-09","phone":"(11) 90000-0000","digits":"a1b2",
    "upper":"brl","when":1776859200})");
  EXPECT_EQ(draft.field("doc"), "12345678909");
  EXPECT_EQ(draft.field("phone"), "+11900000000");
  EXPECT_EQ(draft.field("digits"), "12");
  EXPECT_EQ(draft.field("upper"), "BRL");
  EXPECT_EQ(draft.field("fixed"), "c");
  EXPECT_EQ(draft.field("second"), "brl");
  EXPECT_EQ(draft.field("when"), "2026-04-22T12:00:00.000Z");
  EXPECT_EQ(mapping.draft(R"({"doc":1234567})").field("doc"), "00001234567");  // lost its zeros
  EXPECT_EQ(mapping.draft(R"({"doc":"1234567000195"})").field("doc"), "01234567000195");
  EXPECT_EQ(mapping.draft(R"({"doc":"-","phone":"none"})").field("doc"), "");
  EXPECT_EQ(mapping.draft("{}").fields.size(), 1u);
}

TEST(MappingRules, TheFirstThatFitsDecides) {
  Mapping mapping{R"({"id":"p","events":{"name":["/e"],"rules":[
    {"name":["a"],"where":{"/s":["1","2"],"!/deleted":["true"]},"type":"t.one"},
    {"name":["a","b"],"type":"t.two","reason":"name"},
    {"where":{"/s":["9"]},"type":"t.nine","reason":"because"}]}})"};
  EXPECT_EQ(mapping.draft(R"({"e":"a","s":1})").type, "t.one");
  EXPECT_EQ(mapping.draft(R"({"e":"a","s":"2","deleted":false})").type, "t.one");
  EXPECT_EQ(mapping.draft(R"({"e":"a","s":"2","deleted":true})").type, "t.two");
  EXPECT_EQ(mapping.draft(R"({"e":"b"})").field("reason"), "b");
  EXPECT_EQ(mapping.draft(R"({"e":"z","s":"9"})").field("reason"), "because");
  EXPECT_EQ(mapping.draft(R"({"e":"z"})").type, "");
  EXPECT_EQ(mapping.draft("{}").provider_event, "");
}

TEST(MappingIdentity, AFactIsKnownByItsTypeAndResource) {
  auto asaas = Mapping::of("asaas");
  const auto confirmed =
      asaas.draft(R"({"id":"evt_1","event":"PAYMENT_CONFIRMED","payment":{"id":"pay_1"}})");
  const auto received =
      asaas.draft(R"({"id":"evt_2","event":"PAYMENT_RECEIVED","payment":{"id":"pay_1"}})");
  EXPECT_EQ(confirmed.type, "payment.confirmed");
  EXPECT_EQ(confirmed.fact_key, "payment.confirmed|pay_1");
  EXPECT_EQ(confirmed.fact_key, received.fact_key);
  EXPECT_NE(confirmed.dedupe_key, received.dedupe_key);
  EXPECT_EQ(asaas.draft(R"({"event":"PAYMENT_REFUNDED","payment":{"id":"pay_1"}})").fact_key, "");
  EXPECT_EQ(asaas.draft(R"({"event":"PAYMENT_CONFIRMED","payment":{}})").fact_key, "");
}

TEST(MappingIdentity, TheDedupeKeyIsTheIdOrDerivedFromTheContent) {
  auto asaas = Mapping::of("asaas");
  EXPECT_EQ(asaas.draft(R"({"id":"evt_1","event":"X"})").dedupe_key, "evt_1");
  EXPECT_EQ(asaas.draft(R"({"event":"X","payment":{"id":"p"},"dateCreated":"d"})").dedupe_key,
            "X|p||d");
  auto stripe = Mapping::of("stripe");
  EXPECT_EQ(stripe.draft(R"({"type":"x"})").dedupe_key, "");  // nothing identifies it
}

TEST(MappingMismatch, AQueryThatContradictsTheBodyIsNotedAndMapsToNothing) {
  auto pack = Mapping::of("mercado-pago");
  pack.request_.query = {{"data.id", "123"}};
  const char* body = R"({"id":1,"type":"payment","data":{"id":"456"}})";
  const auto mapped = pack.map(body, R"({"id":456,"status":"approved"})");
  EXPECT_EQ(mapped.note, "body_query_mismatch");
  EXPECT_EQ(mapped.drafts.at(0).type, "");
  pack.request_.query = {{"data.id", "456"}};
  EXPECT_EQ(pack.map(body).note, "");
  EXPECT_EQ(pack.map(body, R"({"id":456,"status":"approved"})").drafts.at(0).type,
            "payment.confirmed");
}

TEST(MappingFetch, PutsIdsIntoTheUrlWithoutLettingThemChangeThePath) {
  auto pack = Mapping::of("mercado-pago");
  const char* body = R"({"type":"payment","data":{"id":"1"}})";
  pack.request_.query = {{"data.id", "12/../../x?y=#"}};
  const auto plan = pack.plan(body);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->url, "https://api.mercadopago.com/v1/payments/12%2F..%2F..%2Fx%3Fy%3D%23");
  EXPECT_EQ(plan->spec->header, "Authorization");
  EXPECT_EQ(plan->spec->prefix, "Bearer ");
  EXPECT_EQ(plan->spec->credential, "access_token");
  for (const char* none : {"", ".", ".."}) {
    pack.request_.query = {{"data.id", none}};
    EXPECT_FALSE(pack.plan(body)) << none;
  }
  pack.request_.query.clear();
  EXPECT_FALSE(pack.plan(body));
  EXPECT_FALSE(pack.plan(R"({"type":"merchant_order"})"));
}

TEST(MappingFetch, AnUnclosedPlaceholderIsNoPlan) {
  Mapping mapping{
      R"({"id":"p","events":{"rules":[],"fetch":[{"url":"https://x/{query:a","header":"H"}]}})"};
  EXPECT_FALSE(mapping.plan("{}"));
}

TEST(MappingFetch, MayBeNeededOnlyWhereTheBodyIsUnsigned) {
  Mapping mapping{R"({"id":"p","events":{"rules":[],"fetch":[)"
                  R"({"url":"https://x/1","header":"H","only_unsigned":true}]}})"};
  EXPECT_TRUE(mapping.plan("{}", false));
  EXPECT_FALSE(mapping.plan("{}", true));
}

TEST(MappingPassthrough, TakesCatalogueNamesAndAliasesWithTheirDataAsItIs) {
  auto pack = Mapping::of("standard-webhooks");
  pack.request_.headers = {{"webhook-id", "msg_1"}};
  const auto draft = pack.draft(R"({"type":"payment.succeeded","timestamp":"2026-04-22T12:00:00Z",
    "data":{ "n": 1.50 ,"external_reference":"order-1"}})");
  EXPECT_EQ(draft.type, "payment.confirmed");
  EXPECT_EQ(draft.provider_event, "payment.succeeded");
  EXPECT_EQ(draft.dedupe_key, "msg_1");
  EXPECT_EQ(draft.field("external_reference"), "order-1");
  EXPECT_EQ(data_of(draft, "standard-webhooks", "payment_id"),
            R"({ "n": 1.50 ,"external_reference":"order-1"})");
  EXPECT_EQ(pack.draft(R"({"type":"user.created","data":[1]})").type, "");
  EXPECT_EQ(pack.draft(R"({"type":"x","data":[1]})").passthrough_data,
            R"({"type":"x","data":[1]})");
}

TEST(MappingPassthrough, ACustomMapSaysWhereThingsAre) {
  auto pack = Mapping::of("custom");
  const auto draft = pack.draft(
      R"({"kind":"PAID","ref":"r1","payload":{"a":1}})", "",
      R"({"name":["/kind"],"id":["/ref"],"types":{"PAID":"payment.confirmed"},"data":["/payload"],
          "fields":{"external_reference":["/ref"]}})");
  EXPECT_EQ(draft.type, "payment.confirmed");
  EXPECT_EQ(draft.dedupe_key, "r1");
  EXPECT_EQ(draft.passthrough_data, R"({"a":1})");
  EXPECT_EQ(draft.field("external_reference"), "r1");
}

// Where the body lacks what `data` names, the fields make the data: each name may be there once.
TEST(MappingPassthrough, NoMapCanMakeDataThatIsNotJson) {
  for (const char* map :
       {R"({"data":["/payload"],"fields":{"external_reference":["/order"]}})",
        R"({"data":["/payload"],"fields":{"provider":["/order"],"id":["/order"]}})",
        R"({"data":["/payload"],"fields":{"amount_decimal":["/evil"],"amount":["/order"]}})",
        R"({"data":["/payload"],"fields":{"customer_name":["/order"],"customer":["/order"]}})"}) {
    auto pack = Mapping::of("custom");
    const auto draft = pack.draft(
        R"({"type":"order.created","id":"d1","order":"b","external_reference":"a",
            "evil":"1,\"injected\":true"})",
        "", map);
    const auto data = json::Document::parse(data_of(draft, "custom", "id"));
    EXPECT_TRUE(data) << map;
    EXPECT_FALSE(data && data->root()["injected"]) << map;
  }
}

TEST(DataOf, IsAlwaysAJsonObjectWhateverTheProviderSent) {
  auto asaas = Mapping::of("asaas");
  const auto draft =
      asaas.draft(R"({"id":"e\"1","event":"PAYMENT_RECEIVED","payment":{"id":"pay\u0000\n1",
    "value":150.350,"customer":"cus_1","externalReference":"\u00e9\\","status":"RECEIVED"}})");
  const std::string data = data_of(draft, "asaas", "payment_id");
  const auto document = json::Document::parse(data);
  ASSERT_TRUE(document) << data;
  EXPECT_EQ(document->root()["amount"].raw(), "150.35");
  EXPECT_EQ(document->root()["amount_minor"].as_int(), 15035);
  EXPECT_EQ(document->root()["payment_id"].as_string(), document->root()["id"].as_string());
  EXPECT_EQ(document->root()["customer"]["id"].as_string(), "cus_1");
  EXPECT_EQ(document->root()["provider"].as_string(), "asaas");
  EXPECT_EQ(document->root()["provider_event_id"].as_string(), "e\"1");
}

TEST(DataOf, NamesBrazilianDocumentsByTheirKind) {
  Draft draft{.fields = {{"customer_document", "\"12345678909\""}}};
  EXPECT_NE(data_of(draft, "p", "id").find(R"("cpf":"12345678909")"), std::string::npos);
  draft.fields = {{"customer_document", "\"12345678000195\""}};
  EXPECT_NE(data_of(draft, "p", "id").find(R"("cnpj":"12345678000195")"), std::string::npos);
}

}  // namespace
}  // namespace malote::providers
