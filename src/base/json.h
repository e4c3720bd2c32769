// Reading JSON: a strict, read-only document that keeps the exact text of numbers (money must not
// pass through a double) and the raw bytes of every value (payloads are passed on as they came).
//
// A Document owns its text; View points into it and is as cheap as a pointer. Looking up what is
// not there gives a null View, so that paths can be followed without checks. Parsing refuses bad
// UTF-8, duplicate keys, nesting deeper than kMaxDepth, malformed numbers and trailing bytes.
// Immutable after parse(); any thread may read.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace malote::json {

constexpr int kMaxDepth = 64;

enum class Kind : std::uint8_t { null, boolean, number, string, array, object };

struct Node {
  Kind kind = Kind::null;
  bool boolean = false;
  std::string_view key{};   // the member's name, when the parent is an object
  std::string_view text{};  // a string's value, a number's digits
  std::string_view raw{};   // the value's own bytes
  std::uint32_t next = 0;   // index of the next sibling, 0 at the end
  std::uint32_t child = 0;  // index of the first child, 0 when there is none
  std::uint32_t size = 0;   // number of children
};

class View {
 public:
  View() = default;
  View(const std::vector<Node>* nodes, std::uint32_t index) : nodes_(nodes), index_(index) {}

  explicit operator bool() const { return nodes_ != nullptr; }  // there is a value, maybe null
  Kind kind() const { return nodes_ ? node().kind : Kind::null; }
  bool is_null() const { return kind() == Kind::null; }
  bool is_object() const { return kind() == Kind::object; }
  bool is_array() const { return kind() == Kind::array; }
  bool is_string() const { return kind() == Kind::string; }
  bool is_number() const { return kind() == Kind::number; }

  std::string_view raw() const { return nodes_ ? node().raw : std::string_view{}; }
  std::string_view key() const { return nodes_ ? node().key : std::string_view{}; }
  std::size_t size() const { return nodes_ ? node().size : 0; }

  std::optional<std::string_view> as_string() const;
  std::optional<bool> as_bool() const;
  std::optional<std::int64_t> as_int() const;  // whole numbers only
  std::optional<double> as_double() const;
  /// A string's value or a number's or boolean's text: what identifiers are read with.
  std::optional<std::string_view> as_text() const;

  View operator[](std::string_view key) const;
  View at(std::size_t index) const;
  View pointer(std::string_view json_pointer) const;  // RFC 6901; "" is the value itself

  class Iterator;
  Iterator begin() const;
  Iterator end() const;

 private:
  const Node& node() const { return (*nodes_)[index_]; }
  const std::vector<Node>* nodes_ = nullptr;
  std::uint32_t index_ = 0;
};

class View::Iterator {
 public:
  Iterator(const std::vector<Node>* nodes, std::uint32_t index) : nodes_(nodes), index_(index) {}
  View operator*() const { return {nodes_, index_}; }
  Iterator& operator++() {
    index_ = (*nodes_)[index_].next;
    return *this;
  }
  bool operator==(const Iterator& other) const { return index_ == other.index_; }

 private:
  const std::vector<Node>* nodes_;
  std::uint32_t index_;
};

inline View::Iterator View::begin() const { return {nodes_, nodes_ ? node().child : 0}; }
inline View::Iterator View::end() const { return {nodes_, 0}; }

/// What a document may be. Receivers take what other senders' parsers take.
struct Limits {
  int max_depth = kMaxDepth;
  bool unique_names = true;  // false: of members with one name the last counts
  bool whole_pairs = true;   // false: an escape of half a surrogate pair reads as U+FFFD
};

/// What the parsers of most languages take.
inline constexpr Limits kLenient{.max_depth = 512, .unique_names = false, .whole_pairs = false};

class Document {
 public:
  /// Errc::invalid_body with what is wrong and, where the parser knows it, in which line.
  static Result<Document> parse(std::string_view text, Limits limits = {});

  View root() const { return storage_ ? View{&storage_->nodes, 1} : View{}; }

 private:
  struct Storage {
    std::string text;         // the input, padded for the parser
    std::string strings;      // values with escapes resolved
    std::vector<Node> nodes;  // nodes[0] is unused so that 0 can mean "none"
  };
  friend class Builder;
  std::unique_ptr<Storage> storage_;  // on the heap, so that views survive a move
};

}  // namespace malote::json
