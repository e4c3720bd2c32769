#include "core/catalogue.h"

#include <gtest/gtest.h>

#include <set>

#include "base/json.h"
#include "files.h"

namespace malote::core {
namespace {

Catalogue catalogue() { return *Catalogue::parse(testing::read_file("data/events.json")); }

TEST(Catalogue, HoldsTheNamesTheSeedsPromise) {
  const auto known = catalogue();
  for (const char* name :
       {"payment.confirmed", "payment.failed", "payment.refunded", "payout.settled",
        "invoice.authorized", "invoice.rejected", "shipment.label_created", "shipment.in_transit",
        "shipment.delivered", "message.delivered", "message.read", "connection.expired",
        "kyc.approved", "kyc.rejected", "kyc.expired"}) {
    const EventType* type = known.find(name);
    ASSERT_NE(type, nullptr) << name;
    EXPECT_EQ(type->name, name);
  }
}

TEST(Catalogue, EveryEntryIsWholeAndItsFixtureHasItsSubject) {
  const auto known = catalogue();
  for (const auto& type : known.types()) {
    EXPECT_TRUE(is_event_pattern(type.name)) << type.name;
    EXPECT_EQ(type.name.substr(0, type.name.find('.')), type.domain) << type.name;
    EXPECT_FALSE(type.summary.empty()) << type.name;
    EXPECT_FALSE(type.since.empty()) << type.name;
    const auto fixture = json::Document::parse(type.fixture);
    ASSERT_TRUE(fixture) << type.name;
    EXPECT_TRUE(fixture->root()[type.subject]) << type.name << " lacks " << type.subject;
    const auto schema = json::Document::parse(type.schema);
    ASSERT_TRUE(schema) << type.name;
    for (const auto member : fixture->root()) {
      EXPECT_TRUE(schema->root()["properties"][member.key()])
          << type.name << "'s schema does not describe " << member.key();
    }
    for (const auto name : schema->root()["required"]) {
      EXPECT_TRUE(fixture->root()[*name.as_string()]) << type.name;
    }
  }
}

TEST(Catalogue, AliasesLeadToTheCanonicalName) {
  const auto known = catalogue();
  for (const char* alias : {"payment.success", "payment.succeeded", "commerce.payment.succeeded"}) {
    EXPECT_EQ(known.canonical(alias), "payment.confirmed") << alias;
  }
  EXPECT_EQ(known.canonical("payment.refund.success"), "payment.refunded");
  EXPECT_EQ(known.canonical("my.own.event"), "my.own.event");
  EXPECT_EQ(known.find("my.own.event"), nullptr);
}

TEST(Catalogue, RefusesANameUsedTwiceAndIncompleteEntries) {
  const char* cases[] = {
      R"({"events":[{"name":"a.b","fixture":{}},{"name":"a.b","fixture":{}}]})",
      R"({"events":[{"name":"a.b","fixture":{}},{"name":"a.c","aliases":["a.b"],"fixture":{}}]})",
      R"({"events":[{"name":"a.b","aliases":["a.b"],"fixture":{}}]})",
      R"({"events":[{"fixture":{}}]})",
      R"({"events":[{"name":"a.b"}]})",
      R"({"events":[)",
  };
  for (const char* text : cases) EXPECT_FALSE(Catalogue::parse(text)) << text;
}

TEST(EventPattern, IsAStarADomainOrADottedName) {
  for (const char* text : {"*", "payment.*", "a.b.*", "payment.confirmed", "single", "a1.b_2",
                           "provider.mercado-pago.x", "a.b-c"}) {
    EXPECT_TRUE(is_event_pattern(text)) << text;
  }
  for (const char* text : {"", ".", "*.*", "**", "*.a", "a.", ".a", "a..b", "a.*.b", "a*", "A.b",
                           "a b", "a.b\n", "á.b", "-a", "a.-b", ".*", "a/b"}) {
    EXPECT_FALSE(is_event_pattern(text)) << text;
  }
  for (const char* text : {"provider.asaas.PAYMENT_OVERDUE", "provider.x.-A:b..c", "provider.x.*"})
    EXPECT_TRUE(is_event_pattern(text)) << text;
  for (const char* text : {"provider.", "provider.a/b", "provider.a b", "provider.*.b", "other.A"})
    EXPECT_FALSE(is_event_pattern(text)) << text;
  EXPECT_TRUE(is_event_name("provider.asaas.PAYMENT_OVERDUE"));
  EXPECT_FALSE(is_event_name("payment.*"));
  EXPECT_FALSE(is_event_name("*"));
  EXPECT_TRUE(is_event_pattern(std::string(128, 'a')));
  EXPECT_FALSE(is_event_pattern(std::string(129, 'a')));
}

TEST(EventPattern, MatchesNamesAliasesAndDomains) {
  const auto known = catalogue();
  const struct {
    const char* pattern;
    const char* type;
    bool matches;
  } cases[] = {
      {"*", "anything.at.all", true},
      {"payment.*", "payment.confirmed", true},
      {"payment.*", "payment.refund.failed", true},
      {"payment.*", "payments.confirmed", false},
      {"payment.*", "payment", false},
      {"payment.*", "payment.", false},
      {"payment.confirmed", "payment.confirmed", true},
      {"payment.confirmed", "payment.failed", false},
      {"payment.succeeded", "payment.confirmed", true},
      {"payment.succeeded", "payment.failed", false},
      {"commerce.payment.*", "payment.confirmed", false},
      {"my.own", "my.own", true},
      {"my.own", "my.other", false},
      {"", "payment.confirmed", false},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(matches(known, c.pattern, c.type), c.matches) << c.pattern << " and " << c.type;
  }
}

}  // namespace
}  // namespace malote::core
