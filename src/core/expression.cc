#include "core/expression.h"

#include <algorithm>
#include <cctype>

#include "base/bytes.h"
#include "base/decimal.h"
#include "base/json_writer.h"
#include "base/time.h"

namespace malote::core {

bool is_literal(std::string_view operand) {
  const char c = operand.front();
  return c == '\'' || c == '-' || std::isdigit(static_cast<unsigned char>(c)) ||
         operand == "true" || operand == "false" || operand == "null";
}

std::string text_of(const std::string& value) {
  if (!value.starts_with('"')) return value;
  const auto document = json::Document::parse(value);
  return std::string{document ? document->root().as_string().value_or("") : ""};
}

namespace {

bool is_path_byte(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '.' ||
         c == '$' || c == '@';
}

Unexpected bad_expression(std::string_view text, std::string_view why) {
  return fail(Errc::invalid_body, "${" + std::string{text} + "}: " + std::string{why});
}

class ExpressionParser {
 public:
  explicit ExpressionParser(std::string_view text) : all_(text), rest_(text) {}

  Result<Expression> parse() {
    Expression e;
    do {
      MALOTE_TRY(const auto operand, take_operand());
      e.operands.push_back(operand);
      skip_space();
      e.optional = take("??") ? again() : take("?");
    } while (std::exchange(again_, false));
    skip_space();
    while (take("|")) {
      MALOTE_TRY(const auto filter, take_filter());
      e.filters.push_back(filter);
      skip_space();
      if (take("?")) e.optional = true;
    }
    if (!rest_.empty())
      return bad_expression(all_, "cannot read it from \"" + std::string{rest_} + "\" on");
    return e;
  }

 private:
  bool again() {
    again_ = true;
    return false;
  }
  void skip_space() { rest_ = trim(rest_); }

  bool take(std::string_view token) {
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }

