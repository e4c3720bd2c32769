#include "core/message.h"

#include <gtest/gtest.h>

#include "core/template.h"

namespace malote::core {
namespace {

Result<std::string> text_of(const char* templates, std::string_view name, const char* variables) {
  const auto all = json::Document::parse(templates), values = json::Document::parse(variables);
  return message_text(all->root(), name, values->root());
}

TEST(Message, FillsTheNamedTemplate) {
  EXPECT_EQ(text_of(R"({"hi":"Oi {{ name }}, {{n}}x {{"})", "hi", R"({"name":"Ana","n":2})"),
            "Oi Ana, 2x {{");
}

TEST(Message, WithoutATemplateShowsTheVariables) {
  EXPECT_EQ(text_of("{}", "order_confirmed", R"({"tracking":"AA1","nfe_url":null,"n":2})"),
            "Order confirmed\nTracking: AA1\nN: 2");
}

TEST(Message, NamesAVariableThatIsMissing) {
  const auto text = text_of(R"({"hi":"Oi {{name}}"})", "hi", "{}");
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().issues.front().path, "variables.name");
}

TEST(Message, StandsInTemplates) {
  const auto input = json::Document::parse(R"({"t":"hi","v":{"name":"Ana"}})");
  Scope scope;
  scope.set("input", input->root());
  const auto tmpl = json::Document::parse(
      R"({"$message":{"templates":{"hi":"Oi {{name}}"},"name":"${input.t}",
                      "variables":"${input.v}"}})");
  ASSERT_TRUE(references_of_template(tmpl->root()));
  EXPECT_EQ(render(tmpl->root(), scope), R"("Oi Ana")");
  const auto bad = json::Document::parse(R"({"$message":{"text":"x"}})");
  EXPECT_FALSE(references_of_template(bad->root()));
}

}  // namespace
}  // namespace malote::core
