#include "providers/verify.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "providers/registry.h"

namespace malote::providers {
namespace {

constexpr std::int64_t kNowSeconds = 1'776'859'200;
const Timestamp kNow = from_ms(kNowSeconds * 1000);
const std::string kBody = R"({"id":"evt_1","type":"payment.confirmed"})";

Scheme scheme_of(std::string_view text) {
  const auto document = json::Document::parse(text);
  auto scheme = parse_scheme(document->root(), {});
  EXPECT_TRUE(scheme) << (scheme ? "" : scheme.error().message);
  return *scheme;
}

std::vector<WebhookSecret> secrets(std::initializer_list<std::string> texts) {
  std::vector<WebhookSecret> list;
  for (const auto& text : texts) list.push_back({.text = Secret{text}, .user = {}});
  return list;
}

std::string hex_hmac(std::string_view key, std::string_view text) {
  return hex_encode(crypto::hmac(crypto::Hash::sha256, key, text));
}

using HeaderPairs = std::vector<std::pair<std::string, std::string>>;

std::string_view verdict(const Scheme& scheme, HeaderPairs headers,
                         const std::vector<WebhookSecret>& with, Timestamp now = kNow) {
  const RawRequest request{.method = "POST", .headers = std::move(headers), .body = kBody};
  return word(verify(scheme, request, with, now).refusal);
}

// --- a bare signature with a prefix
// ---------------------------------------------------------------

const char* const kBare = R"({"kind":"hmac","header":"X-Sig","prefix":"sha256="})";

TEST(VerifyBare, AcceptsTheRightSignatureInEitherCase) {
  const std::string hex = hex_hmac("k", kBody);
  std::string upper = hex;
  for (char& c : upper) c = static_cast<char>(c >= 'a' ? c - 32 : c);
  EXPECT_EQ(verdict(scheme_of(kBare), {{"x-sig", "sha256=" + hex}}, secrets({"k"})), "");
  EXPECT_EQ(verdict(scheme_of(kBare), {{"X-SIG", " SHA256=" + upper + " "}}, secrets({"k"})), "");
}

TEST(VerifyBare, RefusesEverythingElseWithItsReason) {
  const Scheme scheme = scheme_of(kBare);
  const std::string hex = hex_hmac("k", kBody);
  const std::string good = "sha256=" + hex;
  const struct {
    HeaderPairs headers;
    const char* reason;
  } cases[] = {
      {{}, "missing_header"},
      {{{"X-Other", good}}, "missing_header"},
      {{{"X-Sig", ""}}, "missing_header"},
      {{{"X-Sig", "  \t "}}, "missing_header"},
      {{{"X-Sig", good}, {"x-sig", good}}, "malformed_header"},
      {{{"X-Sig", good}, {"X-Sig", "sha256=00"}}, "malformed_header"},
      {{{"X-Sig", hex}}, "malformed_header"},
      {{{"X-Sig", "sha1=" + hex}}, "malformed_header"},
      {{{"X-Sig", "sha256="}}, "malformed_header"},
      {{{"X-Sig", good.substr(0, good.size() - 1)}}, "malformed_header"},
      {{{"X-Sig", good.substr(0, good.size() - 2)}}, "malformed_header"},
      {{{"X-Sig", good + "00"}}, "malformed_header"},
      {{{"X-Sig", "sha256=" + base64_encode(*hex_decode(hex))}}, "malformed_header"},
      {{{"X-Sig", "sha256=" + std::string(64, 'g')}}, "malformed_header"},
      {{{"X-Sig", "sha256=\xC3\xA9" + hex.substr(2)}}, "malformed_header"},
      {{{"X-Sig", good + std::string(kMaxSignatureHeader, ' ') + "x"}}, "malformed_header"},
      {{{"X-Sig", "sha256=" + std::string(64, '0')}}, "signature_mismatch"},
      {{{"X-Sig", "sha256=" + hex_hmac("other", kBody)}}, "signature_mismatch"},
      {{{"X-Sig", "sha256=" + hex_hmac("k", kBody + " ")}}, "signature_mismatch"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(verdict(scheme, c.headers, secrets({"k"})), c.reason)
        << (c.headers.empty() ? "" : c.headers.front().second.substr(0, 80));
  }
}

TEST(VerifyBare, FailsClosedWithoutASecret) {
  // What an attacker would send if an empty secret were a key.
  const HeaderPairs headers{
      {"X-Sig", "sha256=b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"}};
  EXPECT_EQ(verdict(scheme_of(kBare), headers, {}), "no_secret");
  EXPECT_EQ(verdict(scheme_of(kBare), headers, secrets({""})), "no_secret");
  EXPECT_EQ(verdict(scheme_of(kBare), headers, secrets({"", ""})), "no_secret");
}

TEST(VerifyBare, TriesEveryLiveSecretAndSaysWhichOneFitted) {
  const Scheme scheme = scheme_of(kBare);
  const RawRequest request{.headers = {{"X-Sig", "sha256=" + hex_hmac("old", kBody)}},
                           .body = kBody};
  const auto result = verify(scheme, request, secrets({"new", "", "old"}), kNow);
  EXPECT_TRUE(result);
  EXPECT_EQ(result.secret_index, 2u);
}

TEST(VerifyBare, AnyOtherByteOfTheBodyIsRefused) {
  const Scheme scheme = scheme_of(kBare);
  const std::string signature = "sha256=" + hex_hmac("k", kBody);
  for (std::size_t i = 0; i < kBody.size(); ++i) {
    RawRequest request{.headers = {{"X-Sig", signature}}, .body = kBody};
    request.body[i] = static_cast<char>(request.body[i] ^ 1);
    EXPECT_FALSE(verify(scheme, request, secrets({"k"}), kNow)) << i;
  }
}

TEST(VerifyBare, TheHintNeverHoldsTheSecret) {
  const RawRequest request{.headers = {{"X-Sig", "sha256=" + std::string(64, '0')}}, .body = kBody};
  const auto result = verify(scheme_of(kBare), request, secrets({"very-secret"}), kNow);
  EXPECT_FALSE(result.hint.empty());
  EXPECT_EQ(result.hint.find("very-secret"), std::string::npos);
  EXPECT_EQ(result.hint.find(hex_hmac("very-secret", kBody)), std::string::npos);
}

TEST(VerifyEncoding, AutomaticTakesHexAndBase64) {
  const Scheme scheme = scheme_of(R"({"kind":"hmac","header":"S","encoding":"auto"})");
  const std::string bytes = crypto::hmac(crypto::Hash::sha256, "k", kBody);
  EXPECT_EQ(verdict(scheme, {{"S", hex_encode(bytes)}}, secrets({"k"})), "");
  EXPECT_EQ(verdict(scheme, {{"S", base64_encode(bytes)}}, secrets({"k"})), "");
  const Scheme base64 = scheme_of(R"({"kind":"hmac","header":"S","encoding":"base64"})");
  EXPECT_EQ(verdict(base64, {{"S", hex_encode(bytes)}}, secrets({"k"})), "malformed_header");
  std::string unpadded = base64_encode(bytes);
  unpadded.pop_back();
  EXPECT_EQ(verdict(base64, {{"S", unpadded}}, secrets({"k"})), "malformed_header");
}

TEST(VerifyEncoding, ASecretThatIsNotInItsEncodingOpensNothing) {
  const Scheme scheme = scheme_of(R"({"kind":"hmac","header":"S","secret_encoding":"hex"})");
  EXPECT_EQ(verdict(scheme, {{"S", hex_hmac("\x01\x02", kBody)}}, secrets({"0102"})), "");
  EXPECT_EQ(verdict(scheme, {{"S", hex_hmac("xyz", kBody)}}, secrets({"xyz"})),
            "signature_mismatch");
}

// --- "t=…,v1=…"
// -----------------------------------------------------------------------------------

const char* const kPairs = R"({"kind":"hmac","header":"S","carrier":"pairs",
  "signed":"{timestamp}.{body}","tolerance_seconds":300})";

std::string pairs(std::string_view timestamp, std::string_view key = "k") {
  return "t=" + std::string{timestamp} +
         ",v1=" + hex_hmac(key, std::string{timestamp} + "." + kBody);
}

TEST(VerifyPairs, JudgesTheTimeOnBothSidesUpToTheExactEdge) {
  const Scheme scheme = scheme_of(kPairs);
  const std::pair<std::int64_t, const char*> cases[] = {{0, ""},
                                                        {300, ""},
                                                        {-300, ""},
                                                        {301, "timestamp_out_of_tolerance"},
                                                        {-301, "timestamp_out_of_tolerance"},
                                                        {86'400, "timestamp_out_of_tolerance"}};
  for (const auto& [off, reason] : cases) {
    EXPECT_EQ(verdict(scheme, {{"S", pairs(std::to_string(kNowSeconds + off))}}, secrets({"k"})),
              reason)
        << off;
  }
}

TEST(VerifyPairs, ReadsMillisecondsAndRfc3339Too) {
  const Scheme scheme = scheme_of(kPairs);
  EXPECT_EQ(
      verdict(scheme, {{"S", pairs(std::to_string(kNowSeconds * 1000 + 299'000))}}, secrets({"k"})),
      "");
  EXPECT_EQ(
      verdict(scheme, {{"S", pairs(std::to_string(kNowSeconds * 1000 + 302'000))}}, secrets({"k"})),
      "timestamp_out_of_tolerance");
  EXPECT_EQ(verdict(scheme, {{"S", pairs("2026-04-22T12:00:00Z")}}, secrets({"k"})), "");
}

TEST(VerifyPairs, RefusesTimestampsThatCannotBeRead) {
  const Scheme scheme = scheme_of(kPairs);
  for (const char* text :
       {"now", "-1", "1e9", "0x5f", "9999999999999999999", "1776859200.5", "+1776859200"}) {
    EXPECT_EQ(verdict(scheme, {{"S", pairs(text)}}, secrets({"k"})), "malformed_header") << text;
  }
}

TEST(VerifyPairs, AWrongSignatureIsReportedBeforeAWrongTime) {
  const Scheme scheme = scheme_of(kPairs);
  EXPECT_EQ(verdict(scheme, {{"S", pairs("1", "wrong")}}, secrets({"k"})), "signature_mismatch");
}

TEST(VerifyPairs, RefusesBrokenLists) {
  const Scheme scheme = scheme_of(kPairs);
  const std::string t = "t=" + std::to_string(kNowSeconds);
  const std::string good = pairs(std::to_string(kNowSeconds));
  const std::string v1 = good.substr(good.find("v1="));
  const std::pair<std::string, const char*> cases[] = {
      {t + ", " + v1, ""},
      {v1 + "," + t, ""},
      {t + ",v0=00,unknown," + v1, ""},
      {t + ",v1=" + std::string(64, '0') + "," + v1, ""},  // two signatures, one fits
      {t + ",v1=zz," + v1, ""},
      {t, "malformed_header"},
      {v1, "malformed_header"},
      {t + ",v0" + v1.substr(2), "malformed_header"},
      {t + "," + t + "," + v1, "malformed_header"},
      {"t=," + v1, "malformed_header"},
      {t + ",v1=", "malformed_header"},
      {"t" + v1, "malformed_header"},
      {",,,,", "malformed_header"},
      {"=", "malformed_header"},
  };
  for (const auto& [header, reason] : cases) {
    EXPECT_EQ(verdict(scheme, {{"S", header}}, secrets({"k"})), reason) << header;
  }
}

TEST(VerifyPairs, BoundsTheNumberOfParts) {
  const Scheme scheme = scheme_of(kPairs);
  const std::string good = pairs(std::to_string(kNowSeconds));
  std::string many = good;
  for (std::size_t i = 2; i < kMaxSignatureParts; ++i) many += ",x=1";
  EXPECT_EQ(verdict(scheme, {{"S", many}}, secrets({"k"})), "");
  EXPECT_EQ(verdict(scheme, {{"S", many + ",x=1"}}, secrets({"k"})), "malformed_header");
  std::string signatures = good;
  for (std::size_t i = 1; i < kMaxSignatures; ++i) signatures += ",v1=00";
  EXPECT_EQ(verdict(scheme, {{"S", signatures}}, secrets({"k"})), "");
  EXPECT_EQ(verdict(scheme, {{"S", signatures + ",v1=00"}}, secrets({"k"})), "malformed_header");
}

// --- "v1,… v1,…"
// ------------------------------------------------------------------------------------

const char* const kVersions = R"({"kind":"hmac","header":"webhook-signature","encoding":"base64",
  "secret_encoding":"whsec","carrier":"versions","separator":" ",
"timestamp_header":"webhook-timestamp",
  "tolerance_seconds":300,"signed":"{header:webhook-id}.{timestamp}.{body}"})";

HeaderPairs standard_headers(const std::string& id, const std::string& time,
                             std::string signature = "") {
  if (signature.empty()) {
    signature = "v1," + base64_encode(crypto::hmac(crypto::Hash::sha256, "raw-key!",
                                                   id + "." + time + "." + kBody));
  }
  return {{"webhook-id", id}, {"webhook-timestamp", time}, {"webhook-signature", signature}};
}

TEST(VerifyVersions, AcceptsStandardWebhooks) {
  const Scheme scheme = scheme_of(kVersions);
  const std::string time = std::to_string(kNowSeconds);
  const auto headers = standard_headers("msg_1", time);
  for (const char* secret : {"whsec_cmF3LWtleSE=", "cmF3LWtleSE="}) {
    EXPECT_EQ(verdict(scheme, headers, secrets({secret})), "") << secret;
  }
  const std::string& right = headers.back().second;
  const auto several = standard_headers("msg_1", time, "v1a,x v1,AAAA " + right + " v2,y");
  EXPECT_EQ(verdict(scheme, several, secrets({"whsec_cmF3LWtleSE="})), "");
}

TEST(VerifyVersions, RefusesMissingPiecesAndForeignVersions) {
  const Scheme scheme = scheme_of(kVersions);
  const std::string time = std::to_string(kNowSeconds);
  const auto good = standard_headers("msg_1", time);
  const auto key = secrets({"whsec_cmF3LWtleSE="});
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto headers = good;
    headers.erase(headers.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_EQ(verdict(scheme, headers, key), "missing_header") << good[i].first;
  }
  const std::string value = good.back().second;
  const std::pair<std::string, const char*> cases[] = {
      {"v2" + value.substr(2), "malformed_header"},
      {value.substr(3), "malformed_header"},
      {"v1," + value.substr(3, 20), "malformed_header"},
      {"v1", "malformed_header"},
      {"v1,", "malformed_header"},
  };
  for (const auto& [signature, reason] : cases) {
    EXPECT_EQ(verdict(scheme, standard_headers("msg_1", time, signature), key), reason)
        << signature;
  }
  EXPECT_EQ(verdict(scheme, standard_headers("msg_2", time, value), key), "signature_mismatch");
  EXPECT_EQ(verdict(scheme, good, secrets({"whsec_not base64"})), "signature_mismatch");
}

// --- tokens and passwords
// ---------------------------------------------------------------------------

TEST(VerifySharedSecret, ComparesTheWholeToken) {
  const Scheme scheme = scheme_of(R"({"kind":"shared_secret","header":"X-Token"})");
  const std::pair<std::string, const char*> cases[] = {{"token", ""},
                                                       {" token ", ""},
                                                       {"Token", "secret_mismatch"},
                                                       {"toke", "secret_mismatch"},
                                                       {"tokens", "secret_mismatch"},
                                                       {"token token", "secret_mismatch"},
                                                       {"", "missing_header"},
                                                       {"tok\xC3\xA9n", "secret_mismatch"}};
  for (const auto& [token, reason] : cases) {
    EXPECT_EQ(verdict(scheme, {{"X-Token", token}}, secrets({"token"})), reason) << token;
  }
  EXPECT_EQ(verdict(scheme, {{"X-Token", "token"}, {"x-token", "token"}}, secrets({"token"})),
            "malformed_header");
  EXPECT_EQ(verdict(scheme, {{"X-Token", "b"}}, secrets({"a", "b"})), "");
  EXPECT_EQ(verdict(scheme, {{"X-Token", "x"}}, secrets({""})), "no_secret");
}

TEST(VerifySharedSecret, WantsItsPrefix) {
  const Scheme scheme =
      scheme_of(R"({"kind":"shared_secret","header":"Authorization","prefix":"Bearer "})");
  EXPECT_EQ(verdict(scheme, {{"Authorization", "bearer t"}}, secrets({"t"})), "");
  EXPECT_EQ(verdict(scheme, {{"Authorization", "t"}}, secrets({"t"})), "malformed_header");
}

TEST(VerifyUrlToken, ReadsTheQuery) {
  const Scheme scheme = scheme_of(R"({"kind":"url_token","query":"token"})");
  const auto with = [&](std::vector<std::pair<std::string, std::string>> query) {
    return word(
        verify(scheme, {.query = std::move(query), .body = kBody}, secrets({"t"}), kNow).refusal);
  };
  EXPECT_EQ(with({{"token", "t"}}), "");
  EXPECT_EQ(with({}), "missing_token");
  EXPECT_EQ(with({{"token", ""}}), "missing_token");
  EXPECT_EQ(with({{"Token", "t"}}), "missing_token");
  EXPECT_EQ(with({{"token", "x"}}), "secret_mismatch");
  EXPECT_EQ(with({{"token", "x"}, {"token", "t"}}), "secret_mismatch");
}

TEST(VerifyBasic, ComparesUserAndPassword) {
  const Scheme scheme = scheme_of(R"({"kind":"http_basic"})");
  const std::vector<WebhookSecret> user{{.text = Secret{"p:w"}, .user = Secret{"u"}}};
  const std::pair<std::string, const char*> cases[] = {
      {"Basic " + base64_encode("u:p:w"), ""},
      {"basic  " + base64_encode("u:p:w"), ""},
      {"Basic " + base64_encode("u:x"), "credentials_mismatch"},
      {"Basic " + base64_encode("x:p:w"), "credentials_mismatch"},
      {"Basic " + base64_encode("up:w"), "credentials_mismatch"},
      {"Basic " + base64_encode("upw"), "malformed_header"},
      {"Basic !!!", "malformed_header"},
      {"Basic", "malformed_header"},
      {"Bearer x", "malformed_header"},
      {"", "missing_header"},
  };
  for (const auto& [header, reason] : cases) {
    EXPECT_EQ(verdict(scheme, {{"Authorization", header}}, user), reason) << header;
  }
  const std::vector<WebhookSecret> no_password{{.text = Secret{}, .user = Secret{"u"}}};
  EXPECT_EQ(verdict(scheme, {{"Authorization", "Basic " + base64_encode("u:")}}, no_password),
            "no_secret");
}

// --- signed pieces
// ----------------------------------------------------------------------------------

TEST(VerifyParts, OptionalPiecesGoTogetherWithTheTextAroundThem) {
  const Scheme scheme =
      scheme_of(R"({"kind":"hmac","header":"S","carrier":"pairs","timestamp_key":"ts",
    "signed":[{"from":"query","name":"data.id","before":"id:","after":";","lower":true,
"optional":true},
              {"from":"header","name":"x-request-id","before":"request-id:","after":";",
"optional":true},
              {"from":"timestamp","before":"ts:","after":";"}]})");
  const auto check = [&](std::string_view text, HeaderPairs headers, HeaderPairs query) {
    headers.emplace_back("S", "ts=5,v1=" + hex_hmac("k", text));
    const RawRequest request{.headers = std::move(headers), .query = std::move(query)};
    return static_cast<bool>(verify(scheme, request, secrets({"k"}), kNow));
  };
  EXPECT_TRUE(check("id:abc;request-id:r;ts:5;", {{"x-request-id", "r"}}, {{"data.id", "ABC"}}));
  EXPECT_TRUE(check("request-id:r;ts:5;", {{"x-request-id", "r"}}, {}));
  EXPECT_TRUE(check("ts:5;", {}, {{"data.id", ""}}));
  EXPECT_FALSE(check("id:;ts:5;", {}, {{"data.id", ""}}));
  EXPECT_FALSE(check("id:abc;ts:5;", {{"x-request-id", "r"}}, {{"data.id", "abc"}}));
}

TEST(VerifyParts, AMissingRequiredPieceIsNamed) {
  const Scheme scheme = scheme_of(R"({"kind":"hmac","header":"S","signed":"{header:X-Id}{body}"})");
  const RawRequest request{.headers = {{"S", hex_hmac("k", kBody)}}, .body = kBody};
  const auto result = verify(scheme, request, secrets({"k"}), kNow);
  EXPECT_EQ(result.refusal, Refusal::missing_header);
  EXPECT_NE(result.hint.find("X-Id"), std::string::npos);
}

TEST(VerifyParts, AnEmptyBodyIsSignedLikeAnyOther) {
  const Scheme scheme = scheme_of(R"({"kind":"hmac","header":"S"})");
  const RawRequest request{.headers = {{"S", hex_hmac("k", "")}}};
  EXPECT_TRUE(verify(scheme, request, secrets({"k"}), kNow));
}

// --- many signatures
// ---------------------------------------------------------------

TEST(VerifyPairs, FindsTheRightOneAmongManySignatures) {
  const auto scheme = scheme_of(R"({"kind":"hmac","header":"X-Sig","carrier":"pairs",
    "signature_keys":["v1","v0"],"signed":{"v1":"{timestamp}.{body}","v0":"{body}"}})");
  const std::string time = std::to_string(kNowSeconds);
  const std::string wrong(64, '0');
  const std::string v1 = hex_hmac("k", time + "." + kBody);
  const std::string v0 = hex_hmac("k", kBody);
  const auto with = [&](const std::string& tail) {
    return verdict(scheme, {{"X-Sig", "t=" + time + tail}}, secrets({"other", "k"}));
  };
  const std::string many = ",v1=" + wrong + ",v0=" + wrong + ",v1=" + wrong;
  EXPECT_EQ(with(many + ",v1=" + v1), "");
  EXPECT_EQ(with(many + ",v0=" + v0), "");
  EXPECT_EQ(with(",v1=" + v1 + many), "");
  EXPECT_EQ(with(many), "signature_mismatch");
  EXPECT_EQ(with(many + ",v1=" + v0 + ",v0=" + v1), "signature_mismatch");
}

TEST(VerifyPairs, SaysOnWhichSideOfNowATimeLies) {
  const auto scheme = scheme_of(R"({"kind":"hmac","header":"X-Sig","carrier":"pairs",
    "signed":"{timestamp}.{body}","tolerance_seconds":300})");
  const auto hint = [&](std::int64_t at) {
    const std::string time = std::to_string(at);
    const RawRequest request{
        .method = "POST",
        .headers = {{"X-Sig", "t=" + time + ",v1=" + hex_hmac("k", time + "." + kBody)}},
        .body = kBody};
    return verify(scheme, request, secrets({"k"}), kNow).hint;
  };
  EXPECT_TRUE(hint(kNowSeconds - 301).starts_with("signed 301 s before this clock's now"));
  EXPECT_TRUE(hint(kNowSeconds + 301).starts_with("signed 301 s after this clock's now"));
}

// --- tokens
// ---------------------------------------------------------------

std::string base64url(std::string_view text) {
  std::string out = base64_encode(text);
  for (char& c : out) c = c == '+' ? '-' : c == '/' ? '_' : c;
  while (out.ends_with('=')) out.pop_back();
  return out;
}

TEST(VerifyToken, ATimeThatCannotBeReadIsNoLeaveToGoOn) {
  const auto scheme = scheme_of(R"({"kind":"jwt_body","token_algorithms":["HS256"]})");
  const auto keys = parse_webhook_secret(Secret{"k"}, scheme);
  const auto with = [&](const std::string& claims) {
    const std::string text = base64url(R"({"alg":"HS256"})") + "." + base64url(claims);
    const RawRequest request{
        .method = "POST",
        .body = text + "." + base64url(crypto::hmac(crypto::Hash::sha256, "k", text))};
    return word(verify(scheme, request, *keys, kNow).refusal);
  };
  const std::string now = std::to_string(kNowSeconds);
  for (const char* claim : {"1e9", "-5", "\"soon\"", "null", "true", "{}", "1e400", "[1]",
                            "99999999999999999999999999", "\"\""}) {
    EXPECT_EQ(with(R"({"exp":)" + std::string{claim} + "}"), "malformed_body") << claim;
    EXPECT_EQ(with(R"({"nbf":)" + std::string{claim} + "}"), "malformed_body") << claim;
  }
  EXPECT_EQ(with("{}"), "");
  EXPECT_EQ(with(R"({"exp":)" + now + ".5}"), "");
  EXPECT_EQ(with(R"({"exp":"1","nbf":1})"), "token_expired");
  EXPECT_EQ(with(R"({"nbf":4102444800})"), "timestamp_out_of_tolerance");
}

}  // namespace
}  // namespace malote::providers
