// A JSON value: what tool parameters are built of and what results are read with.
//
//   Json order{{"type", "nfe"}, {"total", 150.35}, {"items", Json::array({"a", "b"})}};
//   order["total"].as_double();        // 150.35
//   order["buyer"]["name"].is_null();  // true: what is not there reads as null, all the way down
//
// Braces make an object, Json::array() an array, Json::parse() reads a text. Members keep their
// order, and numbers that were read keep their digits, so that money passes through unrounded.
// Values are immutable and cheap to copy (they share what they hold); any thread may read them.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace malote {

class Json {
 public:
  enum class Kind { null, boolean, number, string, array, object };
  struct Member;

  Json() = default;  // null
  Json(std::nullptr_t) {}
  Json(const char* text);
  Json(std::string_view text);
  Json(const std::string& text);
  template <std::same_as<bool> T>
  Json(T value) : Json(of_bool(value)) {}
  template <std::integral T>
  requires(!std::same_as<T, bool> && !std::same_as<T, char>) Json(T value)
      : Json(of_digits(std::to_string(value))) {}
  Json(double value);  // the shortest digits that read back the same; null when not finite
  Json(std::initializer_list<Member> members);

  static Json object() { return Json{std::initializer_list<Member>{}}; }
  static Json object(std::vector<Member> members);
  static Json array(std::vector<Json> elements = {});
  /// A number by its digits, for amounts that a double cannot hold: number("150.35"). Throws
  /// std::invalid_argument when the text is no JSON number.
  static Json number(std::string_view digits);
  /// Throws std::invalid_argument with what is wrong and where: bad syntax, bad UTF-8, a name that
  /// occurs twice in an object, nesting deeper than 64.
  static Json parse(std::string_view text);
  /// As the parsers of other languages: of members with one name the last counts, and nesting may
  /// be 512 deep.
  static Json parse_lenient(std::string_view text);

  Kind kind() const;
  bool is_null() const { return kind() == Kind::null; }
  bool is_bool() const { return kind() == Kind::boolean; }
  bool is_number() const { return kind() == Kind::number; }
  bool is_string() const { return kind() == Kind::string; }
  bool is_array() const { return kind() == Kind::array; }
  bool is_object() const { return kind() == Kind::object; }

  /// A member or an element; null when it is not there or when this is no object or array.
  const Json& operator[](std::string_view name) const;
  const Json& operator[](std::size_t index) const;
  std::size_t size() const;  // of an array or object, else 0
  const std::vector<Json>& elements() const;
  const std::vector<Member>& members() const;

  /// The value, or the fallback when it is of another kind. as_int() takes whole numbers that fit.
  std::string as_string(std::string_view fallback = {}) const;
  std::int64_t as_int(std::int64_t fallback = 0) const;
  double as_double(double fallback = 0) const;
  bool as_bool(bool fallback = false) const;

  /// The value as compact JSON text.
  std::string text() const;
  /// The same text: order of members and digits of numbers count.
  friend bool operator==(const Json& a, const Json& b) { return a.text() == b.text(); }

 private:
  struct Value;
  struct Reader;
  explicit Json(std::shared_ptr<const Value> value) : value_(std::move(value)) {}
  static Json of_bool(bool value);
  static Json of_digits(std::string digits);
  void write(std::string& out) const;

  std::shared_ptr<const Value> value_;  // nullptr is null
};

struct Json::Member {
  std::string name;
  Json value;
};

}  // namespace malote
