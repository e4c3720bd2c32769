#include "tools/mcp.h"

#include <gtest/gtest.h>

namespace malote::tools {
namespace {

constexpr const char* kMinimal = R"({"id":"crm","mcp":{"url":"https://crm.example/mcp"}})";

Server listed(const std::string& definition, const std::vector<std::string>& tools) {
  std::vector<std::string> left_out;
  return with_listed_tools(*parse_server(definition), tools, left_out);
}

std::string fault_of(const std::string& definition) {
  const auto server = parse_server(definition);
  return server ? "" : server.error().issues.front().path;
}

TEST(McpServer, TakesAnAddressAloneAndFillsInTheRest) {
  const auto server = parse_server(kMinimal);
  ASSERT_TRUE(server) << server.error().message;
  EXPECT_EQ(server->name, "crm");
  EXPECT_EQ(server->auth_type, "none");
  EXPECT_FALSE(server->needs_connection());
  EXPECT_TRUE(server->is_unlisted());
  EXPECT_TRUE(server->tools.empty());
}

TEST(McpServer, RefusesWhatDoesNotFitWithItsPlace) {
  EXPECT_EQ(fault_of(R"({"id":"crm","mcp":{}})"), "/mcp/url");
  EXPECT_EQ(fault_of(R"({"id":"crm","mcp":{"url":"ftp://x"}})"), "/mcp/url");
  EXPECT_EQ(fault_of(R"({"id":"crm","mcp":{"url":"https://x/${env.A}"}})"), "/mcp/url");
  EXPECT_EQ(fault_of(R"({"id":"crm","mcp":{"url":"https://x","urls":[]}})"), "/mcp/urls");
  EXPECT_EQ(fault_of(R"({"id":"crm","tools":[],"mcp":{"url":"https://x"}})"), "/tools");
  const auto headers = [](const std::string& text) {
    return fault_of(R"({"id":"c","mcp":{"url":"https://x","headers":{"A":")" + text + "\"}}}");
  };
  EXPECT_EQ(headers("Bearer ${env.CRM_TOKEN}"), "");
  EXPECT_EQ(headers("${credentials.key}"), "/mcp/headers/A");
  EXPECT_EQ(headers("${env.MALOTE_MASTER_KEY}"), "/mcp/headers/A");
}

TEST(McpServer, OffersWhatItListsAndLeavesOutWhatCannotBeCalled) {
  std::vector<std::string> left_out;
  const auto server = with_listed_tools(
      *parse_server(kMinimal),
      {R"({"name":"getUser","description":"d","inputSchema":{"type":"object"},
           "annotations":{"readOnlyHint":true}})",
       R"({"name":"add","inputSchema":{"type":"object"},"annotations":{"idempotentHint":true}})",
       R"({"name":"add","inputSchema":{"type":"object"}})",
       R"({"name":"a/b","inputSchema":{"type":"object"}})", R"({"name":"bare"})"},
      left_out);
  ASSERT_EQ(server.tools.size(), 2u);
  EXPECT_TRUE(server.find("getUser")->safe);
  EXPECT_EQ(server.find("getUser")->full_name(), "crm/getUser");
  EXPECT_TRUE(server.find("add")->idempotency.honoured);
  EXPECT_FALSE(server.find("add")->safe);
  EXPECT_EQ(server.find("add")->description, "add");
  ASSERT_EQ(left_out.size(), 3u);
  EXPECT_NE(left_out[0].find("twice"), std::string::npos);
  EXPECT_FALSE(server.is_unlisted());
}

TEST(McpServer, SchemasOfOthersMaySayMoreThanIsCheckedHere) {
  const auto server = listed(kMinimal, {R"({"name":"a","inputSchema":{
      "$schema":"http://json-schema.org/draft-07/schema#","type":"object","required":["n"],
      "properties":{"n":{"type":"number","exclusiveMinimum":0},"x":true}}})",
                                        R"({"name":"b","inputSchema":{"properties":[1]}})"});
  EXPECT_TRUE(server.find("a")->checked);
  EXPECT_FALSE(server.find("b")->checked);
}

TEST(McpAnswer, IsFoundInJsonInABatchAndInEvents) {
  const std::string answer = R"({"jsonrpc":"2.0","id":"7","result":{}})";
  EXPECT_EQ(rpc_answer(answer, "7"), answer);
  EXPECT_EQ(rpc_answer(R"([{"jsonrpc":"2.0","method":"x"},)" + answer + "]", "7"), answer);
  EXPECT_EQ(rpc_answer("event: message\nid: 1\ndata: {\"method\":\"p\"}\n\n: hi\n\ndata: " +
                           answer + "\n\n",
                       "7"),
            answer);
  EXPECT_EQ(rpc_answer("data: {\"id\":\"7\",\r\ndata: \"result\":{}}\r\n\r\n", "7"),
            "{\"id\":\"7\",\n\"result\":{}}");
  EXPECT_EQ(rpc_answer(answer, "8"), "");
  EXPECT_EQ(rpc_answer("", "7"), "");
  EXPECT_EQ(rpc_answer("<html>", "7"), "");
  EXPECT_EQ(rpc_answer(R"({"id":"7","method":"ping"})", "7"), "");
}

TEST(McpAnswer, AnOpenStreamHasSaidAllOnceTheEventIsWhole) {
  const std::string event = "data: {\"id\":\"7\",\"result\":{}}\n";
  const auto is_answered = [](const std::string& body, const char* id) {
    return AnswerWatch{id}(body);
  };
  EXPECT_FALSE(is_answered(event, "7"));
  EXPECT_TRUE(is_answered(event + "\n", "7"));
  EXPECT_FALSE(is_answered(event + "\n", "8"));
  EXPECT_FALSE(is_answered("{\"id\":\"7\",\"result\":{}}\n\n", "7"));  // ends by itself
}

TEST(McpAnswer, AStreamOfManySmallEventsIsLookedAtOnce) {
  AnswerWatch watch{"7"};
  std::string body;
  for (int i = 0; i < 100'000; ++i) {
    body += "data: 1\n\n";
    ASSERT_FALSE(watch(body));
  }
  body += "data: {\"id\":\"7\",";
  EXPECT_FALSE(watch(body));
  body += "\"result\":{}}\n\n";
  EXPECT_TRUE(watch(body));
}

TEST(McpAnswer, AnErrorsTextIsCutItsDataIsNot) {
  const std::string text(100'000, 'x');
  const auto server = listed(kMinimal, {R"({"name":"write","inputSchema":{"type":"object"}})"});
  const auto outcome =
      interpret_mcp(server, *server.find("write"),
                    {.status = 200,
                     .body = R"({"result":{"isError":true,"content":[{"type":"text","text":")" +
                             text + "\"}]}}"});
  EXPECT_LT(outcome.error.size(), 5'000u);
  EXPECT_GT(outcome.data.size(), text.size());
}

class McpOutcome : public ::testing::Test {
 protected:
  ToolOutcome outcome(const std::string& body, int status = 200, const char* tool = "write") const {
    return interpret_mcp(server, *server.find(tool), {.status = status, .body = body});
  }
  ToolOutcome result(const std::string& json) const {
    return outcome(R"({"jsonrpc":"2.0","id":"1","result":)" + json + "}");
  }
  Server server = listed(kMinimal, {R"({"name":"write","inputSchema":{"type":"object"}})",
                                    R"({"name":"read","inputSchema":{"type":"object"},
                                        "annotations":{"readOnlyHint":true}})"});
};

TEST_F(McpOutcome, DataIsTheStructureElseTheText) {
  EXPECT_EQ(result(R"({"structuredContent":{"a":1.50},"content":[]})").data, R"({"a":1.50})");
  EXPECT_EQ(result(R"({"content":[{"type":"text","text":"{\"a\":2}"}]})").data, R"({"a":2})");
  EXPECT_EQ(
      result(R"({"content":[{"type":"text","text":"ol\u00e1"},{"type":"text","text":"b"}]})").data,
      "{\"text\":\"olá\\nb\"}");
  EXPECT_EQ(result(R"({"content":[{"type":"image","data":"x"}]})").data,
            R"({"content":[{"type":"image","data":"x"}]})");
  EXPECT_EQ(result(R"({"content":[]})").data, "{}");
}

TEST_F(McpOutcome, AToolThatSaysItFailedIsRefusedWithItsText) {
  const auto failed = result(R"({"isError":true,"content":[{"type":"text","text":"no funds"}]})");
  EXPECT_EQ(failed.fate, Fate::refused);
  EXPECT_EQ(failed.error, "crm: no funds");
  EXPECT_EQ(failed.data,
            R"({"error":"crm: no funds","code":"tool_error","details":{"text":"no funds"}})");
}

TEST_F(McpOutcome, AWriteWhoseEndIsNotSeenMayHaveHappened) {
  EXPECT_EQ(outcome("").fate, Fate::unknown);
  EXPECT_EQ(outcome("", 200, "read").fate, Fate::retryable);
  EXPECT_EQ(outcome("x", 500).fate, Fate::unknown);
  EXPECT_EQ(outcome("x", 500, "read").fate, Fate::retryable);
  EXPECT_EQ(outcome(R"({"id":"1","error":{"code":-32603,"message":"m"}})").fate, Fate::unknown);
  EXPECT_EQ(outcome(R"({"id":"1","error":{"code":-32602,"message":"m"}})").fate, Fate::refused);
  EXPECT_EQ(outcome("", 401).fate, Fate::unauthorized);
}

}  // namespace
}  // namespace malote::tools
