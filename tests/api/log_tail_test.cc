#include "api/log_tail.h"

#include <gtest/gtest.h>

#include "fixtures.h"

namespace malote::testing {
namespace {

struct Written final : ResponseStream {
  std::string text{};
  bool write(std::string more) override { return text += more, true; }
  std::size_t unsent() const override { return 0; }
  void close() override {}
};

class LogTailTest : public ::testing::Test {
 protected:
  LogTailTest() {
    EXPECT_TRUE(world.write([&](Tx& tx, engine::Effects&) -> Result<void> {
      MALOTE_TRY(session, world.sessions.create(tx, world.project.no, {.user_id = "u1"}));
      return {};
    }));
  }

  ToolCall add(CallStatus status = CallStatus::success) {
    ToolCall call{.project = world.project.no,
                  .session = session.no,
                  .session_id = session.id,
                  .server_id = "codespar",
                  .tool = "codespar_charge",
                  .status = status,
                  .called_at = world.clock.now()};
    write([&](Tx& tx) { tx.insert_tool_call(call); });
    return call;
  }
  void write(const std::function<void(Tx&)>& change) {
    EXPECT_TRUE(world.write([&](Tx& tx, engine::Effects&) -> Result<void> {
      change(tx);
      return {};
    }));
  }
  /// "tc_1 running tc_2 success": what is new.
  std::string polled(api::LogTail& tail) {
    Written out;
    EXPECT_EQ(tail.poll(out), api::Polled::caught_up);
    std::string shown;
    for (auto at = out.text.find("data: "); at != std::string::npos;
         at = out.text.find("data: ", at + 1)) {
      const auto end = out.text.find("\n\n", at);
      const auto row = json::Document::parse(out.text.substr(at + 6, end - at - 6));
      EXPECT_TRUE(row);
      shown += (shown.empty() ? "" : " ") + std::string{*row->root()["id"].as_string()} + " " +
               std::string{*row->root()["status"].as_string()};
    }
    return shown;
  }

  World world;
  Session session{};
};

TEST_F(LogTailTest, ACallThatTakesItsTimeIsShownWhenItBeginsAndWhenItEnds) {
  api::LogTail tail{world.context, {.project = world.project.no}};
  auto before = add(CallStatus::running);
  add();
  EXPECT_EQ(polled(tail), "") << "what was there is not new";
  auto call = add(CallStatus::running);
  EXPECT_EQ(polled(tail), "tc_3 running");
  EXPECT_EQ(polled(tail), "");
  before.status = CallStatus::error;
  call.status = CallStatus::success;
  write([&](Tx& tx) {
    tx.update_tool_call(before);
    tx.update_tool_call(call);
  });
  EXPECT_EQ(polled(tail), "tc_1 error tc_3 success");
  EXPECT_EQ(polled(tail), "");
}

TEST_F(LogTailTest, ABurstIsShownWhole) {
  api::LogTail tail{world.context, {.project = world.project.no}};
  add();
  EXPECT_EQ(polled(tail), "");
  std::string all;
  for (int i = 2; i <= 301; ++i) {
    add();
    all += (all.empty() ? "tc_" : " tc_") + std::to_string(i) + " success";
  }
  EXPECT_EQ(polled(tail), all);
}

TEST_F(LogTailTest, ACallIsShownWhenItComesToFitTheFilter) {
  api::LogTail tail{world.context,
                    {.project = world.project.no, .server_id = "asaas", .status = "success"}};
  EXPECT_EQ(polled(tail), "");
  auto call = add(CallStatus::running);
  EXPECT_EQ(polled(tail), "");
  call.server_id = "asaas";
  call.status = CallStatus::success;
  write([&](Tx& tx) { tx.update_tool_call(call); });
  EXPECT_EQ(polled(tail), "tc_1 success");
}

}  // namespace
}  // namespace malote::testing
