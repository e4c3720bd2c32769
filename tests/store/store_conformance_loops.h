// Store conformance: sessions, tool calls, loops, runs and their journals.
#pragma once

#include "store/store_conformance_fixture.h"

namespace malote::testing {

class StoreLoops : public StoreConformance {
 protected:
  Session add_session(const std::string& id = "ses_1") {
    Session session{.id = id,
                    .project = kProject,
                    .user_id = "u",
                    .servers = {"asaas", "z-api"},
                    .mocks = R"({"a/b":{}})",
                    .created_at = now_,
                    .last_used_at = now_};
    write([&](Tx& tx) { tx.insert_session(session); });
    return session;
  }
  ToolCall add_call(const Session& session, const std::string& dedupe = "") {
    ToolCall call{.project = kProject,
                  .session = session.no,
                  .session_id = session.id,
                  .server_id = "asaas",
                  .tool = "asaas/get_balance",
                  .idempotency_key = "k",
                  .dedupe_key = dedupe,
                  .fingerprint = std::string("\0\xFF", 2),
                  .called_at = now_};
    write([&](Tx& tx) { tx.insert_tool_call(call); });
    return call;
  }
  Loop add_loop(const std::string& name = "chain", bool enabled = true) {
    Loop loop{.id = "lop_" + name,
              .project = kProject,
              .name = name,
              .enabled = enabled,
              .events = {"payment.*"},
              .server_id = "asaas",
              .condition = "true",
              .definition = R"({"v":1})",
              .max_in_flight = 3,
              .created_at = now_,
              .updated_at = now_};
    write([&](Tx& tx) { tx.insert_loop(loop); });
    return loop;
  }
  malote::Run add_run(const Loop& loop, EventKey event = {}) {
    malote::Run run{.loop = loop.no,
                    .version = loop.version,
                    .project = kProject,
                    .event = event,
                    .due_at = now_,
                    .started_at = now_};
    write([&](Tx& tx) { tx.append_run(run, now_); });
    return run;
  }
  std::int64_t queued(const Loop& loop) {
    return read([&](const ReadTx& tx) { return tx.pending_count(lane_of(loop.no)); });
  }
};

TEST_P(StoreLoops, ASessionIsKeptAndListed) {
  auto session = add_session();
  add_session("ses_2");
  session.status = SessionStatus::closed;
  session.closed_at = now_ + 1s;
  session.mock_counters = R"({"a/b":1})";
  write([&](Tx& tx) { tx.update_session(session); });
  const auto found = read([](const ReadTx& tx) { return tx.session(kProject, "ses_1"); });
  ASSERT_TRUE(found);
  EXPECT_EQ(found->servers, session.servers);
  EXPECT_EQ(found->mock_counters, session.mock_counters);
  EXPECT_EQ(found->closed_at, session.closed_at);
  EXPECT_FALSE(read([](const ReadTx& tx) { return tx.session({2}, "ses_1"); }));
  const auto list = [&](const SessionFilter& filter, Page page = {}) {
    std::string ids;
    for (const auto& one : read([&](const ReadTx& tx) { return tx.sessions(filter, page); }))
      ids += one.id + " ";
    return ids;
  };
  EXPECT_EQ(list({.project = kProject}), "ses_2 ses_1 ");
  EXPECT_EQ(list({.project = kProject}, {.limit = 1}), "ses_2 ");
  EXPECT_EQ(list({.project = kProject, .status = "closed"}), "ses_1 ");
  EXPECT_EQ(list({.project = kProject, .status = "odd"}), "");
  EXPECT_EQ(list({.project = kProject, .user_id = "v"}), "");
}

TEST_P(StoreLoops, CallsThatRunAreFound) {
  const auto session = add_session();
  auto over = add_call(session);
  const auto first = add_call(session);
  const auto second = add_call(session);
  over.status = CallStatus::success;
  write([&](Tx& tx) { tx.update_tool_call(over); });
  const auto running = [&](Page page, ProjectNo project = kProject) {
    std::string found;
    for (const auto& call : read([&](const ReadTx& tx) {
           return tx.tool_calls({.project = project, .status = "running"}, page);
         }))
      found += std::to_string(call.no.value) + " ";
    return found;
  };
  const auto no = [](const ToolCall& call) { return std::to_string(call.no.value) + " "; };
  EXPECT_EQ(running({}), no(second) + no(first));
  EXPECT_EQ(running({.before = second.no.value}), no(first));
  EXPECT_EQ(running({}, {2}), "");
}

TEST_P(StoreLoops, AToolCallIsFoundByItsNumberAndItsDedupeKey) {
  const auto session = add_session();
  auto call = add_call(session, "d1");
  add_call(session);
  add_call(session);
  call.status = CallStatus::error;
  call.output = R"({"x":1})";
  write([&](Tx& tx) { tx.update_tool_call(call); });
  const auto found = read([](const ReadTx& tx) { return tx.tool_call_by_dedupe(kProject, "d1"); });
  ASSERT_TRUE(found);
  EXPECT_EQ(found->no, call.no);
  EXPECT_EQ(found->status, CallStatus::error);
  EXPECT_EQ(found->output, call.output);
  EXPECT_EQ(found->fingerprint, call.fingerprint);
  EXPECT_FALSE(read([&](const ReadTx& tx) { return tx.tool_call({2}, call.no); }));
  const ToolCallFilter mine{.project = kProject, .session = session.no};
  EXPECT_EQ(read([&](const ReadTx& tx) { return tx.tool_calls(mine, {}); }).size(), 3u);
  const ToolCallFilter failed{.project = kProject, .status = "error"};
  EXPECT_EQ(read([&](const ReadTx& tx) { return tx.tool_calls(failed, {}); }).size(), 1u);
  EXPECT_EQ(read([&](const ReadTx& tx) { return tx.count_tool_calls({.project = kProject}); }), 3);
  EXPECT_FALSE(try_write([&](Tx& tx) -> Result<void> {
    ToolCall twin = call;
    tx.insert_tool_call(twin);
    return {};
  })) << "a dedupe key is taken once";
}

TEST_P(StoreLoops, EveryVersionOfALoopIsKept) {
  auto loop = add_loop();
  loop.version = 2;
  loop.definition = R"({"v":2})";
  write([&](Tx& tx) { tx.update_loop(loop); });
  EXPECT_EQ(read([&](const ReadTx& tx) { return tx.loop_definition(loop.no, 1); }), R"({"v":1})");
  EXPECT_EQ(read([&](const ReadTx& tx) { return tx.loop(loop.no); })->definition, R"({"v":2})");
  EXPECT_EQ(read([&](const ReadTx& tx) { return tx.loop_by_name(kProject, "chain"); })->no,
            loop.no);
  loop.deleted = true;
  write([&](Tx& tx) { tx.update_loop(loop); });
  EXPECT_FALSE(read([&](const ReadTx& tx) { return tx.loop(kProject, loop.id); }));
  EXPECT_TRUE(read([&](const ReadTx& tx) { return tx.loop(loop.no); })) << "for its runs";
  Loop next = loop;  // the name is free again
  next.id = "lop_next";
  next.deleted = false;
  write([&](Tx& tx) { tx.insert_loop(next); });
}

TEST_P(StoreLoops, OnlyEnabledLoopsAreToldOfEvents) {
  auto loop = add_loop("a");
  add_loop("b", false);
  const auto waiting = [&] {
    return read([](const ReadTx& tx) { return tx.loop_subscriptions(kProject).size(); });
  };
  EXPECT_EQ(waiting(), 1u);
  loop.enabled = false;
  write([&](Tx& tx) { tx.update_loop(loop); });
  EXPECT_EQ(waiting(), 0u);
}

TEST_P(StoreLoops, ARunIsQueuedOnItsLoopUntilItEnds) {
  const auto loop = add_loop();
  auto run = add_run(loop);
  EXPECT_EQ(queued(loop), 1);
  run.due_at = now_ + 5s;
  run.attempts = 2;
  write([&](Tx& tx) { tx.update_run(run); });
  EXPECT_EQ(read([&](const ReadTx& tx) { return tx.lane_head(lane_of(loop.no)); })->due_at,
            now_ + 5s);
  run.state = RunState::failed;
  run.error = "why";
  run.failed_step = "s";
  write([&](Tx& tx) { tx.update_run(run); });
  EXPECT_EQ(queued(loop), 0);
  const auto found = read([&](const ReadTx& tx) { return tx.run(run.key); });
  ASSERT_TRUE(found);
  EXPECT_EQ(found->state, RunState::failed);
  EXPECT_EQ(found->failed_step, "s");
  EXPECT_EQ(found->attempts, 2);
  run.state = RunState::running;  // redriven
  write([&](Tx& tx) { tx.update_run(run); });
  EXPECT_EQ(queued(loop), 1);
  const RunFilter failed{.project = kProject, .state = RunState::failed};
  EXPECT_TRUE(read([&](const ReadTx& tx) { return tx.runs(failed, {}); }).empty());
}

TEST_P(StoreLoops, AJournalIsReadInOrderAndAnEntryIsReplaced) {
  const auto run = add_run(add_loop());
  StepRecord step{.run = run.key, .position = 1, .name = "b", .tool = "t", .params = "{}"};
  write([&](Tx& tx) {
    tx.put_step(step);
    step.position = 0;
    step.name = "a";
    tx.put_step(step);
    step.state = StepState::failed;
    step.result = "{}";
    step.unknown = true;
    tx.put_step(step);
  });
  const auto heads = read([&](const ReadTx& tx) { return tx.step_heads(run.key); });
  std::vector<StepRecord> journal;
  for (const auto& head : heads) {
    EXPECT_EQ(head.params + head.result, "");
    journal.push_back(*read([&](const ReadTx& tx) { return tx.step(run.key, head.position); }));
  }
  ASSERT_EQ(journal.size(), 2u);
  EXPECT_EQ(journal[0].name, "a");
  EXPECT_EQ(journal[0].state, StepState::failed);
  EXPECT_TRUE(journal[0].unknown);
  EXPECT_EQ(journal[1].name, "b");
}

TEST_P(StoreLoops, RetentionKeepsWhatIsUnderWayAndItsEvent) {
  const auto loop = add_loop();
  const auto event = add_event();
  auto run = add_run(loop, event.key);
  const auto session = add_session();
  add_call(session);
  const auto later = now_ + 1h;
  EXPECT_EQ(trim(later), 2) << "the session and its call";
  EXPECT_TRUE(read([&](const ReadTx& tx) { return tx.event(event.key); }));
  run.state = RunState::completed;
  run.finished_at = now_;
  write([&](Tx& tx) {
    tx.put_step({.run = run.key, .name = "a"});
    tx.update_run(run);
  });
  EXPECT_EQ(trim(later), 2) << "the run and its event";
  EXPECT_FALSE(read([&](const ReadTx& tx) { return tx.run(run.key); }));
  EXPECT_TRUE(read([&](const ReadTx& tx) { return tx.step_heads(run.key); }).empty());
}

}  // namespace malote::testing
