#include "tools/schema.h"

#include <gtest/gtest.h>

namespace malote::tools {
namespace {

/// "pointer: message" per fault.
std::string faults_of(const char* schema, const char* value) {
  const auto s = json::Document::parse(schema), v = json::Document::parse(value);
  EXPECT_TRUE(check_schema(s->root(), "")) << schema;
  std::string out;
  for (const auto& [path, message] : validate(v->root(), s->root()))
    out += path + ": " + message + "\n";
  return out;
}

TEST(Schema, AllFaultsAreFoundAtOnceWithTheirPlace) {
  EXPECT_EQ(faults_of(R"({"type":"object","required":["a","b/c"],"properties":{
                "a":{"type":"string"},"n":{"type":"integer","minimum":1,"maximum":5},
                "l":{"type":"array","minItems":1,"items":{"enum":["x",2]}}}})",
                      R"({"n":9,"l":["x","y",2.0]})"),
            "/a: is missing\n/b~1c: is missing\n/n: must be at most 5\n"
            "/l/1: must be one of \"x\", 2\n");
}

TEST(Schema, TypesAreToldApart) {
  EXPECT_EQ(faults_of(R"({"type":"integer"})", "1.0"), "");
  EXPECT_EQ(faults_of(R"({"type":"integer"})", "1.5"), ": must be of type integer\n");
  EXPECT_EQ(faults_of(R"({"type":["string","null"]})", "null"), "");
  EXPECT_EQ(faults_of(R"({"type":["string","null"]})", "1"),
            ": must be of one of the types \"string\", \"null\"\n");
  EXPECT_EQ(faults_of(R"({"const":1})", "2"), ": must be 1\n");
}

TEST(Schema, LengthsCountCharacters) {
  EXPECT_EQ(faults_of(R"({"maxLength":2})", R"("éé")"), "");
  EXPECT_EQ(faults_of(R"({"minLength":3})", R"("éé")"), ": must have at least 3 characters\n");
  EXPECT_EQ(faults_of(R"({"maxItems":1})", "[1,2]"), ": must have at most 1 entries\n");
}

TEST(Schema, OtherMembersAndForms) {
  EXPECT_EQ(faults_of(R"({"additionalProperties":false})", R"({"x":1})"),
            "/x: is not known here\n");
  EXPECT_EQ(faults_of(R"({"additionalProperties":{"type":"string"}})", R"({"x":1})"),
            "/x: must be of type string\n");
  EXPECT_EQ(faults_of(R"({"anyOf":[{"type":"string"},{"type":"null"}]})", "1"),
            ": has none of the forms that it may have\n");
  EXPECT_EQ(faults_of(R"({"oneOf":[{"type":"number"},{"type":"integer"}]})", "1"),
            ": has more than one of the forms it may have\n");
}

TEST(Schema, NullStandsForAnOptionalMemberThatIsLeftOut) {
  const char* schema = R"({"required":["a"],"properties":{"a":{"type":"string"},
                           "b":{"type":"string"}}})";
  EXPECT_EQ(faults_of(schema, R"({"a":"x","b":null})"), "");
  EXPECT_EQ(faults_of(schema, R"({"a":null})"), "/a: must be of type string\n");
}

TEST(Schema, WhatIsNotUnderstoodIsRefused) {
  for (const char* schema :
       {R"({"pattern":"a+"})", R"({"type":"text"})", R"({"type":[]})", R"({"required":"a"})",
        R"({"minimum":"1"})", R"({"maxItems":-1})", R"({"properties":{"a":{"$ref":"x"}}})",
        R"({"anyOf":{}})", R"({"items":[]})", R"([])"}) {
    const auto document = json::Document::parse(schema);
    EXPECT_FALSE(check_schema(document->root(), "")) << schema;
  }
}

TEST(Schema, AnInputThatIsTooMuchForItsSchemaIsRefusedSoon) {
  std::string forms, items;
  for (int i = 0; i < 4000; ++i) forms += R"({"type":"null"},)";
  for (int i = 0; i < 400'000; ++i) items += "0,";
  const auto schema = json::Document::parse(R"({"items":{"anyOf":[)" + forms + "{}]}}");
  const auto input = json::Document::parse("[" + items + "0]");
  const auto issues = validate(input->root(), schema->root());
  ASSERT_EQ(issues.size(), 1u);
  EXPECT_EQ(issues[0].message, "is too much to be held against the schema");
  const auto plain = json::Document::parse(R"({"items":{"type":"integer","minimum":0}})");
  EXPECT_TRUE(validate(input->root(), plain->root()).empty());
}

}  // namespace
}  // namespace malote::tools
