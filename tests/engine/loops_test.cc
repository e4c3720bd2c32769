#include "engine/loops.h"

#include "engine/connections.h"

#include <gtest/gtest.h>

#include "fixtures.h"

namespace malote::testing {
namespace {

/// A loop of built-in tools and one of Asaas, whose answers the test scripts.
class LoopsTest : public ::testing::Test {
 protected:
  Loop create(const std::string& definition) {
    Loop loop;
    const auto made = world.write([&](Tx& tx, engine::Effects&) -> Result<void> {
      MALOTE_TRY(loop, loops.create(tx, world.project.no, definition));
      return {};
    });
    EXPECT_TRUE(made) << (made ? "" : made.error().message);
    return loop;
  }

  Error refusal(const std::string& definition) {
    const auto made = world.write([&](Tx& tx, engine::Effects&) -> Result<void> {
      MALOTE_CHECK_OK(loops.create(tx, world.project.no, definition));
      return {};
    });
    return made ? Error{} : made.error();
  }

  void connect_asaas() {
    ASSERT_TRUE(world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
      const engine::Connections connections{world.context};
      MALOTE_CHECK_OK(
          connections.create(tx, effects, world.project.no,
                             {.server_id = "asaas", .credentials = Secret{R"({"api_key":"k"})"}}));
      return {};
    }));
  }

  std::vector<malote::Run> runs() {
    return world.read(
        [&](const ReadTx& tx) { return tx.runs({.project = world.project.no}, {.limit = 100}); });
  }
  std::vector<StepRecord> journal(RunKey key) {
    return world.read([&](const ReadTx& tx) {
      std::vector<StepRecord> whole;
      for (const auto& head : tx.step_heads(key)) whole.push_back(*tx.step(key, head.position));
      return whole;
    });
  }
  std::string states(RunKey key) {
    std::string all;
    for (const auto& step : journal(key))
      all += (all.empty() ? "" : " ") + step.name + ":" + std::string{word(step.state)};
    return all;
  }
  Result<void> redrive(RunKey key, const std::string& from = "") {
    return world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
      MALOTE_CHECK_OK(loops.redrive(tx, effects, world.project.no, text_of(key), from));
      return {};
    });
  }
  std::string key_of(std::size_t request) {
    const auto* header = find_header(world.http.sent.at(request).headers, "Idempotency-Key");
    return header ? *header : "";
  }

  World world;
  engine::Loops loops{world.context};
};

constexpr const char* kChain = R"({"name":"chain","on":{"event":"payment.success"},"steps":[
  {"name":"a","tool":"malote/echo","params":{"n":"${event.data.n}","run":"${run.id}"}},
  {"name":"b","tool":"malote/echo","params":{"again":"${steps.a.data.n}"}}]})";

TEST_F(LoopsTest, AnEventRunsEveryStepInOrderEachFedByTheOnesBefore) {
  const auto loop = create(kChain);
  world.publish("payment.confirmed", R"({"n":7.50})");
  world.settle();
  ASSERT_EQ(runs().size(), 1u);
  const malote::Run run = runs().front();
  EXPECT_EQ(run.state, RunState::completed);
  const auto steps = journal(run.key);
  ASSERT_EQ(steps.size(), 2u);
  EXPECT_EQ(steps[0].params, R"({"n":7.50,"run":")" + text_of(run.key) + "\"}");
  EXPECT_EQ(steps[1].params, R"({"again":7.50})");
  const auto events = world.events();
  EXPECT_EQ(events.front().type, "loop.completed");
  EXPECT_EQ(events.front().external_reference, text_of(run.key));
}

TEST_F(LoopsTest, OnlyEventsItAskedForStartIt) {
  create(R"({"name":"x","on":{"events":["payment.*"],"server_id":"asaas",
    "when":{"path":"event.data.amount","gte":100}},
    "steps":[{"name":"a","tool":"malote/echo"}]})");
  world.publish("payment.confirmed", R"({"amount":150})");  // from another source
  EXPECT_TRUE(runs().empty());
  create(R"({"name":"y","on":{"events":["payment.*"],"when":{"path":"event.data.amount","gte":100}},
    "steps":[{"name":"a","tool":"malote/echo"}]})");
  world.publish("payment.confirmed", R"({"amount":99.99})");
  world.publish("shipment.delivered", R"({"amount":150})");
  EXPECT_TRUE(runs().empty());
  world.publish("payment.failed", R"({"amount":100.00})");
  EXPECT_EQ(runs().size(), 1u);
}

