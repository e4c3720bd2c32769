#include "providers/pack.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include <algorithm>

#include "core/catalogue.h"
#include "files.h"
#include "providers/registry.h"

namespace malote::providers {
namespace {

using malote::testing::read_file;

std::vector<std::string> pack_files() { return malote::testing::files_in("data/providers"); }

TEST(ProviderPacks, AreThere) { EXPECT_GE(pack_files().size(), 5u); }

TEST(ProviderPacks, EachParsesUnderItsOwnNameAndIsWhole) {
  for (const auto& file : pack_files()) {
    const auto pack = Pack::parse(read_file(file));
    ASSERT_TRUE(pack) << file << ": " << (pack ? "" : pack.error().message);
    EXPECT_EQ("data/providers/" + pack->id + ".json", file);
    EXPECT_FALSE(pack->label.empty()) << file;
    EXPECT_FALSE(pack->category.empty()) << file;
    EXPECT_FALSE(pack->countries.empty()) << file;
    EXPECT_FALSE(pack->document.root()["evidence"].as_string().value_or("").empty()) << file;
  }
}

TEST(ProviderPacks, EveryRuleNamesACatalogueType) {
  const auto catalogue = *core::Catalogue::parse(read_file("data/events.json"));
  for (const auto& file : pack_files()) {
    const auto pack = Pack::parse(read_file(file));
    for (const Rule& rule : pack->rules) {
      if (rule.type.empty()) continue;
      const auto* type = catalogue.find(rule.type);
      ASSERT_NE(type, nullptr) << file << ": " << rule.type;
      EXPECT_EQ(type->name, rule.type) << file << ": an alias";
    }
  }
}

TEST(ProviderPacks, AHeaderThatIsTheSecretIsRedacted) {
  for (const auto& file : pack_files()) {
    const auto pack = Pack::parse(read_file(file));
    for (const auto& [name, view] : pack->schemes) {
      const auto scheme = parse_scheme(view, {});
      ASSERT_TRUE(scheme) << file << name;
      if (scheme->kind != SchemeKind::shared_secret) continue;
      const bool redacted = std::ranges::any_of(
          pack->redact_headers,
          [&](const std::string& header) { return equals_ignore_case(header, scheme->header); });
      EXPECT_TRUE(redacted) << file << ": " << scheme->header;
    }
  }
}

TEST(Pack, RefusesWhatCannotWork) {
  const char* cases[] = {
      "",
      "[]",
      "{}",
      R"({"id":""})",
      R"({"id":"p","verify":{"default":"x"}})",
      R"({"id":"p","verify":{"schemes":{"s":{"kind":"hmac"}}}})",
      R"({"id":"p","events":{"rules":[{"fields":"none"}]}})",
      R"({"id":"p","probes":[{}]})",
      R"({"id":"p","probes":[{"method":["POST"]}]})",
      R"({"id":"p","response":{"content_type":"text/plain\r\nX: y"}})",
      R"({"id":"p","events":{"fetch":[{"url":"http://x"}]}})",
      R"({"id":"p","events":{"fetch":[{"url":"https://x"}]}})",
      R"({"id":"p","events":{"fetch":[{"url":"https://x","header":"H","replaces":"/a/b"}]}})",
      R"({"id":"p","events":{"fetch":[{"url":"https://x","header":"H","replaces":"a"}]}})",
      R"({"id":"p","api":{"token":{"url":"http://x"}}})",
      R"({"id":"p","api":{"rate_limit":{"per_minute":0}}})",
      R"({"id":"p","api":{"token":{"url":"https://x","client":"tls"}}})",
      R"({"id":"p","api":{"sign":{"header":"H","key":"k","secret":"s","value":"{signature}"}}})",
      R"({"id":"p","api":{"sign":{"header":"H","key":"k","secret":"s","signed":"{no",)"
      R"("value":"{signature}"}}})",
      R"({"id":"p","api":{"sign":{"header":"H","key":"k","secret":"s","signed":"{body}",)"
      R"("value":"{key}"}}})",
      R"({"id":"p","events":{"fields":{"f":{"a":{"as":"guess"}}}}})",
      R"({"id":"p","events":{"occurred_at":{"at":["/x"],"offset":"BRT"}}})",
  };
  for (const char* text : cases) EXPECT_FALSE(Pack::parse(text)) << text;
}

TEST(Pack, SaysHowCallsAreSigned) {
  const auto pack = Pack::parse(R"({"id":"p","api":{"sign":{"header":"X-Sign","key":"id",)"
                                R"("secret":"word","algorithm":"sha512","encoding":"base64",)"
                                R"("signed":"{method} {path} {nonce}.{body}",)"
                                R"("value":"{key}/{nonce}/{signature}"}}})");
  ASSERT_TRUE(pack) << pack.error().message;
  EXPECT_EQ(pack->api.credentials, (std::vector<std::string>{"id", "word"}));
  const Secret key{"{signature}"};  // what looks like a place stays as it is
  const Secret secret{"hush"};
  EXPECT_EQ(sign_call(pack->api.sign, {.method = "GET",
                                       .path = "/a?b",
                                       .body = "{}",
                                       .nonce = 7,
                                       .key = key,
                                       .secret = secret}),
            "{signature}/7/" +
                base64_encode(crypto::hmac(crypto::Hash::sha512, "hush", "GET /a?b 7.{}")));
}

TEST(Pack, OfSomebodysOwnIsHeldAgainstTheSchema) {
  for (const auto& file : malote::testing::files_in("data/providers")) {
    const auto pack = Pack::parse_own(read_file(file));
    EXPECT_TRUE(pack) << file << ": " << pack.error().message;
  }
  const std::string good = read_file("data/providers/mercado-pago.json");
  const struct {
    const char* from;
    const char* to;
    const char* place;
  } cases[] = {
      {"\"default\":", "\"defualt\":", "/verify/defualt"},
      {"\"redact_headers\": []", "\"redact_headers\": 5", "/redact_headers"},
      {"\"where\": {", "\"where\": 5, \"name\": {", "/where"},
      {"\"label\":", "\"lable\":", "/label"},
      {"\"must_equal\": {", "\"must_equal\": {\"lef\": \"/a\", ", "/events/must_equal/lef"},
  };
  for (const auto& [from, to, place] : cases) {
    std::string text = good;
    const auto at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    const auto pack = Pack::parse_own(text.replace(at, std::string_view{from}.size(), to));
    ASSERT_FALSE(pack) << to;
    EXPECT_NE(pack.error().message.find(place), std::string::npos) << pack.error().message;
  }
}

TEST(Registry, NamesTheFileThatIsWrong) {
  const EmbeddedFile files[] = {{"a.json", R"({"id":"a"})"}, {"b.json", R"({"id":1})"}};
  const auto registry = Registry::load(files);
  ASSERT_FALSE(registry);
  EXPECT_TRUE(registry.error().message.starts_with("b.json: "));
}

TEST(Registry, FindsPacksById) {
  const EmbeddedFile files[] = {{"a.json", R"({"id":"a"})"}, {"b.json", R"({"id":"b"})"}};
  const auto registry = Registry::load(files);
  ASSERT_TRUE(registry);
  EXPECT_EQ(registry->find("b")->id, "b");
  EXPECT_EQ(registry->find("c"), nullptr);
}

TEST(SchemeFor, ChoosesTheDefaultTheNamedOrTheDescribedOne) {
  const auto pack = Pack::parse(R"({"id":"p","verify":{"default":"one","schemes":{
    "one":{"kind":"hmac","header":"A"},"two":{"kind":"shared_secret","header":"B"}}}})");
  const auto header = [&](std::string_view auth) {
    const auto document = json::Document::parse(auth);
    const auto scheme = scheme_for(*pack, document->root());
    return scheme ? scheme->header : "error";
  };
  EXPECT_EQ(header("null"), "A");
  EXPECT_EQ(header(R"({"scheme":"two"})"), "B");
  EXPECT_EQ(header(R"({"scheme":"two","header":"C"})"), "C");
  EXPECT_EQ(header(R"({"scheme":"three"})"), "error");
  const auto custom = Pack::parse(read_file("data/providers/custom.json"));
  const auto described = json::Document::parse(R"({"scheme":"hmac_sha256_hex","header":"X"})");
  EXPECT_EQ(scheme_for(*custom, described->root())->header, "X");
  EXPECT_FALSE(scheme_for(*custom, {}));
}

}  // namespace
}  // namespace malote::providers
