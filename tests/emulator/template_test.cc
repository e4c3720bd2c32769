#include "emulator/template.h"

#include <gtest/gtest.h>

namespace malote::emulator {
namespace {

struct TemplateTest : ::testing::Test {
  json::Document body = std::move(*json::Document::parse(
      R"({"value":150.350,"text":"a\"b","list":[1,{}],"empty":"","n":"12"})"));
  Prng random{7};
  Scope scope{.body = body.root(), .now = from_ms(1'776'859'200'000), .random = &random};

  std::string render(const std::string& text) {
    const auto document = json::Document::parse(text);
    const auto made = Template::parse(document->root());
    return made ? made->render(scope) : "error: " + made.error().message;
  }
};

TEST_F(TemplateTest, AWholeValueKeepsItsType) {
  EXPECT_EQ(render(R"({"a":"{/value}","b":"{/list}","c":"{/text}","d":"{/none}"})"),
            R"({"a":150.350,"b":[1,{}],"c":"a\"b","d":null})");
}

TEST_F(TemplateTest, WithinATextValuesAreTextAndEscaped) {
  EXPECT_EQ(render(R"(["<{/text}> {/value}{/none}"])"), R"(["<a\"b> 150.350"])");
}

TEST_F(TemplateTest, TheFirstAlternativeWithAValueCounts) {
  EXPECT_EQ(
      render(R"(["{/none|/empty|/n}","{/none|=0}","{/none|'x}","{int:/text|=7}","{/none|={}}"])"),
      R"(["12",0,"x",7,{}])");
}

TEST_F(TemplateTest, NumbersAreMadeOfTextsAndAddedExactly) {
  EXPECT_EQ(render(R"(["{int:/n}","{add:/value,/n}","{add:/none,/n}"])"), "[12,162.35,12]");
}

TEST_F(TemplateTest, TimesAreWrittenAsTheProvidersDo) {
  EXPECT_EQ(render(R"(["{now}","{now_br}","{today}","{now_s}"])"),
            R"(["2026-04-22T12:00:00.000Z","2026-04-22 09:00:00","2026-04-22",1776859200])");
}

TEST_F(TemplateTest, AnAccessKeyEndsInItsCheckDigit) {
  const std::string key = render(R"("{access_key}")").substr(1, 44);
  ASSERT_EQ(key.size(), 44u);
  int sum = 0;
  for (int i = 0; i < 43; ++i) sum += (key[static_cast<std::size_t>(i)] - '0') * (2 + (42 - i) % 8);
  const int rest = sum % 11;
  EXPECT_EQ(key.back() - '0', rest < 2 ? 0 : 11 - rest);
}

TEST_F(TemplateTest, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(render(R"(["{nothing}"])"), "error: there is no placeholder {nothing}");
  EXPECT_EQ(render(R"(["{hex:0}"])"), "error: there is no placeholder {hex:0}");
  EXPECT_EQ(render(R"(["a {id"])").substr(0, 6), "error:");
}

}  // namespace
}  // namespace malote::emulator
