#include "malote/json.h"

#include <charconv>
#include <cmath>
#include <stdexcept>

#include "base/json.h"
#include "base/json_writer.h"

namespace malote {

struct Json::Value {
  Kind kind = Kind::null;
  bool boolean = false;
  std::string text{};  // a string's value, a number's digits
  std::vector<Json> elements{};
  std::vector<Member> members{};
};

Json::Json(std::string_view text)
    : value_(std::make_shared<Value>(Value{.kind = Kind::string, .text = std::string{text}})) {}
Json::Json(const std::string& text) : Json(std::string_view{text}) {}
Json::Json(const char* text) : Json(text ? Json{std::string_view{text}} : Json{}) {}

Json::Json(double value) {
  if (!std::isfinite(value)) return;
  json::Writer writer;
  *this = of_digits(writer.number(value).view());
}

Json::Json(std::initializer_list<Member> members) : Json(object(members)) {}

Json Json::of_bool(bool value) {
  return Json{std::make_shared<Value>(Value{.kind = Kind::boolean, .boolean = value})};
}

Json Json::of_digits(std::string digits) {
  return Json{std::make_shared<Value>(Value{.kind = Kind::number, .text = std::move(digits)})};
}

Json Json::object(std::vector<Member> members) {
  return Json{std::make_shared<Value>(Value{.kind = Kind::object, .members = std::move(members)})};
}

Json Json::array(std::vector<Json> elements) {
  return Json{std::make_shared<Value>(Value{.kind = Kind::array, .elements = std::move(elements)})};
}

Json Json::number(std::string_view digits) {
  const auto document = json::Document::parse(digits);
  if (!document || !document->root().is_number()) {
    throw std::invalid_argument{"'" + std::string{digits} + "' is no JSON number"};
  }
  return of_digits(std::string{document->root().raw()});
}

/// From the parser's view to values of our own. The parser bounds the depth (json::kMaxDepth).
struct Json::Reader {
  static Json read(json::View view) {
    switch (view.kind()) {
      case json::Kind::null: return {};
      case json::Kind::boolean: return *view.as_bool();
      case json::Kind::number: return of_digits(std::string{view.raw()});
      case json::Kind::string: return Json{*view.as_string()};
      case json::Kind::array: return read_array(view);
      case json::Kind::object: return read_object(view);
    }
    return {};
  }

 private:
  static Json read_array(json::View view) {
    std::vector<Json> elements;
    elements.reserve(view.size());
    for (const json::View element : view) elements.push_back(read(element));
    return array(std::move(elements));
  }

  static Json read_object(json::View view) {
    std::vector<Member> members;
    members.reserve(view.size());
    for (const json::View member : view) {
      members.push_back({std::string{member.key()}, read(member)});
    }
    return object(std::move(members));
  }
};

namespace {

template <class Number>
Number number_or(const std::string& digits, Number fallback) {
  Number value{};
  const char* end = digits.data() + digits.size();
  const auto [at, error] = std::from_chars(digits.data(), end, value);
  return error == std::errc{} && at == end ? value : fallback;
}

}  // namespace

Json Json::parse(std::string_view text) {
  const auto document = json::Document::parse(text);
  if (!document) throw std::invalid_argument{document.error().message};
  return Reader::read(document->root());
}

Json Json::parse_lenient(std::string_view text) {
  const auto document = json::Document::parse(text, json::kLenient);
  if (!document) throw std::invalid_argument{document.error().message};
  return Reader::read(document->root());
}

Json::Kind Json::kind() const { return value_ ? value_->kind : Kind::null; }

const Json& Json::operator[](std::string_view name) const {
  static const Json null;
  for (const Member& member : members()) {
    if (member.name == name) return member.value;
  }
  return null;
}

const Json& Json::operator[](std::size_t index) const {
  static const Json null;
  return index < elements().size() ? elements()[index] : null;
}

std::size_t Json::size() const { return elements().size() + members().size(); }

const std::vector<Json>& Json::elements() const {
  static const std::vector<Json> none;
  return value_ ? value_->elements : none;
}

const std::vector<Json::Member>& Json::members() const {
  static const std::vector<Member> none;
  return value_ ? value_->members : none;
}

std::string Json::as_string(std::string_view fallback) const {
  return is_string() ? value_->text : std::string{fallback};
}

std::int64_t Json::as_int(std::int64_t fallback) const {
  return is_number() ? number_or(value_->text, fallback) : fallback;
}

double Json::as_double(double fallback) const {
  return is_number() ? number_or(value_->text, fallback) : fallback;
}

bool Json::as_bool(bool fallback) const { return is_bool() ? value_->boolean : fallback; }

std::string Json::text() const {
  std::string out;
  write(out);
  return out;
}

void Json::write(std::string& out) const {
  const auto separate = [&out](bool& first) {
    if (!first) out += ',';
    first = false;
  };
  bool first = true;
  switch (kind()) {
    case Kind::null: out += "null"; break;
    case Kind::boolean: out += value_->boolean ? "true" : "false"; break;
    case Kind::number: out += value_->text; break;
    case Kind::string: json::append_string(out, value_->text); break;
    case Kind::array:
      out += '[';
      for (const Json& element : elements()) {
        separate(first);
        element.write(out);
      }
      out += ']';
      break;
    case Kind::object:
      out += '{';
      for (const Member& member : members()) {
        separate(first);
        json::append_string(out, member.name);
        out += ':';
        member.value.write(out);
      }
      out += '}';
      break;
  }
}

}  // namespace malote
