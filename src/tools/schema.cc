#include "tools/schema.h"

#include <algorithm>
#include <array>

#include "base/decimal.h"
#include "tools/checks.h"

namespace malote::tools {

namespace {

constexpr std::string_view kTypes[] = {"object",  "array",   "string", "number",
                                       "integer", "boolean", "null"};
constexpr std::string_view kKeywords[] = {
    "type", "properties", "required", "items", "enum", "const", "minimum", "maximum", "minLength",
    "maxLength", "minItems", "maxItems", "additionalProperties", "oneOf", "anyOf",
    // say something to people only
    "title", "description", "default", "examples", "format"};

bool is_whole(json::View value) {
  const auto number = parse_decimal(value.as_text().value_or(""));
  return number && to_minor(*number, 0).has_value();
}

bool is_of_type(json::View value, std::string_view type) {
  switch (value.kind()) {
    case json::Kind::null: return type == "null";
    case json::Kind::boolean: return type == "boolean";
    case json::Kind::number: return type == "number" || (type == "integer" && is_whole(value));
    case json::Kind::string: return type == "string";
    case json::Kind::array: return type == "array";
    case json::Kind::object: return type == "object";
  }
  return false;
}

bool is_same(json::View a, json::View b) {
  if (a.kind() != b.kind()) return false;
  if (a.is_number()) return a.as_double() == b.as_double();
  if (a.is_string()) return a.as_string() == b.as_string();
  return a.raw() == b.raw();
}

std::string key_pointer(std::string_view key) {
  std::string out = "/";
  for (const char c : key) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

/// Characters, not bytes.
std::int64_t length_of(std::string_view text) {
  return std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; });
}

std::string words_of(json::View list) {
  std::string out;
  for (const auto item : list) out += (out.empty() ? "" : ", ") + std::string{item.raw()};
  return out.substr(0, 400);
}

/// What one validate() may do: a schema of others and an input of others could keep a thread busy
/// for minutes. In comparisons; about half a second.
class Work {
 public:
  bool spend(std::size_t comparisons) {
    left_ -= std::min(left_, comparisons);
    return left_ > 0;
  }
  bool is_spent() const { return left_ == 0; }

 private:
  std::size_t left_ = 50'000'000;
};

class Validator {
 public:
  explicit Validator(Work& work) : work_(work) {}

  void check(json::View value, json::View schema, const std::string& at) {
    constexpr std::size_t kLookups = 10;  // of keywords, each among all of them
    if (!work_.spend(kLookups * (schema.size() + 1) + schema["enum"].size())) return;
    if (!check_type(value, schema["type"], at)) return;
    check_choice(value, schema, at);
    check_size(value, schema, at);
    if (value.is_object()) check_object(value, schema, at);
    if (value.is_array() && schema["items"]) {
      std::size_t index = 0;
      for (const auto item : value)
        check(item, schema["items"], at + "/" + std::to_string(index++));
    }
    check_forms(value, schema, at);
  }

  std::vector<Issue> take() && { return std::move(issues_); }

 private:
  void add(const std::string& at, std::string message) {
    constexpr std::size_t kMaxIssues = 100;
    if (issues_.size() < kMaxIssues) issues_.push_back({at, std::move(message)});
  }

  bool check_type(json::View value, json::View type, const std::string& at) {
    if (!type) return true;
    if (const auto one = type.as_string()) {
      if (is_of_type(value, *one)) return true;
      add(at, "must be of type " + std::string{*one});
      return false;
    }
    for (const auto one : type) {
      if (is_of_type(value, one.as_string().value_or(""))) return true;
    }
    add(at, "must be of one of the types " + words_of(type));
    return false;
  }

  void check_choice(json::View value, json::View schema, const std::string& at) {
    if (const auto only = schema["const"]; only && !is_same(value, only))
      add(at, "must be " + std::string{only.raw()});
    const auto choices = schema["enum"];
    if (!choices) return;
    for (const auto choice : choices) {
      if (is_same(value, choice)) return;
    }
    add(at, "must be one of " + words_of(choices));
  }

  void check_size(json::View value, json::View schema, const std::string& at) {
    if (value.is_number()) {
      const auto least = schema["minimum"], most = schema["maximum"];
      if (least && value.as_double() < least.as_double())
        add(at, "must be at least " + std::string{least.raw()});
      if (most && value.as_double() > most.as_double())
        add(at, "must be at most " + std::string{most.raw()});
    }
    if (value.is_string())
      check_count(length_of(*value.as_string()), "characters", schema["minLength"],
                  schema["maxLength"], at);
    if (value.is_array())
      check_count(static_cast<std::int64_t>(value.size()), "entries", schema["minItems"],
                  schema["maxItems"], at);
  }

