// Writing JSON: an append-only writer. Every body Malote builds is written once, in order, from
// typed values, and must pass foreign numbers on as text, so no value tree is needed
// (docs/decisions/001-libraries.md).
//
//   json::Writer w;
//   w.object().field("id", id).key("items").array();  …  w.end().end();
//   std::string body = std::move(w).text();
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace malote::json {

void append_string(std::string& out, std::string_view text);  // quoted and escaped

/// `text` (UTF-8) with all that is not ASCII as \u escapes of UTF-16, as writers of JSON in ASCII
/// have it; nothing else is changed.
std::string ascii(std::string_view text, bool in_capitals = false);

class Writer {
 public:
  Writer& object() { return open('{'); }
  Writer& array() { return open('['); }
  Writer& end();
  Writer& key(std::string_view name);
  Writer& string(std::string_view text);
  Writer& integer(std::int64_t value);
  Writer& number(double value);  // shortest text that reads back the same
  Writer& boolean(bool value) { return raw(value ? "true" : "false"); }
  Writer& null() { return raw("null"); }
  Writer& raw(std::string_view json);  // an already valid JSON value

  Writer& field(std::string_view name, std::string_view text) { return key(name).string(text); }
  Writer& field(std::string_view name, const char* text) { return key(name).string(text); }
  Writer& field(std::string_view name, bool value) { return key(name).boolean(value); }
  Writer& field(std::string_view name, std::int64_t value) { return key(name).integer(value); }
  Writer& field(std::string_view name, int value) { return key(name).integer(value); }
  Writer& field_or_null(std::string_view name, const std::optional<std::string>& text) {
    return text ? key(name).string(*text) : key(name).null();
  }
  /// The text, or null when it is empty.
  Writer& field_or_null(std::string_view name, std::string_view text) {
    return text.empty() ? key(name).null() : key(name).string(text);
  }

  const std::string& view() const { return out_; }
  std::string text() && { return std::move(out_); }

 private:
  Writer& open(char bracket);
  void separate();

  std::string out_;
  std::string closers_;  // the brackets that are open, innermost last
  bool first_ = true;    // nothing has been written in the innermost bracket
  bool after_key_ = false;
};

}  // namespace malote::json
