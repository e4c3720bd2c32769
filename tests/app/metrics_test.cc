#include "app/metrics.h"

#include "fixtures.h"

namespace malote::testing {
namespace {

TEST(Metrics, ReadsItsGaugesAtMostOnceASecond) {
  FixedClock clock;
  int reads = 0;
  const app::Metrics metrics{clock, [&] { return app::Gauges{.pending = ++reads}; }};
  const auto pending = [&](const char* count) {
    return metrics.text().find("malote_queue{of=\"pending\"} " + std::string{count} + "\n") !=
           std::string::npos;
  };
  EXPECT_TRUE(pending("1"));
  clock.advance(999ms);
  EXPECT_TRUE(pending("1"));
  clock.advance(1ms);
  EXPECT_TRUE(pending("2"));
  clock.advance(-1h);  // a clock that was set back does not keep the old ones
  EXPECT_TRUE(pending("3"));
  EXPECT_EQ(reads, 3);
}

TEST(RefusalLog, SaysOneRefusalASecondAndHowManyItDidNot) {
  FixedClock clock;
  app::RefusalLog log;
  const auto refuse = [&] { return log.on_refused("stripe", "no_secret", clock.now()); };
  EXPECT_EQ(refuse(), "inbound.refused server_id=stripe reason=no_secret");
  EXPECT_EQ(refuse(), std::nullopt);
  clock.advance(999ms);
  EXPECT_EQ(refuse(), std::nullopt);
  clock.advance(1ms);
  EXPECT_EQ(refuse(),
            "inbound.refused server_id=stripe reason=no_secret others_since_the_last_line=2");
  clock.advance(-1h);  // a clock that was set back does not silence it
  EXPECT_EQ(refuse(), "inbound.refused server_id=stripe reason=no_secret");
}

}  // namespace
}  // namespace malote::testing