  std::string_view take_while(bool (*fits)(char)) {
    const auto end = std::ranges::find_if_not(rest_, fits);
    const auto size = static_cast<std::size_t>(end - rest_.begin());
    const auto taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  Result<std::string_view> take_operand() {
    skip_space();
    if (rest_.starts_with('\'')) {
      const auto end = rest_.find('\'', 1);
      if (end == std::string_view::npos) return bad_expression(all_, "a text lacks its second '");
      const auto text = rest_.substr(0, end + 1);
      rest_.remove_prefix(end + 1);
      return text;
    }
    const auto path = take_while(is_path_byte);
    if (path.empty()) return bad_expression(all_, "a name is missing");
    if (path.starts_with('.') || path.ends_with('.') || path.find("..") != std::string_view::npos)
      return bad_expression(all_, "a name between dots is missing");
    return path;
  }

  Result<Filter> take_filter() {
    skip_space();
    Filter filter{.name = take_while(is_path_byte)};
    if (take(":")) filter.argument = take_while(is_path_byte);
    if (filter.name.empty()) return bad_expression(all_, "a filter's name is missing after |");
    return filter;
  }

  std::string_view all_;
  std::string_view rest_;
  bool again_ = false;
};

// --- filters -------------------------------------------------------------------------------------

/// A value on its way through an expression: JSON text.
using Json = std::string;

Json json_string(std::string_view text) {
  Json out;
  json::append_string(out, text);
  return out;
}

std::optional<Decimal> decimal_of(const Json& value) { return parse_decimal(text_of(value)); }

std::optional<Json> times(const Json& value, std::string_view factor) {
  const auto a = decimal_of(value);
  const auto b = parse_decimal(factor);
  std::int64_t digits = 0;
  if (!a || !b || __builtin_mul_overflow(a->digits, b->digits, &digits)) return {};
  if (a->scale + b->scale > 18) return {};
  return format_decimal({digits, a->scale + b->scale});
}

std::optional<Json> minor(const Json& value, std::string_view /*argument*/) {
  const auto amount = decimal_of(value);
  const auto units = amount ? to_minor(*amount, 2) : std::nullopt;
  if (!units) return {};
  return std::to_string(*units);
}

std::string digits_of(std::string_view text) {
  std::string out;
  std::ranges::copy_if(text, std::back_inserter(out),
                       [](char c) { return std::isdigit(static_cast<unsigned char>(c)); });
  return out;
}

/// A Brazilian number gets its country code; others keep theirs.
std::string phone_of(const std::string& text) {
  std::string digits = digits_of(text);
  const bool national = !text.starts_with('+') && (digits.size() == 10 || digits.size() == 11);
  return national ? "55" + digits : digits;
}

template <class Change>
std::optional<Json> change_text(const Json& value, const Change& change) {
  return json_string(change(text_of(value)));
}

struct NamedFilter {
  std::string_view name;
  bool takes_argument;
  std::optional<Json> (*apply)(const Json& value, std::string_view argument);
};

std::string upper_of(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

/// Brazilian decimals as JSON writes them: "1.234,56" → 1234.56. Others stay.
std::string point_of(std::string text) {
  const auto comma = text.rfind(',');
  if (comma == std::string::npos) return text;
  std::erase(text, '.');
  std::ranges::replace(text, ',', '.');
  return text;
}

/// The check digits of a CPF: what tells its 11 digits from those of a mobile phone.
bool is_cpf(std::string_view digits) {
  if (digits.size() != 11) return false;
  for (std::size_t size = 9; size < 11; ++size) {
    int sum = 0;
    for (std::size_t i = 0; i < size; ++i)
      sum += (digits[i] - '0') * static_cast<int>(size + 1 - i);
    if (sum * 10 % 11 % 10 != digits[size] - '0') return false;
  }
  return true;
}

/// CPF, CNPJ, EMAIL, PHONE or EVP (a random key).
std::string pix_key_type(const std::string& key) {
  if (key.find('@') != std::string::npos) return "EMAIL";
  if (key.starts_with('+')) return "PHONE";
  const bool plain = key.find_first_not_of("0123456789.-/() ") == std::string::npos;
  const std::string digits = digits_of(key);
  if (!plain || digits.size() > 14) return "EVP";
  if (digits.size() == 14) return "CNPJ";
  return is_cpf(digits) ? "CPF" : "PHONE";
}

constexpr NamedFilter kFilters[] = {
    {"minor", false, minor},  // 150.35 → 15035
    {"major", false,
     [](const Json& v, std::string_view)  // 15035 → 150.35
     { return times(v, "0.01"); }},
    {"times", true, times},  // exact: times:1000, times:0.001
    {"digits", false, [](const Json& v, std::string_view) { return change_text(v, digits_of); }},
    {"phone", false, [](const Json& v, std::string_view) { return change_text(v, phone_of); }},
    {"upper", false, [](const Json& v, std::string_view) { return change_text(v, upper_of); }},
    {"lower", false, [](const Json& v, std::string_view) { return change_text(v, to_lower); }},
    {"point", false, [](const Json& v, std::string_view) { return change_text(v, point_of); }},
    {"pix_key_type", false,
     [](const Json& v, std::string_view) { return change_text(v, pix_key_type); }},
    {"text", false,
     [](const Json& v, std::string_view) { return std::optional{json_string(text_of(v))}; }},
    {"number", false,
     [](const Json& v, std::string_view) -> std::optional<Json> {
       const auto number = decimal_of(v);
       return number ? std::optional{format_decimal(*number)} : std::nullopt;
     }},
    {"date", false,
     [](const Json& v, std::string_view) -> std::optional<Json> {
       const auto time = parse_time(text_of(v), std::chrono::minutes{0});
       return time ? std::optional{json_string(format_rfc3339(*time).substr(0, 10))} : std::nullopt;
     }},
    {"max", true,
     [](const Json& v, std::string_view n) -> std::optional<Json> {
       const auto limit = parse_decimal(n);
       const std::string text = text_of(v);
       const auto size = limit ? to_minor(*limit, 0).value_or(0) : 0;
       if (size <= 0) return {};
       // Cuts between characters, not inside one.
       std::size_t end = std::min(text.size(), static_cast<std::size_t>(size));
       while (end < text.size() && end > 0 && (text[end] & 0xC0) == 0x80) --end;
       return json_string(std::string_view{text}.substr(0, end));
     }},
};

const NamedFilter* find_filter(std::string_view name) {
  const auto* at = std::ranges::find(kFilters, name, &NamedFilter::name);
  return at == std::end(kFilters) ? nullptr : at;
}

}  // namespace

Result<Expression> parse_expression(std::string_view text) {
  MALOTE_TRY(auto expression, ExpressionParser{text}.parse());
  for (const auto& filter : expression.filters) {
    const auto* known = find_filter(filter.name);
    if (!known) return bad_expression(text, "there is no filter " + std::string{filter.name});
    if (known->takes_argument == filter.argument.empty())
      return bad_expression(
          text, std::string{filter.name} +
                    (known->takes_argument ? " takes a value, as in name:1" : " takes no value"));
  }
  return expression;
}

Result<std::optional<Json>> evaluate(std::string_view text, const Scope& scope) {
  MALOTE_TRY(const auto expression, parse_expression(text));
  std::optional<Json> value;
  for (const auto operand : expression.operands) {
    if (is_literal(operand)) {
      value = operand.front() == '\'' ? json_string(operand.substr(1, operand.size() - 2))
                                      : Json{operand};
      break;
    }
    const auto found = scope.find(operand);
    const bool only = expression.operands.size() == 1 && !expression.optional;
    if (!found || (found.is_null() && !only)) continue;
    value = Json{found.raw()};
    break;
  }
  if (!value) {
    if (expression.optional) return std::optional<Json>{};
    return fail(make_issue(Errc::param_missing, std::string{expression.operands.front()},
                           "${" + std::string{text} + "} leads nowhere"));
  }
  for (const auto& [name, argument] : expression.filters) {
    auto next = find_filter(name)->apply(*value, argument);
    if (!next)
      return fail(make_issue(Errc::param_missing, std::string{expression.operands.front()},
                             "${" + std::string{text} + "}: " + std::string{name} +
                                 " cannot take " + value->substr(0, 100)));
    value = std::move(next);
  }
  return value;
}

}  // namespace malote::core
