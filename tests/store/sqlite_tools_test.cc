#include "store/sqlite_tools.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "fixtures.h"

namespace malote::testing {
namespace {

class SqliteTools : public ::testing::Test {
 protected:
  void SetUp() override {
    store::SqliteStore store{{.path = path_, .inline_writes = true}};
    const auto result = write_and_wait(store, [](Tx& tx) -> Result<void> {
      const Timestamp now = from_ms(1'776'859'200'000);
      for (int i = 0; i < 3; ++i) {
        Event event{.project = {1}, .type = "a.b", .data = "{}"};
        tx.append_event(event, now);
        Delivery delivery{.event = event.key, .trigger = {1}, .project = {1}, .due_at = now};
        tx.append_delivery(delivery, now);
        if (i > 0) continue;
        delivery.state = DeliveryState::delivered;
        delivery.attempts = 1;
        tx.update_delivery(delivery);
        tx.insert_attempt({.delivery = delivery.key, .number = 1});
      }
      Receipt receipt{.project = {1}, .connection = {1}, .head = "{}"};
      tx.append_receipt(receipt, now);
      tx.put_fetch({.receipt = receipt.key, .connection = {1}, .due_at = now});
      return {};
    });
    ASSERT_TRUE(result);
  }
  void plant(const char* sql) {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &db), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(db, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(db);
    EXPECT_GT(sqlite3_changes(db), 0) << sql;
    sqlite3_close(db);
  }
  std::string problems(const std::string& path) {
    const auto result = store::verify(path);
    if (!result) return result.error().message;
    std::string all;
    for (const auto& problem : result->problems) all += problem + "\n";
    return all;
  }

  TempFolder folder_;
  const std::string path_ = folder_.file("malote.db");
};

TEST_F(SqliteTools, VerifyCountsASoundStore) {
  const auto result = store::verify(path_);
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->problems.empty()) << problems(path_);
  EXPECT_EQ(result->events, 3);
  EXPECT_EQ(result->deliveries, 3);
  EXPECT_EQ(result->pending, 3);
  EXPECT_EQ(result->receipts, 1);
}

TEST_F(SqliteTools, VerifyFindsPlantedDamage) {
  const std::pair<const char*, const char*> damages[] = {
      {"DELETE FROM queue WHERE lane & 3 = 0", "2 unfinished deliveries are not queued"},
      {"INSERT INTO queue SELECT key, 4, 0 FROM deliveries WHERE state = 2",
       "1 finished deliveries are still queued"},
      {"INSERT INTO queue VALUES (5, 4, 0)", "1 queued deliveries do not exist"},
      {"DELETE FROM fetches", "1 queued fetches do not exist"},
      {"DELETE FROM events", "3 deliveries have lost their event"},
      {"DELETE FROM attempts", "1 deliveries disagree with their attempt log"},
  };
  for (const auto& [sql, problem] : damages) {
    std::filesystem::remove_all(path_);
    SetUp();
    ASSERT_EQ(problems(path_), "");
    plant(sql);
    EXPECT_EQ(problems(path_), problem + std::string{"\n"}) << sql;
  }
}

TEST_F(SqliteTools, VerifyFindsADamagedPage) {
  plant("UPDATE events SET data = zeroblob(200000)");
  std::FILE* file = std::fopen(path_.c_str(), "r+b");
  ASSERT_NE(file, nullptr);
  std::fseek(file, 8192 * 2, SEEK_SET);
  const std::string noise(8192 * 4, '\xA5');
  std::fwrite(noise.data(), 1, noise.size(), file);
  std::fclose(file);
  EXPECT_NE(problems(path_), "");
}

TEST_F(SqliteTools, ABackupIsASoundStoreOfItsOwn) {
  const std::string copy = folder_.file("copy.db");
  {
    store::SqliteStore running{{.path = path_}};  // a gateway is at work meanwhile
    ASSERT_TRUE(store::backup(path_, copy, {}));
  }
  EXPECT_EQ(problems(copy), "");
  EXPECT_EQ(store::verify(copy)->events, 3);
  const store::SqliteStore opened{{.path = copy, .inline_writes = true}};
}

TEST_F(SqliteTools, ABackupNeverOverwrites) {
  const auto result = store::backup(path_, path_, {});
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().message.find("exists already"), std::string::npos);
  EXPECT_FALSE(store::backup(folder_.file("none/none.db"), folder_.file("x.db"), {}));
}

}  // namespace
}  // namespace malote::testing
