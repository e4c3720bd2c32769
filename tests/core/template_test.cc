#include "core/template.h"

#include <gtest/gtest.h>

namespace malote::core {
namespace {

/// Documents that a scope refers to.
class TemplateTest : public ::testing::Test {
 protected:
  TemplateTest() {
    set("input", R"({"amount":150.350,"cents":15035,"email":null,"name":"Ana \"A\"",
                     "items":[{"sku":"a","qty":2},{"sku":"b","qty":1}],"phone":"(11) 98765-4321",
                     "at":"2026-04-22T01:30:00-03:00","flag":false,"n":9007199254740993})");
    set("steps.invoice", R"({"success":true,"data":{"id":"nfe_1","pdf_url":"https://x/1.pdf"}})");
    set("steps", R"({"other":{"success":false}})");
  }

  void set(const std::string& name, const std::string& text) {
    documents_.push_back(*json::Document::parse(text));
    scope_.set(name, documents_.back().root());
  }

  std::string render_or_error(const std::string& tmpl) {
    const auto document = json::Document::parse(tmpl);
    if (!document) return "not JSON";
    const auto result = render(document->root(), scope_);
    return result ? *result : "error: " + result.error().message;
  }

  bool is_true(const std::string& condition) {
    const auto document = json::Document::parse(condition);
    EXPECT_TRUE(references_of_condition(document->root())) << condition;
    const auto result = holds(document->root(), scope_);
    EXPECT_TRUE(result) << condition;
    return result && *result;
  }

  std::vector<json::Document> documents_{};
  Scope scope_{};
};

TEST_F(TemplateTest, AValueKeepsItsTypeAndItsDigits) {
  EXPECT_EQ(render_or_error(R"({"a":"${input.amount}","n":"${input.n}","b":[true,null,1.50]})"),
            R"({"a":150.350,"n":9007199254740993,"b":[true,null,1.50]})");
  EXPECT_EQ(render_or_error(R"("${input.items.1}")"), R"({"sku":"b","qty":1})");
  EXPECT_EQ(render_or_error(R"("${input.email}")"), "null");
}

TEST_F(TemplateTest, ATextTakesValuesAsText) {
  EXPECT_EQ(
      render_or_error(R"("Oi ${input.name}, ${input.items.0.qty} x ${steps.invoice.data.id}")"),
      R"("Oi Ana \"A\", 2 x nfe_1")");
  EXPECT_EQ(render_or_error(R"("costs $${input.amount}")"), R"("costs ${input.amount}")");
}

TEST_F(TemplateTest, TheLongestNameCounts) {
  EXPECT_EQ(render_or_error(R"("${steps.invoice.success}")"), "true");
  EXPECT_EQ(render_or_error(R"("${steps.other.success}")"), "false");
}

TEST_F(TemplateTest, AlternativesAndOptionals) {
  EXPECT_EQ(render_or_error(R"("${input.missing ?? input.email ?? 'none'}")"), R"("none")");
  EXPECT_EQ(render_or_error(R"("${input.missing ?? 7}")"), "7");
  EXPECT_EQ(render_or_error(R"({"a":"${input.missing?}","b":"${input.email?}","c":1})"),
            R"({"c":1})");
  EXPECT_EQ(render_or_error(R"(["${input.missing?}",2])"), "[2]");
  EXPECT_EQ(render_or_error(R"({"a":"${input.missing ?? input.gone?}"})"), "{}");
}

TEST_F(TemplateTest, WhatIsNotThereIsNamed) {
  EXPECT_EQ(render_or_error(R"({"a":"${steps.invoice.data.tracking}"})"),
            "error: steps.invoice.data.tracking: ${steps.invoice.data.tracking} leads nowhere");
  EXPECT_EQ(render_or_error(R"("x${input.email}")").substr(0, 6), "error:");
  EXPECT_EQ(render_or_error(R"("${input.items.2.sku}")").substr(0, 6), "error:");
  EXPECT_EQ(render_or_error(R"("${input.items.-1.sku}")").substr(0, 6), "error:");
}

TEST_F(TemplateTest, FiltersAreExact) {
  EXPECT_EQ(render_or_error(R"("${input.amount | minor}")"), "15035");
  EXPECT_EQ(render_or_error(R"("${input.cents | major}")"), "150.35");
  EXPECT_EQ(render_or_error(R"("${input.amount | times:1000}")"), "150350");
  EXPECT_EQ(render_or_error(R"("${input.items.0.qty | times:0.001}")"), "0.002");
  EXPECT_EQ(render_or_error(R"("${input.phone | phone}")"), R"("5511987654321")");
  EXPECT_EQ(render_or_error(R"("${input.phone | digits | max:2}")"), R"("11")");
  EXPECT_EQ(render_or_error(R"("${input.at | date}")"), R"("2026-04-22")");
  EXPECT_EQ(render_or_error(R"("${'1.234,56' | point | minor}")"), "123456");
  EXPECT_EQ(render_or_error(R"("${'24.90' | point}")"), R"("24.90")");
  EXPECT_EQ(render_or_error(R"("${input.name | minor}")").substr(0, 6), "error:");
  EXPECT_EQ(render_or_error(R"({"a":"${input.missing? | minor}"})"), "{}");
}

TEST_F(TemplateTest, KindsOfPixKeysAreToldApart) {
  const std::pair<const char*, const char*> keys[] = {
      {"ana@loja.br", "EMAIL"},
      {"+5511987654321", "PHONE"},
      {"11987654321", "PHONE"},
      {"529.982.247-25", "CPF"},
      {"52998224725", "CPF"},
      {"11.222.333/0001-81", "CNPJ"},
      {"123e4567-e89b-12d3-a456-426655440000", "EVP"}};
  for (const auto& [key, kind] : keys)
    EXPECT_EQ(render_or_error("\"${'" + std::string{key} + "' | pix_key_type}\""),
              "\"" + std::string{kind} + "\"");
}

TEST_F(TemplateTest, ForMakesOneEntryPerItem) {
  EXPECT_EQ(render_or_error(
                R"({"l":{"$for":"i","in":"${input.items}",
                   "make":{"s":"${i.sku}","of":"${input.cents}"}}})"),
            R"({"l":[{"s":"a","of":15035},{"s":"b","of":15035}]})");
  EXPECT_EQ(render_or_error(R"({"$for":"item","in":"${input.name}","make":1})").substr(0, 6),
            "error:");
}

