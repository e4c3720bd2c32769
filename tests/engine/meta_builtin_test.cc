#include "engine/meta_builtin.h"

#include <gtest/gtest.h>

#include "engine/connections.h"
#include "engine/tool_search.h"
#include "fixtures.h"

namespace malote::testing {
namespace {

struct MetaBuiltinTest : ::testing::Test {
  World world;
  engine::Connections connections{world.context};
  json::Document data;

  engine::ToolResult call(std::string_view tool, std::string_view input,
                          std::string_view user = "u") {
    const auto document = *json::Document::parse(input);
    const auto result = world.read([&](const ReadTx& tx) {
      return engine::call_builtin_meta(world.context, tx, world.project.no, user, tool,
                                       document.root());
    });
    EXPECT_TRUE(result);
    data = *json::Document::parse(result->data);
    EXPECT_EQ(result->success, result->error.empty());
    EXPECT_EQ(result->server, "codespar");
    return *result;
  }
  engine::ToolResult discover(std::string_view input) { return call("codespar_discover", input); }
  engine::ToolResult manage(std::string_view input, std::string_view user = "u") {
    return call("codespar_manage_connections", input, user);
  }
  std::string text(std::string_view pointer) const {
    return std::string{data.root().pointer(pointer).as_text().value_or("")};
  }
  Connection connect(const std::string& server, const std::string& user = "",
                     Timestamp expires_at = {}) {
    Connection made;
    EXPECT_TRUE(world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
      MALOTE_TRY(made, connections.create(tx, effects, world.project.no,
                                          {.server_id = server,
                                           .user_id = user,
                                           .metadata = R"({"company_id":"c1"})",
                                           .credentials = Secret{R"({"api_key":"k"})"},
                                           .expires_at = expires_at}));
      return {};
    }));
    return made;
  }
};

TEST_F(MetaBuiltinTest, OtherToolsAreNotTheirs) {
  EXPECT_FALSE(engine::is_builtin_meta("codespar_charge"));
  const auto result = world.read([&](const ReadTx& tx) {
    return engine::call_builtin_meta(world.context, tx, world.project.no, "u", "codespar_charge",
                                     {});
  });
  EXPECT_FALSE(result);
}

TEST_F(MetaBuiltinTest, ListToolsShowsEveryToolOfEveryServer) {
  ASSERT_TRUE(call("codespar_list_tools", "{}").success);
  std::set<std::string> ids;
  for (const auto tool : data.root()["tools"]) {
    ids.emplace(*tool["id"].as_string());
    EXPECT_TRUE(tool["name"].as_string());
    EXPECT_TRUE(tool["agentType"].as_string());
  }
  EXPECT_EQ(ids.size(), engine::all_tools(world.context.tools).size());
  EXPECT_TRUE(ids.contains("asaas/create_payment"));
  EXPECT_TRUE(ids.contains("codespar_list_tools"));
}

TEST_F(MetaBuiltinTest, DiscoverFindsTheToolThatTheWordsMean) {
  const std::pair<std::string, std::string> cases[] = {
      {"refund a payment with stripe", "stripe/create_refund"},
      {"check a number on whatsapp with z-api", "z-api/check_number"},
      {"cancel shipment melhor envio", "melhor-envio/cancel_shipment"},
      {"Charge R$500 via Pix to +5511999887766", "codespar_charge"},
      {"send a pix payment", "codespar_pay"},
      {"issue an invoice", "codespar_invoice"},
      {"emitir nota fiscal", "codespar_invoice"},
      {"quero pagar R$125 via Pix", "codespar_pay"},
      {"rastrear encomenda", "codespar_ship"},
      {"enviar mensaje", "codespar_notify"},
      {"verify identity", "codespar_kyc"},
      {"accept bitcoin", "codespar_crypto_pay"},
      {"quero reembolsar o cliente", "stripe/create_refund"},
      {"cancelar assinatura", "asaas/cancel_subscription"},
      {"pay my supplier", "codespar_pay"}};
  for (const auto& [words, tool] : cases) {
    ASSERT_TRUE(discover(R"({"use_case":")" + words + "\"}").success);
    EXPECT_EQ(text("/recommended/tool_name"), tool) << words;
    EXPECT_EQ(text("/search_strategy"), "trigram");
    EXPECT_EQ(text("/use_case"), words);
    EXPECT_TRUE(data.root().pointer("/recommended/cosine_distance").is_null());
    EXPECT_GT(data.root().pointer("/recommended/trigram_similarity").as_double(), 0.2);
  }
}

TEST_F(MetaBuiltinTest, DiscoverLooksAtTheBeginningOfALongWishOnly) {
  discover(R"({"use_case":"issue an invoice )" + std::string(2000, '.') + "\"}");
  const auto similarity = data.root().pointer("/recommended/trigram_similarity").as_double();
  discover(R"({"use_case":"issue an invoice )" + std::string(2000, '.') + R"( refund a payment"})");
  EXPECT_EQ(text("/recommended/tool_name"), "codespar_invoice");
  EXPECT_EQ(data.root().pointer("/recommended/trigram_similarity").as_double(), similarity);
}

