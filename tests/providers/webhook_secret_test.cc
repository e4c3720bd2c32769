#include "providers/webhook_secret.h"

#include <gtest/gtest.h>

namespace malote::providers {
namespace {

Result<std::vector<WebhookSecret>> parse(const char* text, const Scheme& scheme = {}) {
  return parse_webhook_secret(Secret{text}, scheme);
}

TEST(WebhookSecret, IsATextOrUserAndPassword) {
  EXPECT_EQ(parse("plain")->front().text.reveal(), "plain");
  EXPECT_EQ(parse(R"({"username":"u","password":"p"})")->front().user.reveal(), "u");
  EXPECT_EQ(parse(R"({"user":"u","pass":"p"})")->front().text.reveal(), "p");
  EXPECT_EQ(parse("{broken")->front().text.reveal(), "{broken");
}

TEST(WebhookSecret, OfAnObjectIsNeverTheTextOfIt) {
  for (const char* text : {"{}", R"({"other":"x"})", R"({"username":"u"})", R"({"webhook_id":""})",
                           R"({"username":"u","password":"p","webhook_id":"w"})"}) {
    EXPECT_FALSE(parse(text)) << text;
  }
  const auto secret = parse(R"({"webhook_id":"WH-1"})");
  EXPECT_TRUE(secret->front().text.empty());
  EXPECT_EQ(secret->front().members.at("webhook_id").reveal(), "WH-1");
}

TEST(WebhookSecret, MayBeSeveralEachInItsTime) {
  const auto secrets = parse(
      R"({"secrets":[{"secret":"old","until":"2026-01-02T00:00:00Z"},
                     {"secret":"new","from":"2026-01-01T00:00:00Z"}]})");
  ASSERT_EQ(secrets->size(), 2u);
  const Timestamp new_year = *parse_time("2026-01-01T00:00:00Z");
  EXPECT_TRUE((*secrets)[0].counts_at(new_year));
  EXPECT_FALSE((*secrets)[0].counts_at(new_year + std::chrono::hours{24}));
  EXPECT_FALSE((*secrets)[1].counts_at(new_year - Millis{1}));
  EXPECT_TRUE((*secrets)[1].counts_at(new_year));
}

TEST(WebhookSecret, NamesTheMemberThatCannotBeRead) {
  const auto place = [](const char* text) { return parse(text).error().issues.at(0).path; };
  EXPECT_EQ(place(R"({"certificate_pem":"no"})"), "/webhook_secret/certificate_pem");
  EXPECT_EQ(place(R"({"recipient_private_key_pem":"no"})"),
            "/webhook_secret/recipient_private_key_pem");
  EXPECT_EQ(place(R"({"jwks":{"keys":[]}})"), "/webhook_secret/jwks");
  EXPECT_EQ(place(R"({"secrets":[{"secret":"a","from":"yesterday"}]})"), "/webhook_secret/secrets");
}

TEST(WebhookSecret, IsRefusedWhereItProvesNothing) {
  const Scheme basic{.kind = SchemeKind::http_basic};
  const auto is_taken = [&](const char* text) {
    return check_secrets(basic, *parse(text, basic)).has_value();
  };
  EXPECT_TRUE(is_taken("user:password"));
  EXPECT_TRUE(is_taken("token:"));
  EXPECT_FALSE(is_taken(":"));
  EXPECT_FALSE(is_taken("word"));
  const char* half = R"({"recipient_private_key_pem":"-----BEGIN PUBLIC KEY-----\n)"
                     R"(MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE5hwuHr2SNYvKAEFUWb6rT2xVqZE8\n)"
                     R"(nbrMHJBzlNP8kZ0HgFYlPwMmHfBkXzxRr1QkFEl2xqXv2gV6Y4mYz6c7cA==\n)"
                     R"(-----END PUBLIC KEY-----\n"})";
  EXPECT_FALSE(parse(half));
  EXPECT_FALSE(parse(R"({"jwks":{"keys":[5,"x",{}]}})"));
  EXPECT_TRUE(parse(R"({"jwks":{"keys":[5,{"kty":"oct","k":"AAAA"}]}})"));
}

}  // namespace
}  // namespace malote::providers