  void check_count(std::int64_t count, const char* of, json::View least, json::View most,
                   const std::string& at) {
    if (least && count < least.as_int().value_or(0))
      add(at, "must have at least " + std::string{least.raw()} + " " + of);
    if (most && count > most.as_int().value_or(count))
      add(at, "must have at most " + std::string{most.raw()} + " " + of);
  }

  static bool is_required(json::View schema, std::string_view name) {
    for (const auto required : schema["required"]) {
      if (required.as_string() == name) return true;
    }
    return false;
  }

  void check_object(json::View value, json::View schema, const std::string& at) {
    if (!work_.spend(value.size() * (schema["required"].size() + schema["properties"].size())))
      return;
    for (const auto required : schema["required"]) {
      if (!value[*required.as_string()]) add(at + key_pointer(*required.as_string()), "is missing");
    }
    const auto properties = schema["properties"], others = schema["additionalProperties"];
    for (const auto member : value) {
      const std::string place = at + key_pointer(member.key());
      if (const auto property = properties[member.key()]) {
        // Callers write null for what they leave out.
        if (member.is_null() && !is_required(schema, member.key())) continue;
        check(member, property, place);
      } else if (others.as_bool() == false) {
        add(place, "is not known here");
      } else if (others.is_object()) {
        check(member, others, place);
      }
    }
  }

  void check_forms(json::View value, json::View schema, const std::string& at) {
    for (const std::string_view keyword : {"anyOf", "oneOf"}) {
      const auto forms = schema[keyword];
      if (!forms) continue;
      int fitting = 0;
      for (const auto form : forms) fitting += fits(value, form) ? 1 : 0;
      if (fitting == 0) add(at, "has none of the forms that it may have");
      if (keyword == "oneOf" && fitting > 1) add(at, "has more than one of the forms it may have");
    }
  }

  bool fits(json::View value, json::View form) {
    Validator validator{work_};
    validator.check(value, form, "");
    return validator.issues_.empty();
  }

  Work& work_;
  std::vector<Issue> issues_{};
};

// --- schemas themselves --------------------------------------------------------------------------

Result<void> check_keyword(json::View value, const std::string& at, OtherKeywords others) {
  const auto keyword = value.key();
  if (keyword == "type") {
    if (value.is_string()) return check_word(*value.as_string(), kTypes, at);
    if (!value.is_array() || value.size() == 0) return bad_file(at, "takes a type or a list");
    for (const auto type : value)
      MALOTE_CHECK_OK(check_word(type.as_string().value_or(""), kTypes, at));
    return {};
  }
  if (keyword == "enum" || keyword == "required" || keyword == "examples") {
    if (!value.is_array()) return bad_file(at, "takes a list");
    for (const auto item : value) {
      if (keyword == "required" && !item.is_string()) return bad_file(at, "takes a list of names");
    }
    return {};
  }
  if (keyword == "minimum" || keyword == "maximum")
    return value.is_number() ? Result<void>{} : bad_file(at, "takes a number");
  if (keyword.starts_with("min") || keyword.starts_with("max"))
    return value.as_int().value_or(-1) >= 0 ? Result<void>{} : bad_file(at, "takes a count");
  if (keyword == "items") return check_schema(value, at, others);
  if (keyword == "additionalProperties")
    return value.as_bool() ? Result<void>{} : check_schema(value, at, others);
  if (keyword == "properties") {
    if (!value.is_object()) return bad_file(at, "takes an object");
    for (const auto property : value)
      MALOTE_CHECK_OK(check_schema(property, at + key_pointer(property.key()), others));
  }
  if (keyword == "anyOf" || keyword == "oneOf") {
    if (!value.is_array() || value.size() == 0) return bad_file(at, "takes a list of schemas");
    for (const auto form : value) MALOTE_CHECK_OK(check_schema(form, at, others));
  }
  return {};
}

}  // namespace

std::vector<Issue> validate(json::View value, json::View schema) {
  Work work;
  Validator validator{work};
  validator.check(value, schema, "");
  if (work.is_spent()) return {{"", "is too much to be held against the schema"}};
  return std::move(validator).take();
}

Result<void> check_schema(json::View schema, const std::string& at, OtherKeywords others) {
  if (others == OtherKeywords::refused) {
    MALOTE_CHECK_OK(check_members(schema, at, kKeywords));
  } else if (schema.as_bool()) {
    return {};  // anything, or nothing: the other side says which
  } else if (!schema.is_object()) {
    return bad_file(at, "takes an object");
  }
  for (const auto keyword : schema)
    MALOTE_CHECK_OK(check_keyword(keyword, at + key_pointer(keyword.key()), others));
  return {};
}

}  // namespace malote::tools
