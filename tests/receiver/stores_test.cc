#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <latch>
#include <stdexcept>
#include <thread>

#include "malote/receiver/idempotency_store.h"
#include "malote/receiver/inbox.h"
#include "receiver/vectors.h"

namespace malote::receiver {

namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

class TempDir {
 public:
  TempDir() {
    std::string name = (fs::temp_directory_path() / "malote-receiver-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TempDir() { fs::remove_all(path_); }
  std::string file(const char* name) const { return (path_ / name).string(); }

 private:
  fs::path path_;
};

/// The contract of every store.
class StoreTest : public testing::TestWithParam<bool> {
 protected:
  std::shared_ptr<IdempotencyStore> open() {
    const Clock clock = [this] { return now.load(); };
    if (GetParam()) return sqlite_store(dir.file("claims.db"), {.clock = clock});
    return memory_store({.max_keys = 3, .clock = clock});
  }
  TempDir dir;
  std::atomic<std::int64_t> now{kNow};
};
INSTANTIATE_TEST_SUITE_P(Kinds, StoreTest, testing::Bool(),
                         [](const auto& kind) { return kind.param ? "Sqlite" : "Memory"; });

TEST_P(StoreTest, AClaimIsHeldUntilItsOutcome) {
  const auto store = open();
  const Claim first = store->begin("k", 60s);
  ASSERT_EQ(first.state, Claim::State::acquired);
  EXPECT_EQ(store->begin("k", 60s).state, Claim::State::in_flight);
  store->abort("k", first.token);
  const Claim second = store->begin("k", 60s);
  ASSERT_EQ(second.state, Claim::State::acquired);
  store->commit("k", second.token, 100s);
  EXPECT_EQ(store->begin("k", 60s).state, Claim::State::done);
  now += 99;
  EXPECT_EQ(store->begin("k", 60s).state, Claim::State::done);
  now += 1;
  EXPECT_EQ(store->begin("k", 60s).state, Claim::State::acquired);
}

TEST_P(StoreTest, AClaimWhoseLeaseRanOutNoLongerCounts) {
  const auto store = open();
  const Claim lost = store->begin("k", 60s);
  now += 60;
  const Claim taken = store->begin("k", 60s);
  ASSERT_EQ(taken.state, Claim::State::acquired);
  EXPECT_NE(taken.token, lost.token);
  store->abort("k", lost.token);  // comes too late, and takes nothing from the new one
  EXPECT_EQ(store->begin("k", 60s).state, Claim::State::in_flight);
  store->commit("k", lost.token, 100s);
  EXPECT_EQ(store->begin("k", 60s).state, Claim::State::in_flight);
  store->commit("k", taken.token, 100s);
  EXPECT_EQ(store->begin("k", 60s).state, Claim::State::done);
}

TEST_P(StoreTest, AClockThatWentBackMakesNoClaimLastLongerThanItsLease) {
  const auto store = open();
  ASSERT_EQ(store->begin("k", 60s).state, Claim::State::acquired);
  now -= 100'000;
  EXPECT_EQ(store->begin("k", 60s).state, Claim::State::in_flight);
  now += 59;
  EXPECT_EQ(store->begin("k", 60s).state, Claim::State::in_flight);
  now += 1;
  EXPECT_EQ(store->begin("k", 60s).state, Claim::State::acquired);
}

TEST_P(StoreTest, OfManyThreadsOneAcquires) {
  const auto store = open();
  std::atomic<int> acquired{0};
  std::latch start{16};
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      start.arrive_and_wait();
      acquired += store->begin("k", 60s).state == Claim::State::acquired;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(acquired, 1);
}

TEST(MemoryStore, ForgetsTheOldestDoneKeyAndNeverAClaim) {
  const auto store = memory_store({.max_keys = 2});
  store->commit("a", store->begin("a", 60s).token, 1000s);
  (void)store->begin("b", 60s);
  (void)store->begin("c", 60s);  // a goes
  EXPECT_EQ(store->begin("b", 60s).state, Claim::State::in_flight);
  EXPECT_THROW((void)store->begin("a", 60s), std::runtime_error);
}

TEST(SqliteStore, KeepsWhatWasDoneOverRestartsAndProcesses) {
  const TempDir dir;
  const auto first = sqlite_store(dir.file("claims.db"));
  const auto beside = sqlite_store(dir.file("claims.db"));
  const Claim claim = first->begin("k", 60s);
  EXPECT_EQ(beside->begin("k", 60s).state, Claim::State::in_flight);
  first->commit("k", claim.token, 1000s);
  EXPECT_EQ(beside->begin("k", 60s).state, Claim::State::done);
  EXPECT_EQ(sqlite_store(dir.file("claims.db"))->begin("k", 60s).state, Claim::State::done);
  EXPECT_THROW(sqlite_store(dir.file("no/such/folder.db")), std::runtime_error);
}

Event event_of(const std::string& key) {
  return {.id = key, .type = "a", .key = key, .raw = std::string{"{\"\0", 3}, .data_text = "{}"};
}

TEST(Inbox, HandlesRetriesParksAndRemembersOverARestart) {
  const TempDir dir;
  std::int64_t now = kNow;
  const InboxOptions options{.retries = {5s, 30s}, .clock = [&now] { return now; }};
  std::vector<std::string> seen;
  const auto fail_b = [&](const Event& event, int attempt) -> Inbox::Result {
    seen.push_back(event.id + std::to_string(attempt));
    if (event.id == "b") return {Inbox::Result::Kind::failed, "no"};
    return {Inbox::Result::Kind::done};
  };
  {
    Inbox inbox{dir.file("inbox.db"), options};
    EXPECT_TRUE(inbox.append(event_of("a")));
    EXPECT_TRUE(inbox.append(event_of("b")));
    EXPECT_FALSE(inbox.append(event_of("a")));
    EXPECT_THROW((Inbox{dir.file("inbox.db"), options}), std::runtime_error);
  }
  Inbox inbox{dir.file("inbox.db"), options};
  EXPECT_EQ(inbox.waiting(), 2);
  while (inbox.work(fail_b)) continue;
  EXPECT_EQ(seen, (std::vector<std::string>{"a1", "b1"}));
  EXPECT_FALSE(inbox.append(event_of("a")));
  now += 4;
  EXPECT_FALSE(inbox.work(fail_b));
  now += 1;
  EXPECT_TRUE(inbox.work(fail_b));
  now += 30;
  EXPECT_TRUE(inbox.work(fail_b));
  const auto parked = inbox.parked();
  ASSERT_EQ(parked.size(), 1u);
  EXPECT_EQ(parked[0].event.id, "b");
  EXPECT_EQ(parked[0].event.raw.size(), 3u);
  EXPECT_EQ(parked[0].reason, "no");
  EXPECT_EQ(parked[0].attempts, 3);
  EXPECT_EQ(inbox.waiting(), 0);
  EXPECT_FALSE(inbox.retry("a"));
  EXPECT_TRUE(inbox.retry("b"));
  EXPECT_TRUE(inbox.work([](const Event&, int) { return Inbox::Result{}; }));
  EXPECT_TRUE(inbox.parked().empty());
}

/// For what another program, or a full disk, does to a file.
void execute(const std::string& path, const char* sql) {
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(db, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(db);
  sqlite3_close(db);
}

TEST(Inbox, WhatCouldNotBeNotedAsDoneIsNotDoneAgain) {
  const TempDir dir;
  Inbox inbox{dir.file("inbox.db")};
  inbox.append(event_of("a"));
  inbox.append(event_of("b"));
  execute(dir.file("inbox.db"),
          "CREATE TRIGGER full BEFORE UPDATE ON webhook_inbox"
          " BEGIN SELECT RAISE(FAIL, 'disk full'); END");
  std::string runs;
  const auto run = [&](const Event& event, int) -> Inbox::Result {
    runs += event.id;
    return {Inbox::Result::Kind::done};
  };
  EXPECT_THROW(inbox.work(run), std::runtime_error);
  EXPECT_THROW(inbox.work(run), std::runtime_error);
  EXPECT_EQ(runs, "a");
  execute(dir.file("inbox.db"), "DROP TRIGGER full");
  while (inbox.work(run)) continue;
  EXPECT_EQ(runs, "ab");
  EXPECT_EQ(inbox.waiting(), 0);
}

TEST(Inbox, TheHandlerAnswersOnceTheEventIsKeptAndRunsItAfterwards) {
  const TempDir dir;
  std::latch ran{1};
  std::atomic<int> runs{0};
  auto b = WebhookHandler::Builder{"standard"};
  b.secret(kSecret).clock([] { return kNow; });
  b.inbox(std::make_shared<Inbox>(dir.file("inbox.db")));
  b.on("payment.confirmed", [&](const Event& event) {
    EXPECT_EQ(event.data()["payment_id"].as_string(), "pay_1");
    if (++runs == 1) ran.count_down();
  });
  const auto hooks = b.build();
  const Signed request = signed_request();
  const auto send = [&] {
    return hooks.handle({.method = "POST", .headers = request.fields(), .body = request.body}).body;
  };
  EXPECT_EQ(send(), R"({"received":true})");
  EXPECT_EQ(send(), R"({"received":true,"duplicate":true})");
  ran.wait();
  EXPECT_EQ(runs, 1);
}

}  // namespace

}  // namespace malote::receiver
