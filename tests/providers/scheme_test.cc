#include "providers/scheme.h"

#include <gtest/gtest.h>

namespace malote::providers {
namespace {

Result<Scheme> parse(std::string_view base, std::string_view top = "null") {
  const auto below = json::Document::parse(base);
  const auto above = json::Document::parse(top);
  return parse_scheme(below->root(), above->root());
}

TEST(Scheme, ReadsTheShortFormOfSigned) {
  const auto scheme = parse(R"({"kind":"hmac","header":"S","carrier":"pairs",
    "signed":"v0:{timestamp}.{body}{header:X-Id}{query:q}{field:/a}{url}!"})");
  ASSERT_TRUE(scheme) << scheme.error().message;
  using From = Part::From;
  const std::pair<From, const char*> parts[] = {
      {From::literal, "v0:"}, {From::timestamp, ""},  {From::literal, "."},
      {From::body, ""},       {From::header, "X-Id"}, {From::query, "q"},
      {From::field, "/a"},    {From::url, ""},        {From::literal, "!"}};
  ASSERT_EQ(scheme->signed_parts.size(), std::size(parts));
  for (std::size_t i = 0; i < std::size(parts); ++i) {
    EXPECT_EQ(scheme->signed_parts[i].from, parts[i].first) << i;
    EXPECT_EQ(scheme->signed_parts[i].name, parts[i].second) << i;
  }
  EXPECT_TRUE(scheme->signs_body());
}

TEST(Scheme, SignsTheBodyUnlessItSaysOtherwise) {
  EXPECT_TRUE(parse(R"({"kind":"hmac","header":"S"})")->signs_body());
  EXPECT_FALSE(parse(R"({"kind":"hmac","header":"S","signed":"{header:X-Id}"})")->signs_body());
  EXPECT_FALSE(parse(R"({"kind":"shared_secret","header":"S"})")->signs_body());
  EXPECT_FALSE(parse(R"({"kind":"http_basic"})")->signs_body());
}

TEST(Scheme, TheConnectionOverridesSingleMembers) {
  const auto scheme =
      parse(R"({"kind":"hmac","header":"S","carrier":"pairs","tolerance_seconds":300})",
            R"({"header":"Other","tolerance_s":60,"algorithm":"sha512"})");
  ASSERT_TRUE(scheme);
  EXPECT_EQ(scheme->header, "Other");
  EXPECT_EQ(scheme->tolerance_s, 60);
  EXPECT_EQ(scheme->hash, crypto::Hash::sha512);
  EXPECT_FALSE(parse(R"({"kind":"hmac","header":"S","carrier":"pairs","tolerance_s":5})",
                     R"({"tolerance_s":null})")
                   ->tolerance_s);
}

TEST(Scheme, TheConnectionCannotWeakenThePacksKind) {
  const auto scheme =
      parse(R"({"kind":"hmac","header":"S"})", R"({"kind":"shared_secret","scheme":"url_token"})");
  ASSERT_TRUE(scheme);
  EXPECT_EQ(scheme->kind, SchemeKind::signature);
}

TEST(Scheme, DescribesAWholeCustomScheme) {
  const auto scheme = parse("null", R"({"scheme":"hmac_sha256_base64","signature_header":"X-Sig",
    "prefix":"sha256=","prefix_optional":true,"secret_encoding":"base64"})");
  ASSERT_TRUE(scheme) << scheme.error().message;
  EXPECT_EQ(scheme->kind, SchemeKind::signature);
  EXPECT_EQ(scheme->encoding, Encoding::base64);
  EXPECT_EQ(scheme->header, "X-Sig");
  EXPECT_EQ(scheme->prefix, "sha256=");
  EXPECT_TRUE(scheme->prefix_optional);
}

TEST(Scheme, RefusesWhatCannotWorkAndNamesTheMember) {
  const std::pair<const char*, const char*> cases[] = {
      {"{}", "scheme"},
      {R"({"kind":"magic"})", "scheme"},
      {R"({"kind":1})", "scheme"},
      {R"({"kind":"hmac"})", "header"},
      {R"({"kind":"shared_secret"})", "header"},
      {R"({"kind":"url_token"})", "query"},
      {R"({"kind":"hmac","header":"S","algorithm":"md5"})", "algorithm"},
      {R"({"kind":"hmac","header":"S","encoding":"base32"})", "encoding"},
      {R"({"kind":"hmac","header":"S","secret_encoding":"x"})", "secret_encoding"},
      {R"({"kind":"hmac","header":"S","carrier":"x"})", "carrier"},
      {R"({"kind":"hmac","header":"S","tolerance_s":5})", "tolerance_seconds"},
      {R"({"kind":"hmac","header":"S","carrier":"pairs","tolerance_s":-1})", "tolerance_seconds"},
      {R"({"kind":"hmac","header":"S","carrier":"pairs","tolerance_s":1.5})", "tolerance_seconds"},
      {R"({"kind":"hmac","header":"S","carrier":"pairs","tolerance_s":1e30})", "tolerance_seconds"},
      {R"({"kind":"hmac","header":"S","signed":"{body"})", "signed"},
      {R"({"kind":"hmac","header":"S","signed":"{nonsense}"})", "signed"},
      {R"({"kind":"hmac","header":"S","signed":[{"name":"x"}]})", "signed/from"},
      {R"({"kind":"hmac","header":"S","signed":[{"from":"moon"}]})", "signed/from"},
      {R"({"kind":"hmac","header":"S","signed":[1]})", "signed"},
      {R"({"kind":"hmac","header":"S","carrier":"pairs","separator":""})", "separator"},
  };
  for (const auto& [text, member] : cases) {
    const auto scheme = parse(text);
    ASSERT_FALSE(scheme) << text;
    EXPECT_EQ(scheme.error().issues.at(0).path, "/webhook_auth/" + std::string{member}) << text;
    EXPECT_FALSE(parse("null", text)) << text;
  }
}

TEST(Scheme, AnAddressByItselfIsAListOfOne) {
  const auto blocks = [](const char* text) {
    const auto document = json::Document::parse(
        R"({"kind":"shared_secret","header":"X","ip_allow":)" + std::string{text} + "}");
    const auto scheme = parse_scheme(document->root(), {});
    return scheme ? static_cast<int>(scheme->allowed_addresses.size()) : -1;
  };
  EXPECT_EQ(blocks(R"("192.0.2.7")"), 1);
  EXPECT_EQ(blocks(R"(["192.0.2.7","10.0.0.0/8"])"), 2);
  EXPECT_EQ(blocks(R"("everybody")"), -1);
  EXPECT_EQ(blocks("[5]"), -1);
}

}  // namespace
}  // namespace malote::providers
