#include "store/sqlite_store.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "store/store_conformance.h"

namespace malote::testing {
namespace {

using store::SqliteOptions;
using store::SqliteStore;

const StoreMaker kMakers[] = {
    {"Memory", false, false,
     [](const std::string&) {
       return std::make_unique<SqliteStore>(SqliteOptions{.inline_writes = true});
     }},
    {"File", true, true,
     [](const std::string& folder) {
       return std::make_unique<SqliteStore>(SqliteOptions{.path = folder + "/malote.db"});
     }},
};
std::string name_of(const ::testing::TestParamInfo<StoreMaker>& maker) { return maker.param.name; }
INSTANTIATE_TEST_SUITE_P(Sqlite, StoreConformance, ::testing::ValuesIn(kMakers), name_of);
INSTANTIATE_TEST_SUITE_P(Sqlite, StoreLoops, ::testing::ValuesIn(kMakers), name_of);

/// The message of the exception that opening throws; "" when it opens.
std::string open_error(const std::string& path) {
  try {
    const SqliteStore store{{.path = path, .inline_writes = true}};
    return "";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

void run_sql(const std::string& path, const char* sql) {
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(db, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(db);
  sqlite3_close(db);
}

TEST(SqliteStore, ASecondGatewayOnTheSameFileIsRefused) {
  const TempFolder folder;
  const std::string path = folder.file("malote.db");
  {
    const SqliteStore first{{.path = path, .inline_writes = true}};
    EXPECT_NE(open_error(path).find("is in use by another malote"), std::string::npos)
        << open_error(path);
  }
  EXPECT_EQ(open_error(path), "");
}

TEST(SqliteStore, AFileFromANewerVersionIsRefusedInWords) {
  const TempFolder folder;
  const std::string path = folder.file("malote.db");
  EXPECT_EQ(open_error(path), "");
  run_sql(path, "PRAGMA user_version = 999");
  const std::string message = open_error(path);
  EXPECT_NE(message.find("was written by a newer malote (schema 999"), std::string::npos)
      << message;
  run_sql(path, "SELECT count(*) FROM events");  // nothing of it was touched
}

TEST(SqliteStore, ShownPrefixesOfGivenKeysAreShortenedInOldFiles) {
  const TempFolder folder;
  const std::string path = folder.file("malote.db");
  run_sql(path, (read_file("src/store/migrations/001_gateway.sql") +
                 read_file("src/store/migrations/002_receipts_of_events.sql") +
                 "INSERT INTO api_keys VALUES"
                 " (1,'key_1',1,'environment','csk_test_mine',x'01',0,'*',0,0,0),"
                 " (2,'key_2',1,'made here','csk_live_ab12',x'02',1,'*',0,0,0);"
                 "PRAGMA user_version = 2")
                    .c_str());
  const SqliteStore store{{.path = path, .inline_writes = true}};
  std::vector<std::string> prefixes;
  EXPECT_TRUE(store.read([&](const ReadTx& tx) -> Result<void> {
    for (const auto& key : tx.api_keys()) prefixes.push_back(key.prefix);
    return {};
  }));
  EXPECT_EQ(prefixes, (std::vector<std::string>{"csk_test_", "csk_live_ab12"}));
}

TEST(SqliteStore, AFileThatIsNoDatabaseIsRefused) {
  const TempFolder folder;
  const std::string path = folder.file("malote.db");
  std::FILE* file = std::fopen(path.c_str(), "w");
  ASSERT_NE(file, nullptr);
  for (int i = 0; i < 1000; ++i) std::fputs("this is no database\n", file);
  std::fclose(file);
  EXPECT_NE(open_error(path), "");
}

TEST(SqliteStore, AFolderThatIsNotThereIsRefusedInWords) {
  const TempFolder folder;
  EXPECT_NE(open_error(folder.file("none/malote.db")).find("is the data folder writable?"),
            std::string::npos);
}

TEST(SqliteStoreDeathTest, AReadOnlyFileIsRefusedInWords) {
  const TempFolder folder;
  const std::string path = folder.file("malote.db");
  EXPECT_EQ(open_error(path), "");
  ::unlink((path + ".lock").c_str());
  ASSERT_EQ(::chmod(path.c_str(), 0444), 0);
  ASSERT_EQ(::chmod(folder.path().c_str(), 0777), 0);
  const auto open_as_nobody = [&] {
    if (::geteuid() == 0 && ::setuid(65534) != 0) std::exit(1);  // root may write everything
    std::fprintf(stderr, "%s\n", open_error(path).c_str());
    std::exit(2);
  };
  EXPECT_EXIT(open_as_nobody(), ::testing::ExitedWithCode(2), "read-?only");
}

TEST(SqliteStore, ADatabaseThatCannotGrowRefusesWritesAndRecoversWithoutARestart) {
  const TempFolder folder;
  SqliteStore store{{.path = folder.file("malote.db"), .inline_writes = true}};
  const auto write = [&](std::size_t bytes) {
    return write_and_wait(store, [&](Tx& tx) -> Result<void> {
      Event event{.project = {1}, .type = "a.b", .data = std::string(bytes, 'x')};
      tx.append_event(event, from_ms(1'776'859'200'000));
      return {};
    });
  };
  EXPECT_TRUE(write(10));
  // A value above SQLite's own limit fails inside the store like any other write error.
  const auto refused = write(1'000'000'001);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().errc, Errc::store_unavailable);
  EXPECT_TRUE(write(10));
}

TEST(SqliteStore, DestructionFinishesWhatWasSubmitted) {
  const TempFolder folder;
  std::atomic<int> done = 0;
  {
    SqliteStore store{{.path = folder.file("malote.db")}};
    for (int i = 0; i < 500; ++i) {
      store.submit(
          [i](Tx& tx) -> Result<void> {
            tx.set_setting("n" + std::to_string(i), "1");
            return {};
          },
          [&done](const Result<void>& result) { done += result ? 1 : 0; });
    }
  }
  EXPECT_EQ(done, 500);
  SqliteStore again{{.path = folder.file("malote.db"), .inline_writes = true}};
  EXPECT_TRUE(again.read([](const ReadTx& tx) -> Result<void> {
    EXPECT_EQ(tx.setting("n499"), "1");
    return {};
  }));
}

}  // namespace
}  // namespace malote::testing
