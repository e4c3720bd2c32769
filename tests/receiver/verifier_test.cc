#include "malote/receiver/verifier.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <string>

#include "receiver/vectors.h"

namespace {
std::atomic<bool> counting{false};
std::atomic<int> allocations{0};
}  // namespace

// Counts what verify() allocates: it must be nothing. g++ sees free() on what new gave, and warns.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
void* operator new(std::size_t size) {
  if (counting) ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc{};
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  if (counting) ++allocations;
  return std::malloc(size);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace malote::receiver {

namespace {

VerifyOptions at_now() {
  return {.clock = [] { return kNow; }};
}

Verifier standard() { return Verifier{"standard", {kSecret}, at_now()}; }

std::string verdict(const Verifier& verifier, const Signed& request) {
  const Verdict verdict = verifier.verify(request.fields(), request.body);
  return verdict ? "ok" : std::string{word(verdict.error().code)};
}

TEST(Verifier, TakesWhatASenderOfEachSchemeSends) {
  for (const auto& name : Scheme::names()) {
    const bool whsec = name == "standard";
    const std::string secret = whsec ? kSecret : "a secret with spaces and \xC3\xA9";
    const Verifier verifier{name, {secret}, at_now()};
    Signed request = signed_request(kBody, "dlv_1", name, kNow, secret);
    EXPECT_EQ(verdict(verifier, request), "ok") << name;
    request.body.back() = ' ';
    EXPECT_EQ(verdict(verifier, request), "no_matching_signature") << name;
  }
}

TEST(Verifier, SaysWhatProtectionThereWas) {
  Signed request = signed_request();
  const auto fields = request.fields();
  const Verdict verdict = standard().verify(fields, request.body);
  ASSERT_TRUE(verdict);
  EXPECT_EQ(verdict->message_id, "dlv_1");
  EXPECT_EQ(verdict->signed_at, kNow);
  EXPECT_TRUE(verdict->id_signed);
  EXPECT_TRUE(verdict->replay_protected);
  const Verifier untimed{"standard", {kSecret}, {.tolerance = {}}};
  EXPECT_FALSE(untimed.verify(fields, request.body)->replay_protected);
}

TEST(Verifier, AllocatesNothingWhetherItAcceptsOrRefuses) {
  const Verifier verifier{"standard", {kOther, kSecret}, at_now()};
  Signed good = signed_request();
  Signed forged = good, malformed = good,
         old = signed_request(kBody, "dlv_1", "standard", kNow - 301);
  forged.body += " ";
  malformed["webhook-signature"] = "v1,\xC3\xA9 v1, v1 v2,x";
  for (const Signed* request : {&good, &forged, &malformed, &old}) {
    const auto fields = request->fields();
    counting = true;
    const Verdict verdict = verifier.verify(fields, request->body);
    counting = false;
    EXPECT_EQ(static_cast<bool>(verdict), request == &good);
  }
  EXPECT_EQ(allocations, 0);
}

TEST(Verifier, ReadsTheSignatureHeaderStrictly) {
  const std::string good = signed_request()["webhook-signature"];
  const std::pair<std::string, std::string> cases[] = {
      {"", "missing_header"},
      {" \t ", "missing_header"},
      {"v1", "malformed_header"},
      {"v1,", "malformed_header"},
      {good.substr(0, good.size() - 1), "malformed_header"},
      {good + "=", "malformed_header"},
      {good.substr(0, good.size() - 2) + "_=", "malformed_header"},
      {"V1," + good.substr(3), "no_matching_signature"},
      {"v2,abc", "no_matching_signature"},
      {"junk", "malformed_header"},
      {"junk v2,abc", "no_matching_signature"},
      {"v2,abc v1,abc", "malformed_header"},
      {"  v1,abc   " + good + " ", "ok"},
      {std::string(1 << 20, ','), "no_matching_signature"},
      {std::string(1 << 20, ' ') + good, "ok"},
  };
  for (const auto& [value, expected] : cases) {
    Signed request = signed_request();
    request["webhook-signature"] = value;
    EXPECT_EQ(verdict(standard(), request), expected) << value.substr(0, 80);
  }
}

TEST(Verifier, LooksAtSixteenSignaturesAtMost) {
  const std::string good = signed_request()["webhook-signature"];
  std::string list;
  for (int i = 0; i < 15; ++i) list += "v1," + std::string(43, 'A') + "= ";
  Signed request = signed_request();
  request["webhook-signature"] = list + good;
  EXPECT_EQ(verdict(standard(), request), "ok");
  request["webhook-signature"] = "v2,x " + list + good;
  EXPECT_EQ(verdict(standard(), request), "malformed_header");
}

TEST(Verifier, ReadsMembersWithOneTimestamp) {
  const Verifier verifier{"codespar-t", {"secret"}, at_now()};
  const std::string good =
      signed_request(kBody, "", "codespar-t", kNow, "secret")["X-CodeSpar-Signature"];
  const std::string v1 = good.substr(good.find(",v1=") + 1), t = good.substr(0, good.find(','));
  const std::pair<std::string, std::string> cases[] = {
      {good, "ok"},
      {v1 + "," + t, "ok"},
      {t + " , " + v1, "ok"},
      {t + ",,v0=1,x," + v1 + ",", "ok"},
      {t, "malformed_header"},
      {t + ",v0=abc", "no_matching_signature"},
      {v1, "malformed_header"},
      {t + "," + t + "," + v1, "malformed_header"},
      {"t=," + v1, "malformed_header"},
      {"t," + v1, "malformed_header"},
      {"t=1e9," + v1, "malformed_header"},
      {"t=0000000000000000," + v1, "malformed_header"},
      {"t=999999999999999," + v1, "no_matching_signature"},
  };
  for (const auto& [value, expected] : cases) {
    Signed request = signed_request(kBody, "", "codespar-t", kNow, "secret");
    request["X-CodeSpar-Signature"] = value;
    EXPECT_EQ(verdict(verifier, request), expected) << value;
  }
}

TEST(Verifier, TheToleranceHasTwoSidesAndCountsItsEdge) {
  const std::pair<std::int64_t, std::string> cases[] = {{-300, "ok"},
                                                        {300, "ok"},
                                                        {-301, "timestamp_too_old"},
                                                        {301, "timestamp_too_new"},
                                                        {-kNow, "timestamp_too_old"},
                                                        {998'199'999'999'999, "timestamp_too_new"}};
  for (const auto& [offset, expected] : cases)
    EXPECT_EQ(verdict(standard(), signed_request(kBody, "d", "standard", kNow + offset)), expected)
        << offset;
}

TEST(Verifier, AnUnsignedTimestampCountsOnlyWhereItIsEnforced) {
  Signed request = signed_request(kBody, "d", "codespar", kNow, "secret");
  const std::pair<std::string, std::string> cases[] = {
      {"2020-01-01T00:00:00Z", "timestamp_too_old"},
      {"", "missing_header"},
      {"yesterday", "malformed_header"},
      {"2027-01-15T08:00:00", "malformed_header"},
      {"2027-01-15 08:00:00Z", "malformed_header"},
      {"2027-02-30T08:00:00Z", "malformed_header"},
      {"2027-01-15T08:00:00.123Z", "ok"},
      {"2027-01-15T05:00:00-03:00", "ok"}};
  VerifyOptions strict = at_now();
  strict.enforce_unsigned_timestamp = true;
  for (const auto& [value, expected] : cases) {
    request["X-CodeSpar-Timestamp"] = value;
    EXPECT_EQ(verdict(Verifier{"codespar", {"secret"}, at_now()}, request), "ok") << value;
    EXPECT_EQ(verdict(Verifier{"codespar", {"secret"}, strict}, request), expected) << value;
  }
}

TEST(Verifier, AHeaderTwiceIsRefusedWhateverItsCase) {
  for (const char* name : {"webhook-signature", "webhook-id", "webhook-timestamp"}) {
    Signed request = signed_request();
    std::string upper{name};
    for (auto& c : upper) c = static_cast<char>(std::toupper(c));
    request.headers.emplace_back(upper, request[name]);
    EXPECT_EQ(verdict(standard(), request), "malformed_header") << name;
  }
}

TEST(Verifier, RefusesToBeBuiltWithoutASecretItCanUse) {
  const auto code = [](const char* scheme, const std::vector<std::string>& secrets) {
    try {
      Verifier{scheme, secrets};
      return std::string{"built"};
    } catch (const ConfigError& error) {
      for (const auto& secret : secrets) {
        if (secret.size() <= 6) continue;
        EXPECT_EQ(std::string{error.what()}.find(secret), std::string::npos);
      }
      return error.code();
    }
  };
  EXPECT_EQ(code("standard", {}), "no_secret");
  EXPECT_EQ(code("codespar", {""}), "no_secret");
  EXPECT_EQ(code("codespar", {"good", ""}), "no_secret");
  EXPECT_EQ(code("standard", {"whsec_"}), "no_secret");
  EXPECT_EQ(code("standard", {"whsec_not base64!"}), "bad_secret");
  EXPECT_EQ(code("standard", {"v1,whsec_c2VjcmV0"}), "bad_secret");
  EXPECT_EQ(code("nobody", {"secret"}), "unknown_scheme");
  EXPECT_EQ(code("codespar", std::vector<std::string>(9, "s")), "bad_secret");
  EXPECT_EQ(code("codespar", {"whsec_ as it is"}), "built");
}

TEST(Scheme, OwnProfilesAreCheckedMemberByMember) {
  const auto refusal = [](const std::string& text) {
    try {
      Scheme::from_json("mine", text);
      return std::string{"read"};
    } catch (const ConfigError& error) {
      return error.code() + ": " + error.what();
    }
  };
  const std::string good =
      R"({"algorithm":"hmac-sha256","encoding":"hex","secret_encoding":"hex",
          "signature_header":"X-Sig","header_format":"bare","signed":["v0:","body"],
          "type":["body:/kind"]})";
  EXPECT_EQ(refusal(good), "read");
  EXPECT_NE(refusal("{").find("no JSON"), std::string::npos);
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    return refusal(text.replace(text.find(from), from.size(), to));
  };
  EXPECT_EQ(with("\"hex\"", "\"hexx\""), "bad_profile: /encoding takes one of hex, base64");
  EXPECT_EQ(with("X-Sig\"", "X-Sig\",\"extra\":1"),
            "bad_profile: /extra is no member of a profile");
  EXPECT_EQ(with("\"body\"]", "\"id\"]"), "bad_profile: /signed leaves the body out");
  EXPECT_EQ(with("\"body\"]", "\"body\",\"ts\"]"),
            "bad_profile: /signed has ts exactly where the timestamp is signed");
  EXPECT_EQ(with("body:/kind", "/kind").substr(0, 18), "bad_profile: /type");
}