TEST_F(LoopsTest, ALoopForEverythingIsNotStartedByTheEndOfLoops) {
  create(R"({"name":"x","on":{"event":"*"},"steps":[{"name":"a","tool":"malote/echo"}]})");
  world.publish();
  world.settle();
  EXPECT_EQ(runs().size(), 1u);
}

TEST_F(LoopsTest, ADefinitionIsRefusedWithEveryPlace) {
  const auto error = refusal(R"({"name":"x","on":{"event":"loop.failed"},"steps":[
    {"name":"a","tool":"malote/ekko"},
    {"name":"a","tool":"asaas/create_payment","params":{"customer":7,"value":"${steps.z.data}"}},
    {"name":"B","tool":"malote/echo","when":{"path":"steps.b.success"},
     "retry":{"max_attempts":0}}]})");
  std::string places;
  for (const auto& issue : error.issues) places += issue.path + " ";
  EXPECT_EQ(places,
            "/on /steps/0/tool /steps/1/name /steps/1/params/value /steps/2/name "
            "/steps/2/when/path /steps/2/retry/max_attempts ");
  EXPECT_NE(error.issues[1].message.find("did you mean malote/echo?"), std::string::npos);
  EXPECT_EQ(refusal(R"({"name":"x","steps":[]})").issues.front().path, "/steps");
  std::string many = R"({"name":"x","steps":[)";
  for (int i = 0; i < 101; ++i)
    many += (i ? "," : "") + std::string{R"({"name":"s)"} + std::to_string(i) +
            R"(","tool":"malote/echo"})";
  EXPECT_EQ(refusal(many + "]}").issues.front().path, "/steps");
}

TEST_F(LoopsTest, ParamsAreHeldAgainstTheToolsSchema) {
  const auto error = refusal(R"({"name":"x","steps":[
    {"name":"a","tool":"asaas/create_payment","params":{"customer":7,"billingType":"PIX"}}]})");
  std::string places;
  for (const auto& issue : error.issues) places += issue.path + " ";
  EXPECT_EQ(places, "/steps/0/params/value /steps/0/params/dueDate /steps/0/params/customer ");
}

TEST_F(LoopsTest, ANameIsTakenOnce) {
  create(kChain);
  EXPECT_EQ(refusal(kChain).errc, Errc::loop_conflict);
}

TEST_F(LoopsTest, AReferenceIntoNothingFailsTheStepWithItsName) {
  create(kChain);
  world.publish("payment.confirmed", R"({"m":1})");
  world.settle();
  const malote::Run run = runs().front();
  EXPECT_EQ(run.state, RunState::failed);
  EXPECT_EQ(run.failed_step, "a");
  EXPECT_NE(run.error.find("event.data.n"), std::string::npos) << run.error;
  EXPECT_EQ(states(run.key), "a:failed") << "the steps after it are not run";
  EXPECT_EQ(world.events().front().type, "loop.failed");
}

TEST_F(LoopsTest, WithoutAbortingTheOtherStepsAreRun) {
  create(R"({"name":"x","on":{"event":"*"},"abort_on_error":false,"steps":[
    {"name":"a","tool":"malote/fail","params":{"message":"no","status":422}},
    {"name":"b","tool":"malote/echo","params":{"x":1}},
    {"name":"c","tool":"malote/echo","when":{"path":"steps.a.success"}},
    {"name":"d","tool":"malote/echo","params":{"y":"${steps.c.data.z}"}}]})");
  world.publish();
  world.settle();
  const malote::Run run = runs().front();
  EXPECT_EQ(run.state, RunState::failed);
  EXPECT_EQ(run.failed_step, "a");
  EXPECT_EQ(states(run.key), "a:failed b:succeeded c:skipped d:failed");
}

