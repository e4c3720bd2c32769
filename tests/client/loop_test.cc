#include "malote/client/loop.h"

#include <gtest/gtest.h>

#include <deque>
#include <stdexcept>

#include "client/fake_gateway.h"

namespace malote::client {
namespace {

using std::chrono::milliseconds;

struct Sent {
  std::string tool;
  std::string params;
  std::string key;
};

/// What execute would have done: each word is one attempt's outcome; "ok" when none is left.
struct Tools {
  std::deque<std::string> outcomes{};
  std::vector<Sent> sent{};
  std::vector<long> waits{};

  Execute execute() {
    return [this](const std::string& tool, const Json& params, const std::string& key) {
      sent.push_back({tool, params.text(), key});
      std::string outcome = "ok";
      if (!outcomes.empty()) {
        outcome = outcomes.front();
        outcomes.pop_front();
      }
      if (outcome == "throw") throw ClientError{"execute: no answer", 0, "network"};
      const bool success = outcome == "ok";
      return ToolResult{.success = success,
                        .data = Json{{"id", tool + "-1"}},
                        .error = success ? "" : outcome,
                        .tool = tool};
    };
  }

  LoopResult run(LoopConfig config) {
    config.wait = [this](milliseconds delay) { waits.push_back(delay.count()); };
    return run_loop(config, execute());
  }
};

std::string tools_of(const StepResults& results) {
  std::string text;
  for (const ToolResult& result : results) text += result.tool + (result.success ? "+" : "-");
  return text;
}

struct Case {
  const char* name;
  std::deque<std::string> outcomes;
  bool abort_on_error;
  int max_retries;
  // expected
  bool success;
  std::size_t completed;
  const char* results;
  std::vector<long> waits;
};

class LoopTable : public testing::TestWithParam<Case> {};

TEST_P(LoopTable, RunsThreeSteps) {
  const Case& expected = GetParam();
  Tools tools{.outcomes = expected.outcomes};
  const LoopResult result = tools.run({.steps = {{.tool = "a"}, {.tool = "b"}, {.tool = "c"}},
                                       .abort_on_error = expected.abort_on_error,
                                       .retry_policy = {.max_retries = expected.max_retries}});
  EXPECT_EQ(result.success, expected.success);
  EXPECT_EQ(result.completed_steps, expected.completed);
  EXPECT_EQ(result.total_steps, 3U);
  EXPECT_EQ(tools_of(result.results), expected.results);
  EXPECT_EQ(tools.waits, expected.waits);
}

INSTANTIATE_TEST_SUITE_P(
    Loop, LoopTable,
    testing::Values(
        Case{"AllGood", {}, true, 0, true, 3, "a+b+c+", {}},
        Case{"FailureAborts", {"ok", "bad"}, true, 0, false, 1, "a+b-", {}},
        Case{"FailureIsPassed", {"ok", "bad"}, false, 0, false, 2, "a+b-c+", {}},
        Case{"ThrownAborts", {"ok", "throw"}, true, 0, false, 1, "a+", {}},
        // The step without an answer has no result, so nothing says that one failed.
        Case{"ThrownLeavesNoResult", {"ok", "throw"}, false, 0, true, 2, "a+c+", {}},
        Case{"RetrySucceeds", {"bad", "throw", "ok"}, true, 2, true, 3, "a+b+c+", {1000, 2000}},
        Case{"RetriesEnd", {"bad", "bad", "bad"}, true, 2, false, 0, "a-", {1000, 2000}},
        Case{"LastAnswerCounts", {"bad", "throw"}, true, 1, false, 0, "a-", {1000}},
        Case{"ThrownTwice", {"throw", "throw"}, true, 1, false, 0, "", {1000}}),
    [](const auto& row) { return row.param.name; });

TEST(Loop, NoStepsAreASuccess) {
  Tools tools;
  const LoopResult result = tools.run({});
  EXPECT_TRUE(result.success);
  EXPECT_EQ(result.total_steps, 0U);
}

TEST(Loop, WaitsLinearlyOrExponentiallyAndNotAfterTheLastAttempt) {
  const std::vector<std::pair<Backoff, std::vector<long>>> cases{
      {Backoff::linear, {50, 100, 150}}, {Backoff::exponential, {50, 100, 200}}};
  for (const auto& [backoff, waits] : cases) {
    Tools tools{.outcomes = {"bad", "bad", "bad", "bad"}};
    tools.run(
        {.steps = {{.tool = "a"}},
         .retry_policy = {.max_retries = 3, .backoff = backoff, .base_delay = milliseconds{50}}});
    EXPECT_EQ(tools.waits, waits);
    EXPECT_EQ(tools.sent.size(), 4U);
  }
}

TEST(Loop, ParamsAreMadeOncePerStepFromTheResultsSoFar) {
  Tools tools{.outcomes = {"ok", "bad", "ok"}};
  int made = 0;
  const auto params = [&made](const StepResults& previous) {
    ++made;
    return Json{{"ref", previous[0].data["id"]}};
  };
  tools.run({.steps = {{.tool = "create", .params = {{"name", "Maria"}}},
                       {.tool = "charge", .params = params}},
             .retry_policy = {.max_retries = 1}});
  ASSERT_EQ(tools.sent.size(), 3U);
  EXPECT_EQ(tools.sent[0].params, R"({"name":"Maria"})");
  EXPECT_EQ(tools.sent[1].params, R"({"ref":"create-1"})");
  EXPECT_EQ(tools.sent[2].params, R"({"ref":"create-1"})");
  EXPECT_EQ(made, 1);
}

TEST(Loop, AStepWithoutParamsSendsAnEmptyObject) {
  Tools tools;
  tools.run({.steps = {{.tool = "a"}}});
  EXPECT_EQ(tools.sent.at(0).params, "{}");
}

TEST(Loop, WhenDecidesFromTheResultsAndNamesDoNotShift) {
  Tools tools{.outcomes = {"ok", "throw", "bad"}};
  const auto never = [](const StepResults&) { return false; };
  const auto after_one = [](const StepResults& previous) { return previous.size() == 1; };
  const LoopResult result = tools.run({.steps = {{.name = "skipped", .tool = "s", .when = never},
                                                 {.name = "invoice", .tool = "i"},
                                                 {.name = "lost", .tool = "l"},
                                                 {.name = "ship", .tool = "p", .when = after_one},
                                                 {.name = "notify", .tool = "n"}},
                                       .abort_on_error = false});
  EXPECT_EQ(tools_of(result.results), "i+p-n+");
  EXPECT_EQ(result.results[0].tool, "i");
  EXPECT_EQ(result.results["invoice"].data["id"].as_string(), "i-1");
  EXPECT_EQ(result.results["ship"].error, "bad");
  EXPECT_EQ(result.results["notify"].tool, "n");
  for (const char* name : {"skipped", "lost"}) {
    EXPECT_FALSE(result.results[name].success) << name;
    EXPECT_TRUE(result.results[name].data["id"].is_null()) << name;
  }
  EXPECT_THROW(result.results["shipp"], std::out_of_range);
  EXPECT_THROW(result.results[""], std::out_of_range);
  EXPECT_THROW(result.results[3], std::out_of_range);
}

TEST(Loop, CallbacksHearOfEachStepOnce) {
  Tools tools{.outcomes = {"ok", "bad", "bad", "throw", "throw"}};
  std::string heard;
  const LoopResult result =
      tools.run({.steps = {{.tool = "a"}, {.tool = "b"}, {.tool = "c"}, {.tool = "d"}},
                 .abort_on_error = false,
                 .retry_policy = {.max_retries = 1},
                 .on_step_complete =
                     [&](const Step& step, const ToolResult& done, std::size_t index) {
                       heard += step.tool + "=" + done.tool + std::to_string(index) + ";";
                     },
                 .on_step_error =
                     [&](const Step& step, const std::string& error, std::size_t index) {
                       heard += step.tool + "!" + error + std::to_string(index) + ";";
                     }});
  EXPECT_EQ(heard, "a=a0;b!bad1;c!execute: no answer2;d=d3;");
  EXPECT_EQ(result.completed_steps, 2U);
}

TEST(Loop, WhatTheCallersFunctionsThrowEndsTheLoop) {
  Tools tools;
  const auto missing = [](const StepResults& previous) { return previous[4].data; };
  EXPECT_THROW(tools.run({.steps = {{.tool = "a"}, {.tool = "b", .params = missing}},
                          .abort_on_error = false}),
               std::out_of_range);
  EXPECT_EQ(tools.sent.size(), 1U);
}

TEST(Loop, RefusesTwoStepsOfOneName) {
  Tools tools;
  EXPECT_THROW(tools.run({.steps = {{.name = "a", .tool = "x"}, {.name = "a", .tool = "y"}}}),
               std::invalid_argument);
  EXPECT_TRUE(tools.sent.empty());
}

TEST(Loop, SendsIdempotencyKeysOnlyWhenAsked) {
  Tools tools{.outcomes = {"bad", "ok", "ok"}};
  const std::vector<Step> steps{{.name = "invoice", .tool = "i"}, {.tool = "s"}};
  tools.run({.steps = steps, .retry_policy = {.max_retries = 1}, .idempotency_key = "evt_9"});
  tools.run({.steps = steps});
  std::string keys;
  for (const Sent& sent : tools.sent) keys += sent.key + ";";
  EXPECT_EQ(keys, "evt_9:invoice;evt_9:invoice;evt_9:1;;;");
}

TEST(Loop, OfASessionExecutesAtTheGateway) {
  FakeGateway gateway;
  Session session = gateway.session();
  gateway.answer(503, "busy");
  gateway.answer(200, R"({"success":true,"data":{"n":1},"error":null,"tool":"a"})");
  const LoopResult result = session.loop({.steps = {{.tool = "a", .params = {{"x", 1}}}},
                                          .retry_policy = {.max_retries = 1},
                                          .wait = [](milliseconds) {}});
  EXPECT_TRUE(result.success);
  ASSERT_EQ(gateway.calls().size(), 2U);
  EXPECT_EQ(gateway.last().body, R"({"tool":"a","input":{"x":1}})");
  EXPECT_EQ(header(gateway.last(), "Idempotency-Key"), "(absent)");
}

}  // namespace
}  // namespace malote::client
