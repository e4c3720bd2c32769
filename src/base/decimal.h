// Exact decimal money, from the text of a JSON number or string; never through a double.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace malote {

/// digits × 10^-scale. At most 18 digits; scale 0-18.
struct Decimal {
  std::int64_t digits = 0;
  int scale = 0;
};

/// "150.35", "-3", "1e3", "1.5E+2". Empty when malformed or too large to hold exactly.
std::optional<Decimal> parse_decimal(std::string_view text);

/// The amount in units of 10^-exponent, e.g. cents for exponent 2; empty when it would need
/// rounding or does not fit.
std::optional<std::int64_t> to_minor(const Decimal& value, int exponent);

/// "150.35" for 15035 and exponent 2.
std::string format_minor(std::int64_t minor, int exponent);

/// "150.355": the value in full, without an exponent and without trailing zeros after the point.
std::string format_decimal(const Decimal& value);

/// Digits after the point of an ISO 4217 currency (upper case); empty for what is none, such as a
/// crypto currency, whose amounts have no minor unit that everybody agrees on.
std::optional<int> currency_exponent(std::string_view currency);

}  // namespace malote