TEST_F(LoopsTest, AStepThatCouldNotHaveHappenedIsTriedAgainUnderItsKey) {
  connect_asaas();
  create(R"({"name":"x","on":{"event":"*"},"steps":[
    {"name":"a","tool":"asaas/create_customer","params":{"name":"Ana","cpfCnpj":"1"},
     "retry":{"max_attempts":3,"base_delay":"10s"}}]})");
  world.http.answer(429);
  world.publish();
  world.settle();
  EXPECT_EQ(world.http.sent.size(), 1u);
  world.advance(std::chrono::milliseconds{9'999});
  EXPECT_EQ(world.http.sent.size(), 1u);
  world.advance(std::chrono::milliseconds{1});
  ASSERT_EQ(world.http.sent.size(), 2u);
  EXPECT_EQ(key_of(0), key_of(1));
  EXPECT_EQ(world.http.sent[0].body, world.http.sent[1].body);
  EXPECT_EQ(key_of(0), text_of(runs().front().key) + ".a");
  world.http.script = [](const HttpRequest&) {
    return HttpOutcome{.status = 200, .body = R"({"id":"cus_1"})"};
  };
  world.advance(std::chrono::seconds{20});
  EXPECT_EQ(runs().front().state, RunState::completed);
  EXPECT_EQ(journal(runs().front().key).front().attempts, 3);
}

TEST_F(LoopsTest, AWriteThatMayHaveHappenedIsNotRepeatedByItself) {
  connect_asaas();
  create(R"({"name":"x","on":{"event":"*"},"steps":[
    {"name":"a","tool":"asaas/create_customer","params":{"name":"Ana","cpfCnpj":"1"}}]})");
  world.http.script = [](const HttpRequest&) { return HttpOutcome{.error = "timeout"}; };
  world.publish();
  world.settle();
  world.advance(std::chrono::hours{1});
  EXPECT_EQ(world.http.sent.size(), 1u);
  const malote::Run run = runs().front();
  EXPECT_EQ(run.state, RunState::failed);
  EXPECT_TRUE(journal(run.key).front().unknown);
  // Asked for by hand, it is: under the same key, for it may have happened.
  world.http.answer(200);
  ASSERT_TRUE(redrive(run.key));
  world.settle();
  ASSERT_EQ(world.http.sent.size(), 2u);
  EXPECT_EQ(key_of(0), key_of(1));
  EXPECT_EQ(runs().front().state, RunState::completed);
}

TEST_F(LoopsTest, ARedriveRepeatsWhatFailedUnderANewKeyAndNothingElse) {
  connect_asaas();
  create(R"({"name":"x","on":{"event":"*"},"steps":[
    {"name":"a","tool":"asaas/create_customer","params":{"name":"Ana","cpfCnpj":"1"}},
    {"name":"b","tool":"asaas/create_customer","params":{"name":"Bia","cpfCnpj":"2"}}]})");
  world.http.script = [](const HttpRequest& request) {
    const bool first = request.body.find("Ana") != std::string::npos;
    return HttpOutcome{.status = first ? 200 : 422, .body = R"({"id":"c"})"};
  };
  world.publish();
  world.settle();
  const malote::Run run = runs().front();
  EXPECT_EQ(states(run.key), "a:succeeded b:failed");
  world.http.answer(200);
  EXPECT_EQ(redrive(run.key, "nothing").error().errc, Errc::invalid_query);
  ASSERT_TRUE(redrive(run.key));
  world.settle();
  ASSERT_EQ(world.http.sent.size(), 3u);
  EXPECT_NE(key_of(1), key_of(2)) << "the provider keeps its refusal under the old one";
  EXPECT_EQ(runs().front().state, RunState::completed);
  EXPECT_EQ(redrive(run.key).error().errc, Errc::run_not_failed);
}

