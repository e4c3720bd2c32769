#include "base/time.h"

#include <charconv>
#include <cmath>
#include <cstdint>

namespace malote {

namespace {

void put_digits(char* at, int width, std::int64_t value) {
  for (int i = width - 1; i >= 0; --i, value /= 10) at[i] = static_cast<char>('0' + value % 10);
}

/// Takes exactly `width` digits off the front of `text`.
std::optional<int> take_digits(std::string_view& text, std::size_t width) {
  if (text.size() < width) return {};
  int value = 0;
  for (std::size_t i = 0; i < width; ++i) {
    if (text[i] < '0' || text[i] > '9') return {};
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(width);
  return value;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<std::chrono::sys_days> take_date(std::string_view& text) {
  using namespace std::chrono;
  const auto y = take_digits(text, 4);
  if (!y || !take(text, '-')) return {};
  const auto m = take_digits(text, 2);
  if (!m || !take(text, '-')) return {};
  const auto d = take_digits(text, 2);
  if (!d) return {};
  const year_month_day date{year{*y}, month{static_cast<unsigned>(*m)},
                            day{static_cast<unsigned>(*d)}};
  if (!date.ok()) return {};
  return sys_days{date};
}

Millis take_fraction(std::string_view& text) {
  int value = 0;
  int digits = 0;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    if (digits < 3) value = value * 10 + (text.front() - '0');
    ++digits;
    text.remove_prefix(1);
  }
  for (int i = digits; i < 3; ++i) value *= 10;
  return Millis{value};
}

std::optional<std::chrono::minutes> take_offset(std::string_view& text) {
  if (take(text, 'Z') || take(text, 'z')) return std::chrono::minutes{0};
  if (text.empty() || (text.front() != '+' && text.front() != '-')) return {};
  const bool negative = text.front() == '-';
  text.remove_prefix(1);
  const auto hours = take_digits(text, 2);
  if (!hours || *hours > 23) return {};
  take(text, ':');
  const auto minutes = take_digits(text, 2);
  if (!minutes || *minutes > 59) return {};
  const std::chrono::minutes offset{*hours * 60 + *minutes};
  return negative ? -offset : offset;
}

/// Only what format_rfc3339 can write with four digits of year.
std::optional<Timestamp> within_years(Timestamp t) {
  using namespace std::chrono;
  constexpr Timestamp kFirst = sys_days{year{1} / 1 / 1};
  constexpr Timestamp kEnd = sys_days{year{10'000} / 1 / 1};
  if (t < kFirst || t >= kEnd) return {};
  return t;
}

struct Unit {
  std::string_view name;
  std::int64_t ms;
};
constexpr Unit kUnits[] = {
    {"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};

}  // namespace

void append_rfc3339(std::string& out, Timestamp t) {
  using namespace std::chrono;
  const auto day = floor<days>(t);
  const year_month_day date{day};
  const std::int64_t in_day = (t - day).count();
  char text[] = "0000-00-00T00:00:00.000Z";
  put_digits(text, 4, static_cast<int>(date.year()));
  put_digits(text + 5, 2, static_cast<unsigned>(date.month()));
  put_digits(text + 8, 2, static_cast<unsigned>(date.day()));
  put_digits(text + 11, 2, in_day / 3'600'000);
  put_digits(text + 14, 2, in_day / 60'000 % 60);
  put_digits(text + 17, 2, in_day / 1000 % 60);
  put_digits(text + 20, 3, in_day % 1000);
  out.append(text, sizeof text - 1);
}

std::string format_rfc3339(Timestamp t) {
  std::string out;
  append_rfc3339(out, t);
  return out;
}

std::optional<Timestamp> parse_time(std::string_view text,
                                    std::optional<std::chrono::minutes> default_offset) {
  const auto date = take_date(text);
  if (!date) return {};
  if (text.empty()) {
    if (!default_offset) return {};
    return within_years(Timestamp{*date} - *default_offset);
  }
  if (!take(text, 'T') && !take(text, 't') && !take(text, ' ')) return {};
  const auto hour = take_digits(text, 2);
  if (!hour || *hour > 23 || !take(text, ':')) return {};
  const auto minute = take_digits(text, 2);
  if (!minute || *minute > 59) return {};
  int second = 0;
  if (take(text, ':')) {
    const auto s = take_digits(text, 2);
    if (!s || *s > 60) return {};  // 60: a leap second counts as the next minute's first
    second = *s;
  }
  Millis fraction{0};
  if (take(text, '.')) fraction = take_fraction(text);
  auto offset = text.empty() ? default_offset : take_offset(text);
  if (!offset || !text.empty()) return {};
  return within_years(Timestamp{*date} + std::chrono::hours{*hour} + std::chrono::minutes{*minute} +
                      std::chrono::seconds{second} + fraction - *offset);
}

std::optional<Millis> parse_duration(std::string_view text) {
  double value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc{} || value < 0) return {};
  const std::string_view unit{end, static_cast<std::size_t>(text.data() + text.size() - end)};
  for (const auto& [name, ms] : kUnits) {
    if (unit != name) continue;
    const double total = value * static_cast<double>(ms);
    if (!(total <= 1e12)) return {};  // about 31 years; also refuses NaN
    return Millis{std::llround(total)};
  }
  return {};
}

std::string format_duration(Millis d) {
  const Unit* best = &kUnits[0];
  for (const Unit& unit : kUnits) {
    if (d.count() != 0 && d.count() % unit.ms == 0) best = &unit;
  }
  return std::to_string(d.count() / best->ms) + std::string{best->name};
}

}  // namespace malote
