#include "core/fan_out.h"

#include <gtest/gtest.h>

#include "files.h"

namespace malote::core {
namespace {

TEST(FanOut, WakesATriggerWhoseWishCoversTypeAndSource) {
  const auto catalogue = *Catalogue::parse(testing::read_file("data/events.json"));
  const struct {
    std::vector<std::string> events;
    const char* server_id;
    const char* type;
    const char* source;
    bool wakes;
  } cases[] = {
      {{"payment.confirmed"}, "", "payment.confirmed", "asaas", true},
      {{"payment.confirmed"}, "asaas", "payment.confirmed", "asaas", true},
      {{"payment.confirmed"}, "stripe", "payment.confirmed", "asaas", false},
      {{"payment.failed", "payment.*"}, "", "payment.confirmed", "api", true},
      {{"payment.failed", "payout.settled"}, "", "payment.confirmed", "api", false},
      {{"payment.success"}, "", "payment.confirmed", "api", true},
      {{"*"}, "", "provider.asaas.X", "asaas", true},
      {{"*"}, "stripe", "provider.asaas.X", "asaas", false},
      {{}, "", "payment.confirmed", "api", false},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(wakes(catalogue, {c.events, c.server_id}, c.type, c.source), c.wakes)
        << c.type << " from " << c.source;
  }
}

}  // namespace
}  // namespace malote::core