TEST_F(LoopsTest, WhatWasDoneIsCompensatedBackwards) {
  connect_asaas();
  create(R"({"name":"x","on":{"event":"*"},"steps":[
    {"name":"a","tool":"asaas/create_customer","params":{"name":"Ana","cpfCnpj":"1"},
     "compensate":{"tool":"malote/echo","params":{"undo":"${steps.a.data.id}"}}},
    {"name":"b","tool":"asaas/create_customer","params":{"name":"Bia","cpfCnpj":"2"},
     "compensate":{"tool":"malote/echo","params":{"undo":"${steps.b.data.id}"}}},
    {"name":"c","tool":"malote/fail","params":{"status":422}}]})");
  world.http.script = [](const HttpRequest& request) {
    const bool first = request.body.find("Ana") != std::string::npos;
    return HttpOutcome{.status = 200, .body = first ? R"({"id":"1"})" : R"({"id":"2"})"};
  };
  world.publish();
  world.settle();
  const malote::Run run = runs().front();
  EXPECT_EQ(run.state, RunState::failed);
  EXPECT_EQ(run.failed_step, "c");
  const auto steps = journal(run.key);
  ASSERT_EQ(steps.size(), 5u);
  EXPECT_EQ(steps[3].params, R"({"undo":"1"})");
  EXPECT_EQ(steps[4].params, R"({"undo":"2"})");
  EXPECT_LE(steps[4].started_at, steps[3].started_at);
}

TEST_F(LoopsTest, AnUncertainCompensationAsksAPersonWhereToGoOn) {
  connect_asaas();
  create(R"({"name":"x","on":{"event":"*"},"steps":[
    {"name":"a","tool":"asaas/create_customer","params":{"name":"Ana","cpfCnpj":"1"},
     "compensate":{"tool":"asaas/delete_payment","params":{"id":"${steps.a.data.id}"}}},
    {"name":"b","tool":"malote/fail","params":{"status":422}}]})");
  world.http.script = [](const HttpRequest& request) {
    if (request.method == "DELETE") return HttpOutcome{.error = "timeout"};
    return HttpOutcome{.status = 200, .body = R"({"id":"1"})"};
  };
  world.publish();
  world.settle();
  const RunKey key = runs().front().key;
  ASSERT_TRUE(journal(key).back().unknown);
  const auto refused = redrive(key);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("?from=a if it was"), std::string::npos);
  ASSERT_TRUE(redrive(key, "a"));
  world.settle();
  // It was undone, says the person: done again and undone again, both under new keys.
  EXPECT_EQ(world.http.sent.size(), 4u);
  EXPECT_EQ(journal(key).front().generation, 1);
  EXPECT_EQ(journal(key).back().generation, 1);
}

TEST_F(LoopsTest, RunsStayOnTheVersionThatTheyBeganWith) {
  connect_asaas();
  const auto loop = create(R"({"name":"x","on":{"event":"*"},"steps":[
    {"name":"a","tool":"asaas/get_balance"},{"name":"b","tool":"malote/echo","params":{"v":1}}]})");
  world.http.hang();
  world.publish();
  world.settle();
  const auto patch = *json::Document::parse(
      R"({"steps":[{"name":"a","tool":"malote/echo"},{"name":"b","tool":"malote/echo",
          "params":{"v":2}}]})");
  ASSERT_TRUE(world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
    MALOTE_CHECK_OK(loops.patch(tx, effects, world.project.no, loop.id, patch.root()));
    return {};
  }));
  world.http.finish(0, {.status = 200, .body = "{}"});
  world.settle();
  world.publish();
  world.settle();
  ASSERT_EQ(runs().size(), 2u);
  EXPECT_EQ(runs()[1].version, 1);
  EXPECT_EQ(journal(runs()[1].key)[1].params, R"({"v":1})");
  EXPECT_EQ(runs()[0].version, 2);
  EXPECT_EQ(journal(runs()[0].key)[1].params, R"({"v":2})");
}

TEST_F(LoopsTest, ACancelledRunKeepsTheResultOfItsLastCallAndGoesNoFurther) {
  connect_asaas();
  create(R"({"name":"x","on":{"event":"*"},"steps":[
    {"name":"a","tool":"asaas/get_balance"},{"name":"b","tool":"malote/echo"}]})");
  world.http.hang();
  world.publish();
  world.settle();
  const RunKey key = runs().front().key;
  ASSERT_TRUE(world.write([&](Tx& tx, engine::Effects&) -> Result<void> {
    MALOTE_CHECK_OK(loops.cancel(tx, world.project.no, text_of(key)));
    return {};
  }));
  world.http.finish(0, {.status = 200, .body = "{}"});
  world.settle();
  EXPECT_EQ(runs().front().state, RunState::cancelled);
  EXPECT_EQ(states(key), "a:succeeded");
}