TEST_F(MetaBuiltinTest, DiscoverKeepsToCategoryCountryAndLimit) {
  discover(R"({"use_case":"create a payment","category":"shipping","limit":3})");
  ASSERT_LE(data.root()["related"].size(), 3U);
  EXPECT_NE(text("/recommended/tool_name").find('/'), std::string::npos);
  for (const auto match : data.root()["related"]) {
    const auto* server = world.context.tools.server(match["server_id"].as_string().value_or(""));
    ASSERT_TRUE(server);
    EXPECT_EQ(server->category, "shipping");
  }
  discover(R"({"use_case":"create a payment","country":"MX","limit":20})");
  EXPECT_GT(data.root()["related"].size(), 0U);
  for (const auto match : data.root()["related"]) {
    const auto* server = world.context.tools.server(match["server_id"].as_string().value_or(""));
    EXPECT_TRUE(!server || server->country == "*") << match.raw();
  }
}

TEST_F(MetaBuiltinTest, DiscoverSaysSoWhenNothingFits) {
  ASSERT_TRUE(discover(R"({"use_case":"qqqq xxxx jjjj"})").success);
  EXPECT_EQ(text("/search_strategy"), "empty");
  EXPECT_TRUE(data.root()["recommended"].is_null());
  EXPECT_EQ(data.root()["related"].size(), 0U);
  EXPECT_GT(data.root()["next_steps"].size(), 0U);
}

TEST_F(MetaBuiltinTest, DiscoverNeedsWordsAndALimitThatIsANumber) {
  for (const auto* input : {"{}", R"({"use_case":"  "})", R"({"use_case":5})",
                            R"({"use_case":"pay","limit":"many"})"}) {
    EXPECT_FALSE(discover(input).success) << input;
    EXPECT_EQ(text("/code"), "invalid_args");
  }
}

TEST_F(MetaBuiltinTest, DiscoverKnowsWhatIsConnected) {
  constexpr auto kAsk = R"({"use_case":"refund a payment with asaas","category":"payments"})";
  discover(kAsk);
  EXPECT_EQ(text("/recommended/server_id"), "asaas");
  EXPECT_EQ(text("/recommended/connection_status"), "disconnected");
  EXPECT_EQ(text("/recommended/recommended_plan/0/step"), "codespar_manage_connections");
  connect("asaas");
  discover(kAsk);
  EXPECT_EQ(text("/recommended/connection_status"), "connected");
  EXPECT_EQ(text("/recommended/recommended_plan/0/step"), text("/recommended/tool_name"));
  discover(R"({"use_case":"echo the input","category":"testing"})");
  EXPECT_EQ(text("/recommended/connection_status"), "not_required");
}

TEST_F(MetaBuiltinTest, ConnectionsAreListedAsTheyStand) {
  connect("asaas", "u");
  connect("nuvem-fiscal", "", world.clock.now() + 1h);
  manage("{}");
  EXPECT_EQ(text("/action"), "list");
  std::map<std::string, std::string> found;
  for (const auto row : data.root()["connections"])
    found[std::string{*row["server_id"].as_string()}] = *row["status"].as_string();
  EXPECT_EQ(found["asaas"], "connected");
  EXPECT_EQ(found["nuvem-fiscal"], "connected");
  EXPECT_EQ(found["stripe"], "disconnected");
  EXPECT_EQ(found["malote"], "not_required");
  world.clock.advance(1h);
  EXPECT_TRUE(world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
    EXPECT_EQ(connections.expire(tx, effects, world.clock.now(), 10), 1);
    return {};
  }));
  manage(R"({"server_id":"nuvem-fiscal"})");
  EXPECT_EQ(text("/action"), "status");
  EXPECT_EQ(text("/status/status"), "expired");
  EXPECT_EQ(text("/status/connection_metadata/company_id"), "c1");
  EXPECT_EQ(data.root()["connections"].size(), 0U);
  manage(R"({"action":"list","country":"MX"})");
  for (const auto row : data.root()["connections"])
    EXPECT_NE(row["server_id"].as_string(), "asaas");
}

TEST_F(MetaBuiltinTest, AConnectionIsItsUsersOwn) {
  connect("asaas", "somebody");
  manage(R"({"server_id":"asaas"})", "u");
  EXPECT_EQ(text("/status/status"), "disconnected");
  EXPECT_TRUE(data.root().pointer("/status/connected_at").is_null());
  manage(R"({"server_id":"asaas"})", "somebody");
  EXPECT_EQ(text("/status/status"), "connected");
  EXPECT_EQ(text("/status/connected_at"), format_rfc3339(world.clock.now()));
}

TEST_F(MetaBuiltinTest, InitiateSaysWhatToBringAndWhere) {
  manage(R"({"action":"initiate","server_id":"z-api"})");
  EXPECT_EQ(text("/initiate/connect_url"), "/v1/connections");
  EXPECT_EQ(text("/initiate/required_secrets/0/name"), "instance_id");
  EXPECT_EQ(text("/initiate/next_action"), "create_connection");
  EXPECT_TRUE(data.root()["status"].is_null());
  world.context.public_url = "https://gateway.example";
  manage(R"({"action":"initiate","server_id":"z-api"})");
  EXPECT_EQ(text("/initiate/connect_url"), "https://gateway.example/v1/connections");
}

TEST_F(MetaBuiltinTest, ManageConnectionsRefusesWhatItDoesNotKnow) {
  for (const auto* input : {R"({"action":"not_a_real_action"})", R"({"action":"status"})",
                            R"({"action":"initiate","server_id":"nobody"})"}) {
    EXPECT_FALSE(manage(input).success) << input;
    EXPECT_EQ(text("/code"), "invalid_args") << input;
  }
}

}  // namespace
}  // namespace malote::testing