TEST_F(TemplateTest, IfChoosesOrLeavesOut) {
  EXPECT_EQ(render_or_error(
                R"({"a":{"$if":{"path":"input.cents","gt":1},"then":"${input.cents}"},"b":1})"),
            R"({"a":15035,"b":1})");
  EXPECT_EQ(render_or_error(R"({"a":{"$if":"${input.email?}","then":{"e":"${input.email}"}}})"),
            "{}");
  EXPECT_EQ(render_or_error(R"({"a":{"$if":"${input.flag}","then":1,"else":{"n":2}}})"),
            R"({"a":{"n":2}})");
  for (const char* text :
       {R"({"$if":true})", R"({"$if":true,"then":1,"or":2})", R"({"$if":{"path":1},"then":1})"}) {
    EXPECT_FALSE(references_of_template(json::Document::parse(text)->root())) << text;
  }
  const auto found = references_of_template(
      json::Document::parse(R"({"$if":{"path":"a"},"then":"${b}","else":"${c}"})")->root());
  ASSERT_TRUE(found);
  EXPECT_EQ(found->size(), 3u);
}

TEST_F(TemplateTest, BadGrammarIsRefusedWithItsPlace) {
  for (const char* text : {"${", "${a", "${}", "${a..b}", "${a | }", "${a | nofilter}",
                           "${a | minor:2}", "${a | times}", "${a b}", "${'x}", "${a ??}"}) {
    const auto document = json::Document::parse(R"({"p":[")" + std::string{text} + R"("]})");
    const auto result = references_of_template(document->root());
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().issues.front().path, "/p/0") << text;
  }
  const auto bad_for = json::Document::parse(R"({"$for":"i","in":"${a}"})");
  EXPECT_FALSE(references_of_template(bad_for->root()));
}

TEST_F(TemplateTest, ReferencesAreFoundWithTheirPlace) {
  const auto document = json::Document::parse(
      R"({"a":"x ${input.b} ${c ?? 'd'}",
          "l":{"$for":"i","in":"${e.f}","make":["${i.g}","${h}"]}})");
  const auto found = references_of_template(document->root());
  ASSERT_TRUE(found);
  std::string all;
  for (const auto& [path, at] : *found) all += path + "@" + at + " ";
  EXPECT_EQ(all, "input.b@/a c@/a e.f@/l/in h@/l/make/1 ");
}

TEST_F(TemplateTest, Conditions) {
  EXPECT_TRUE(is_true(R"({"path":"steps.invoice.success"})"));
  EXPECT_FALSE(is_true(R"({"path":"input.flag"})"));
  EXPECT_FALSE(is_true(R"({"path":"input.email"})"));
  EXPECT_TRUE(is_true(R"({"path":"input.email","exists":true})"));
  EXPECT_FALSE(is_true(R"({"path":"input.nothing","exists":true})"));
  EXPECT_TRUE(is_true(R"({"path":"input.nothing","exists":false})"));
  EXPECT_TRUE(is_true(R"({"path":"input.amount","eq":150.35})"));
  EXPECT_FALSE(is_true(R"({"path":"input.amount","eq":"150.35"})"));
  EXPECT_TRUE(is_true(R"({"path":"input.amount","gte":150.35})"));
  EXPECT_FALSE(is_true(R"({"path":"input.amount","gt":150.35})"));
  EXPECT_TRUE(is_true(R"({"path":"input.cents","lt":"${input.n}"})"));
  EXPECT_TRUE(is_true(R"({"path":"input.name","ne":"x"})"));
  EXPECT_TRUE(is_true(R"({"path":"input.nothing","ne":"x"})"));
  EXPECT_FALSE(is_true(R"({"path":"input.nothing","lt":5})"));
  EXPECT_TRUE(is_true(R"({"path":"steps.invoice.data.id","in":["a","nfe_1"]})"));
  EXPECT_TRUE(is_true(R"({"path":"steps.invoice.data.id","starts_with":"nfe_"})"));
  EXPECT_TRUE(is_true(R"({"all":[true,{"not":{"path":"input.flag"}},
                                    {"any":[false,"${input.cents}"]}]})"));
  EXPECT_FALSE(is_true(R"("${input.missing?}")"));
}

TEST_F(TemplateTest, BadConditionsAreRefused) {
  for (const char* text :
       {R"({})", R"({"path":"a","eq":1,"ne":2})", R"({"path":"a","like":1})", R"({"path":1})",
        R"({"all":{}})", R"(5)", R"({"path":"a","in":5})", R"({"not":{"x":1}})"}) {
    const auto document = json::Document::parse(text);
    EXPECT_FALSE(references_of_condition(document->root())) << text;
  }
}

}  // namespace
}  // namespace malote::core
