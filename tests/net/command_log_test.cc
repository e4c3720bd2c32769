#include "net/command_log.h"

#include <gtest/gtest.h>

namespace malote::testing {
namespace {

using std::chrono::seconds;

constexpr net::CommandLog::Time kStart{seconds{1000}};

TEST(CommandLog, NamesTheServerAndHidesItsSecrets) {
  net::CommandLog log{"tools: crm", {"t0ps3cret"}};
  EXPECT_EQ(log.take("stderr", "Bearer t0ps3cret refused", kStart),
            (std::vector<std::string>{"tools: crm: stderr: Bearer *** refused"}));
  EXPECT_EQ(log.last(), "Bearer *** refused");
  log.forget_last();
  EXPECT_EQ(log.last(), "");
}

TEST(CommandLog, PassesOverEmptyLinesAndCutsLongOnes) {
  net::CommandLog log{"n", {}};
  EXPECT_TRUE(log.take("stderr", " \t", kStart).empty());
  const auto lines = log.take("stderr", std::string(5000, 'x'), kStart);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines.front(), "n: stderr: " + std::string(net::CommandLog::kLongest, 'x') + " …");
  EXPECT_EQ(log.take("stderr", "\xff\xfe", kStart).front(),
            "n: stderr: (2 bytes that are no text)");
}

TEST(CommandLog, LetsSoManyLinesThroughAMinuteAndCountsTheRest) {
  net::CommandLog log{"n", {}};
  std::size_t shown = 0;
  for (int i = 0; i < 100; ++i) shown += log.take("stderr", "again", kStart).size();
  EXPECT_EQ(shown, net::CommandLog::kLinesPerMinute);
  EXPECT_TRUE(log.take("stderr", "again", kStart + seconds{59}).empty());
  EXPECT_EQ(log.take("stderr", "later", kStart + seconds{60}),
            (std::vector<std::string>{"n: 71 lines more were left out", "n: stderr: later"}));
  EXPECT_EQ(log.take("stderr", "later", kStart + seconds{61}).size(), 1u);
}

}  // namespace
}  // namespace malote::testing