TEST(Explain, NamesTheNearMissAndNoSecret) {
  const Verifier verifier{"codespar", {kSecret}, at_now()};
  const auto says = [&](Signed request, const std::string& words) {
    const std::string text = verifier.explain(request.fields(), request.body);
    EXPECT_NE(text.find(words), std::string::npos) << text;
    EXPECT_EQ(text.find(kSecret.substr(6)), std::string::npos);
  };
  says(signed_request(kBody, "d", "codespar", kNow, kSecret), "genuine");
  says(signed_request(kBody, "d", "codespar", kNow, kSecret.substr(6)), "leaves whsec_ out");
  says(signed_request(kBody, "d", "codespar-t", kNow, kSecret), "\"codespar-t\"");
  says(signed_request(kBody, "d", "codespar", kNow, kOther), "No near miss");
  Signed newline = signed_request(kBody + "\n", "d", "codespar", kNow, kSecret);
  newline.body = kBody;
  says(newline, "lost a newline");
  const Verifier timed{"standard", {kSecret}, at_now()};
  Signed old = signed_request(kBody, "d", "standard", kNow - 4000);
  EXPECT_NE(timed.explain(old.fields(), old.body).find("differ by 4000 s"), std::string::npos);
}

}  // namespace

}  // namespace malote::receiver
