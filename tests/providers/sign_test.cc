#include "providers/sign.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "files.h"
#include "providers/registry.h"
#include "providers/verify.h"

namespace malote::providers {
namespace {

const Timestamp kNow = from_ms(1'776'859'200'000);

PackPtr pack_of(const std::string& id) {
  const std::string name = "data/providers/" + id + ".json";
  const std::string text = malote::testing::read_file(name);
  const EmbeddedFile file{name, text};
  return Registry::load({&file, 1})->find(id);
}

Verdict judged(const Scheme& scheme, const RawRequest& request, std::string_view secret) {
  const std::vector<WebhookSecret> secrets{{.text = Secret{std::string{secret}}, .user = {}}};
  return verify(scheme, request, secrets, kNow);
}

TEST(Sign, WhatItSignsTheVerifierAcceptsForEveryEmulatedProvider) {
  for (const char* id : {"asaas", "melhor-envio", "mercado-pago", "nfe-io", "stripe", "z-api"}) {
    const auto scheme = scheme_for(*pack_of(id), {});
    ASSERT_TRUE(scheme) << id;
    RawRequest request{.method = "POST",
                       .headers = {{"x-request-id", "r1"}},
                       .query = {{"data.id", "AB12"}},
                       .body = R"({"a":1})"};
    ASSERT_TRUE(sign(*scheme, Secret{"a-long-enough-secret"}, kNow, request)) << id;
    EXPECT_TRUE(judged(*scheme, request, "a-long-enough-secret")) << id;
    EXPECT_FALSE(judged(*scheme, request, "another-long-secret")) << id;
    request.body += ' ';
    EXPECT_EQ(static_cast<bool>(judged(*scheme, request, "a-long-enough-secret")),
              !scheme->signs_body())
        << id;
  }
}

TEST(Sign, WritesStandardWebhooksWithTheTimeInAHeaderOfItsOwn) {
  const auto scheme = scheme_for(*pack_of("standard-webhooks"), {});
  const std::string secret = "whsec_" + base64_encode("0123456789abcdef0123456789abcdef");
  RawRequest request{.headers = {{"webhook-id", "m1"}}, .body = "{}"};
  ASSERT_TRUE(sign(*scheme, Secret{secret}, kNow, request));
  EXPECT_EQ(*header_of(request, "webhook-timestamp"), "1776859200");
  EXPECT_TRUE(judged(*scheme, request, secret));
}

TEST(Sign, SaysWhyItCannot) {
  const auto stripe = scheme_for(*pack_of("stripe"), {});
  RawRequest request{.body = "{}"};
  EXPECT_FALSE(sign(*stripe, Secret{}, kNow, request));
  const auto standard = scheme_for(*pack_of("standard-webhooks"), {});
  const auto missing = sign(*standard, Secret{"whsec_" + base64_encode("key")}, kNow, request);
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message.find("webhook-id is missing"), std::string::npos);
  const auto stone = scheme_for(*pack_of("stone"), {});
  EXPECT_FALSE(sign(*stone, Secret{"text"}, kNow, request));
}

}  // namespace
}  // namespace malote::providers
