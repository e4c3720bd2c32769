#include "base/decimal.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace malote {

namespace {

constexpr int kMaxDigits = 18;

bool scale_by_ten(std::int64_t& value, int times) {
  for (; times > 0; --times) {
    if (value > std::numeric_limits<std::int64_t>::max() / 10 ||
        value < std::numeric_limits<std::int64_t>::min() / 10) {
      return false;
    }
    value *= 10;
  }
  return true;
}

// ISO 4217 "minor unit" column: currencies without decimals, and those with three.
constexpr std::string_view kZero[] = {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG",
                                      "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"};
constexpr std::string_view kTwo[] = {
    "AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT",
    "BGN", "BMD", "BND", "BOB", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHF",
    "CNY", "COP", "CRC", "CUP", "CVE", "CZK", "DKK", "DOP", "DZD", "EGP", "ERN", "ETB", "EUR",
    "FJD", "FKP", "GBP", "GEL", "GHS", "GIP", "GMD", "GTQ", "GYD", "HKD", "HNL", "HTG", "HUF",
    "IDR", "ILS", "INR", "IRR", "JMD", "KES", "KGS", "KHR", "KPW", "KYD", "KZT", "LAK", "LBP",
    "LKR", "LRD", "LSL", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU", "MUR", "MVR",
    "MWK", "MXN", "MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD", "PAB", "PEN", "PGK",
    "PHP", "PKR", "PLN", "QAR", "RON", "RSD", "RUB", "SAR", "SBD", "SCR", "SDG", "SEK", "SGD",
    "SHP", "SLE", "SOS", "SRD", "SSP", "STN", "SVC", "SYP", "SZL", "THB", "TJS", "TMT", "TOP",
    "TRY", "TTD", "TWD", "TZS", "UAH", "USD", "UYU", "UZS", "VED", "VES", "WST", "XCD", "YER",
    "ZAR", "ZMW", "ZWG"};
constexpr std::string_view kThree[] = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"};

}  // namespace

std::optional<Decimal> parse_decimal(std::string_view text) {
  Decimal value;
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  int digits = 0;
  bool point = false;
  bool any = false;
  while (!text.empty()) {
    const char c = text.front();
    if (c == '.' && !point && any) {
      point = true;
    } else if (c >= '0' && c <= '9') {
      any = true;
      if (value.digits != 0 || c != '0') ++digits;
      if (digits > kMaxDigits) return {};
      value.digits = value.digits * 10 + (c - '0');
      if (point && ++value.scale > kMaxDigits) return {};
    } else {
      break;
    }
    text.remove_prefix(1);
  }
  if (!any || (point && value.scale == 0)) return {};
  if (!text.empty()) {
    if (text.front() != 'e' && text.front() != 'E') return {};
    text.remove_prefix(1);
    if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
    int exponent = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
    if (error != std::errc{} || end != text.data() + text.size()) return {};
    if (exponent > kMaxDigits || exponent < -kMaxDigits) return {};
    value.scale -= exponent;
    if (value.scale < 0) {
      if (!scale_by_ten(value.digits, -value.scale)) return {};
      value.scale = 0;
    }
  }
  if (negative) value.digits = -value.digits;
  return value;
}

std::optional<std::int64_t> to_minor(const Decimal& value, int exponent) {
  std::int64_t minor = value.digits;
  int scale = value.scale;
  for (; scale > exponent; --scale) {
    if (minor % 10 != 0) return {};
    minor /= 10;
  }
  if (!scale_by_ten(minor, exponent - scale)) return {};
  return minor;
}

std::string format_minor(std::int64_t minor, int exponent) {
  std::string digits = std::to_string(minor);
  const bool negative = minor < 0;
  if (negative) digits.erase(0, 1);
  const auto places = static_cast<std::size_t>(exponent);
  if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
  if (places > 0) digits.insert(digits.size() - places, 1, '.');
  return negative ? "-" + digits : digits;
}

std::string format_decimal(const Decimal& value) {
  std::string text = format_minor(value.digits, value.scale);
  if (text.find('.') == std::string::npos) return text;
  while (text.ends_with('0')) text.pop_back();
  if (text.ends_with('.')) text.pop_back();
  return text;
}

std::optional<int> currency_exponent(std::string_view currency) {
  if (std::ranges::find(kZero, currency) != std::end(kZero)) return 0;
  if (std::ranges::find(kThree, currency) != std::end(kThree)) return 3;
  if (std::ranges::find(kTwo, currency) != std::end(kTwo)) return 2;
  return {};
}

}  // namespace malote
