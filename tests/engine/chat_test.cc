#include "engine/chat.h"

#include <gtest/gtest.h>

#include "base/json_writer.h"
#include "fixtures.h"

namespace malote::testing {
namespace {

std::string completion(const std::string& message) {
  return R"({"id":"c","choices":[{"index":0,"message":)" + message + "}]}";
}
std::string says(const std::string& text) {
  return completion(R"({"role":"assistant","content":")" + text + R"("})");
}
std::string wants(const std::string& function, const std::string& arguments,
                  const std::string& text = "null") {
  std::string quoted;
  json::append_string(quoted, arguments);
  return completion(R"({"role":"assistant","content":)" + text +
                    R"(,"tool_calls":[{"id":"call_1","type":"function","function":{"name":")" +
                    function + R"(","arguments":)" + quoted + "}}]}");
}

class ChatTest : public ::testing::Test {
 protected:
  ChatTest() {
    chat.set_up({.base_url = "https://llm.example/v1",
                 .model = "small",
                 .system = "Be brief.",
                 .api_key = Secret{"sk-s3cret"},
                 .max_iterations = 3});
    EXPECT_TRUE(world.write([&](Tx& tx, engine::Effects&) -> Result<void> {
      MALOTE_TRY(session, world.sessions.create(tx, world.project.no,
                                                {.user_id = "u1", .servers = {"malote"}}));
      return {};
    }));
    world.http.script = [this](const HttpRequest&) -> std::optional<HttpOutcome> {
      if (replies.empty()) return HttpOutcome{.error = "timeout"};
      HttpOutcome outcome = replies.front();
      replies.pop_front();
      return outcome;
    };
  }

  void reply(std::string body) { replies.push_back({.status = 200, .body = std::move(body)}); }

  engine::ChatEnd send(const std::string& dedupe = "") {
    std::optional<engine::ChatEnd> end;
    chat.answer({.project = world.project.no,
                 .session = session,
                 .message = "hello",
                 .dedupe_key = dedupe,
                 .on_step =
                     [this](const engine::ChatStep& step) {
                       steps.push_back(step.call ? step.call->tool : step.text);
                       return listens;
                     },
                 .done =
                     [&](engine::ChatEnd one) {
                       EXPECT_FALSE(end) << "ended twice";
                       end = std::move(one);
                     }});
    world.settle();
    EXPECT_TRUE(end) << "has no end";
    return end.value_or(engine::ChatEnd{});
  }
  json::Document sent(std::size_t index) const {
    return *json::Document::parse(world.http.sent.at(index).body);
  }

  World world;
  Session session{};
  std::deque<HttpOutcome> replies;
  std::vector<std::string> steps;
  bool listens = true;
  engine::Chat chat{world.context, world.http, world.executor, world.sessions};
};

TEST_F(ChatTest, TheModelGetsTheMessageAndTheSessionsToolsAsFunctions) {
  reply(says("Hi."));
  const auto end = send();
  EXPECT_EQ(end.message, "Hi.");
  EXPECT_EQ(end.failure, "");
  EXPECT_EQ(end.iterations, 1);
  EXPECT_TRUE(end.calls.empty());
  const auto& request = world.http.sent.at(0);
  EXPECT_EQ(request.url, "https://llm.example/v1/chat/completions");
  EXPECT_EQ(*find_header(request.headers, "Authorization"), "Bearer sk-s3cret");
  const auto body = sent(0);
  EXPECT_EQ(body.root()["model"].as_string(), "small");
  EXPECT_EQ(body.root()["messages"].raw(),
            R"([{"role":"system","content":"Be brief."},{"role":"user","content":"hello"}])");
  bool has_echo = false;
  for (const auto tool : body.root()["tools"]) {
    const json::View function = tool["function"];
    EXPECT_TRUE(function["parameters"]["properties"].is_object()) << tool.raw();
    has_echo = has_echo || function["name"].as_string() == "malote__echo";
  }
  EXPECT_TRUE(has_echo);
}

