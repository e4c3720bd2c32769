// The expressions inside ${…}: "a.b ?? c ?? 'text' | filter:argument ?". Part of core/template.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/template.h"

namespace malote::core {

struct Filter {
  std::string_view name{};
  std::string_view argument{};
};

/// Alternatives, then filters. Points into the template's text.
struct Expression {
  std::vector<std::string_view> operands{};  // paths and literals
  std::vector<Filter> filters{};
  bool optional = false;
};

bool is_literal(std::string_view operand);

/// Checks grammar and the filters' names.
Result<Expression> parse_expression(std::string_view text);

/// The value as JSON text; nothing where an optional reference leads nowhere.
Result<std::optional<std::string>> evaluate(std::string_view expression, const Scope& scope);

/// What a value looks like inside a text.
std::string text_of(const std::string& json);

}  // namespace malote::core
