// Answers as data: a JSON value whose strings hold placeholders, filled in per request.
//
//   "{/value}"            the member of the request's body, with its own type
//   "pay_{digits:12}"     placeholders within a text
//   "{/date|self/date|now|=0|'text}"   alternatives: the first that has a value; "=" begins a JSON
//                         value, "'" a text. Without any value: null, or nothing within a text.
//
// Sources: /pointer (body), self/pointer and parent/pointer (resources; "self" is the whole),
// path/name, query/name, id, seq, base, token, event, error, field, items, count, total, the time
// as now, now_br, today, now_s, now_ms, expires (of a token), made up: hex:n, digits:n, uuid,
// access_key. "int:SOURCE" makes a number of a text, "add:A,B" is the sum of two sources. Immutable
// after parse; any thread may render.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/prng.h"
#include "base/result.h"
#include "base/time.h"

namespace malote::emulator {

using Pairs = std::vector<std::pair<std::string, std::string>>;

/// What placeholders may speak of; lives as long as the request.
struct Scope {
  json::View body{}, self{}, parent{};
  const Pairs* path = nullptr;
  const Pairs* query = nullptr;
  std::string_view id{}, base{}, token{}, event{}, error{}, field{}, items{};
  std::int64_t sequence = 0, count = 0, total = 0;
  Timestamp now{};
  Prng* random = nullptr;
};

/// A value found: JSON text, and the same as plain text.
struct Found {
  bool is_there = false;
  std::string json{};
  std::string text{};
};

/// One placeholder: sources in the order they are asked.
class Placeholder {
 public:
  static Result<Placeholder> parse(std::string_view text);
  Found find(const Scope& scope) const;

 private:
  enum class From {
    body,
    self,
    parent,
    path,
    query,
    id,
    sequence,
    base,
    token,
    event,
    error,
    field,
    items,
    count,
    total,
    now,
    now_br,
    today,
    now_s,
    now_ms,
    hex,
    digits,
    uuid,
    access_key,
    expires,
    json,
    text
  };
  struct Source {
    From from{};
    std::string name{};  // pointer, parameter or literal
    int length = 0;
  };
  struct Term {
    bool as_number = false;
    std::vector<Source> sources{};  // more than one: their sum
  };
  static Result<Source> parse_source(std::string_view text);
  static Found find_source(const Source& source, const Scope& scope);
  static Found find_term(const Term& term, const Scope& scope);

  std::vector<Term> terms_{};
};

class Template {
 public:
  static Result<Template> parse(json::View value);

  void render(const Scope& scope, std::string& out) const;
  std::string render(const Scope& scope) const {
    std::string out;
    render(scope, out);
    return out;
  }
  /// The value as plain text, for a template that is one string.
  std::string render_text(const Scope& scope) const;

  bool is_empty() const { return pieces_.empty(); }
  /// The members of an object, for laying it over another.
  const std::vector<std::string>& members() const { return members_; }

 private:
  struct Piece {
    enum class Kind { literal, value, within } kind = Kind::literal;
    std::string literal{};
    Placeholder placeholder{};
  };
  Result<void> add(json::View value);
  Result<void> add_string(std::string_view text);
  void add_literal(std::string_view text);

  std::vector<Piece> pieces_{};
  std::vector<std::string> members_{};
};

}  // namespace malote::emulator