TEST_F(ChatTest, WhatTheToolsAnswerIsBoundedTogether) {
  const std::string arguments = R"({\"a\":\")" + std::string(600'000, 'x') + R"(\"})";
  std::string calls;
  for (int i = 0; i < 16; ++i)
    calls += std::string{i == 0 ? "" : ","} + R"({"id":"c","function":{"name":"malote__echo",)" +
             R"("arguments":")" + arguments + R"("}})";
  reply(completion(R"({"tool_calls":[)" + calls + "]}"));
  const auto end = send();
  EXPECT_EQ(end.failure, "what the tools answered became too long");
  EXPECT_EQ(end.calls.size(), 6u);
}

TEST_F(ChatTest, WhatItWantsCalledIsCalledInTheSessionAndToldToIt) {
  reply(wants("malote__echo", R"({"a":1})", R"("Looking.")"));
  reply(says("Done."));
  const auto end = send();
  EXPECT_EQ(end.message, "Done.");
  EXPECT_EQ(end.iterations, 2);
  ASSERT_EQ(end.calls.size(), 1u);
  EXPECT_EQ(end.calls[0].tool, "malote/echo");
  EXPECT_EQ(end.calls[0].output, R"({"a":1})");
  EXPECT_EQ(steps, (std::vector<std::string>{"Looking.", "malote/echo", "Done."}));
  const auto second = sent(1);
  const json::View asked = second.root()["messages"].at(2), told = second.root()["messages"].at(3);
  EXPECT_EQ(asked["tool_calls"].at(0)["id"].as_string(), "call_1");
  EXPECT_EQ(asked["tool_calls"].at(0)["function"]["arguments"].as_string(), R"({"a":1})");
  EXPECT_EQ(told["role"].as_string(), "tool");
  EXPECT_EQ(told["tool_call_id"].as_string(), "call_1");
  EXPECT_TRUE(told["content"].as_string()->starts_with(R"({"success":true,"data":{"a":1})"));
  EXPECT_TRUE(world.read([&](const ReadTx& tx) {
    return tx.tool_call(world.project.no, end.calls[0].no).has_value();
  }));
}

TEST_F(ChatTest, WhatCannotBeCalledIsToldToTheModelAndNotMade) {
  reply(wants("nobody__nothing", "{}"));
  reply(wants("malote__echo", "{a"));
  reply(says("Sorry."));
  const auto end = send();
  EXPECT_EQ(end.message, "Sorry.");
  EXPECT_TRUE(end.calls.empty());
  EXPECT_NE(sent(1).root()["messages"].at(3)["content"].as_string()->find("no such tool"),
            std::string::npos);
  EXPECT_NE(sent(2).root()["messages"].at(5)["content"].as_string()->find("no JSON object"),
            std::string::npos);
}

TEST_F(ChatTest, ItEndsAtTheLimitOfIterations) {
  for (int i = 0; i < 5; ++i) reply(wants("malote__echo", "{}"));
  const auto end = send();
  EXPECT_TRUE(end.aborted);
  EXPECT_EQ(end.failure, "");
  EXPECT_EQ(end.iterations, 3);
  EXPECT_EQ(end.calls.size(), 3u);
  EXPECT_EQ(replies.size(), 2u);
}

TEST_F(ChatTest, AFailureSaysWhyAndWhatWasDoneAndHidesTheKey) {
  reply(wants("malote__echo", "{}"));
  replies.push_back({.status = 401, .body = "bad key sk-s3cret"});
  const auto end = send();
  EXPECT_EQ(end.failure, "the chat endpoint answered 401: bad key ***");
  EXPECT_EQ(end.calls.size(), 1u);
  EXPECT_EQ(end.iterations, 1);
}

TEST_F(ChatTest, AnswersThatAreNoneAreFailures) {
  for (const auto* body : {"", "<html>", "{}", R"({"choices":[{"message":{"content":null}}]})",
                           R"({"choices":[{"message":{"tool_calls":[{"function":{}}]}}]})"}) {
    reply(body);
    EXPECT_NE(send().failure.find("the chat endpoint's answer"), std::string::npos) << body;
  }
  EXPECT_EQ(send().failure, "the chat endpoint did not answer: timeout");
}

TEST_F(ChatTest, WithAKeyTheNthToolIsCalledOnce) {
  for (int i = 0; i < 2; ++i) {
    reply(wants("malote__echo", R"({"a":1})"));
    reply(says("Done."));
  }
  const auto first = send("k"), second = send("k");
  EXPECT_EQ(first.calls.at(0).no, second.calls.at(0).no);
  reply(wants("malote__echo", R"({"a":2})"));
  EXPECT_NE(send("k").failure.find("idempotency key"), std::string::npos);
}

TEST_F(ChatTest, NothingMoreIsDoneWhenNobodyListens) {
  listens = false;
  reply(wants("malote__echo", "{}"));
  reply(says("Done."));
  const auto end = send();
  EXPECT_TRUE(end.aborted);
  EXPECT_EQ(world.http.sent.size(), 1u);
}

TEST_F(ChatTest, ItHasOnlySoMuchTime) {
  world.http.hang();
  std::optional<engine::ChatEnd> end;
  chat.answer({.project = world.project.no,
               .session = session,
               .message = "hello",
               .time = 55s,
               .done = [&](engine::ChatEnd one) { end = std::move(one); }});
  world.settle();
  EXPECT_EQ(world.http.sent.at(0).timeout, 55s);
  world.advance(56s);
  world.http.finish(0, {.status = 200, .body = wants("malote__echo", "{}")});
  world.settle();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->failure, "there was no time left");
  EXPECT_TRUE(end->calls.empty());
}

}  // namespace
}  // namespace malote::testing