TEST_F(LoopsTest, ACrashGoesOnAtTheFirstUnfinishedStepUnderTheSameKey) {
  connect_asaas();
  create(R"({"name":"x","on":{"event":"*"},"steps":[
    {"name":"a","tool":"malote/echo"},
    {"name":"b","tool":"asaas/create_customer","params":{"name":"Ana","cpfCnpj":"1"}}]})");
  world.http.hang();
  world.publish();
  world.settle();
  ASSERT_EQ(world.http.sent.size(), 1u);
  world.dispatcher.stop();  // as after kill -9: its outcome never comes
  engine::ToolCaller caller{world.context, world.http, world.executor, world.accounts};
  engine::Dispatcher next{world.context, world.http, world.executor, caller, {}};
  ASSERT_TRUE(next.start());
  world.http.answer(200);
  for (int i = 0; i < 5; ++i) {
    next.pump();
    world.executor.run_all();
    world.http.answer_all();
    world.executor.run_all();
  }
  ASSERT_EQ(world.http.sent.size(), 2u);
  EXPECT_EQ(key_of(0), key_of(1));
  EXPECT_EQ(runs().front().state, RunState::completed);
  EXPECT_EQ(journal(runs().front().key).size(), 2u);
}

TEST_F(LoopsTest, AProvidersRateLimitDelaysStepsAndFailsNone) {
  ASSERT_TRUE(world.write([&](Tx& tx, engine::Effects& effects) -> Result<void> {
    const engine::Connections connections{world.context};
    MALOTE_CHECK_OK(connections.create(
        tx, effects, world.project.no,
        {.server_id = "z-api", .credentials = Secret{R"({"instance_id":"i","token":"t"})"}}));
    return {};
  }));
  create(R"({"name":"x","on":{"event":"*"},"steps":[
    {"name":"a","tool":"z-api/send_text","params":{"phone":"5511999998888","message":"m"},
     "retry":{"max_attempts":1}}]})");
  for (int i = 0; i < 60; ++i) world.publish();  // it takes 20 a minute
  world.settle();
  EXPECT_LT(world.http.sent.size(), 10u);
  for (int i = 0; i < 240; ++i) world.advance(std::chrono::seconds{1});
  EXPECT_EQ(world.http.sent.size(), 60u);
  for (const auto& run : runs()) EXPECT_EQ(run.state, RunState::completed) << run.error;
}

TEST_F(LoopsTest, RunsUnderWayComeBeforeThoseThatWait) {
  connect_asaas();
  create(R"({"name":"x","max_in_flight":1,"on":{"event":"payment.*"},"steps":[
    {"name":"a","tool":"asaas/get_balance"},{"name":"b","tool":"asaas/get_balance"}]})");
  world.http.hang();
  for (int i = 0; i < 3; ++i) world.publish();
  world.settle();
  for (int i = 0; i < 2; ++i) {
    world.clock.advance(std::chrono::seconds{1});
    world.http.finish(0, {.status = 200, .body = "{}"});
    world.settle();
  }
  EXPECT_EQ(runs().back().state, RunState::completed) << "the first one, before the others began";
  EXPECT_TRUE(journal(runs().front().key).empty());
}

TEST_F(LoopsTest, ADryRunResolvesWhatCanBeResolved) {
  const auto loop = create(kChain);
  const auto results = *json::Document::parse(R"({"a":{"success":true,"data":{"n":3}}})");
  const engine::RunWish wish{.payload = R"({"data":{"n":7}})"};
  const auto without = world.read(
      [&](const ReadTx& tx) { return *loops.dry_run(tx, world.project.no, loop.id, wish, {}); });
  EXPECT_NE(without.find(R"("would":"wait_or_fail")"), std::string::npos) << without;
  const auto with = world.read([&](const ReadTx& tx) {
    return *loops.dry_run(tx, world.project.no, loop.id, wish, results.root());
  });
  EXPECT_NE(with.find(R"({"again":3})"), std::string::npos) << with;
  EXPECT_TRUE(runs().empty());
}

}  // namespace
}  // namespace malote::testing
