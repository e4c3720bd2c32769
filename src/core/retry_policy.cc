#include "core/retry_policy.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace malote::core {

namespace {

/// IMF-fixdate only ("Sun, 06 Nov 1994 08:49:37 GMT"); the obsolete forms are not sent any more.
std::optional<Timestamp> parse_http_date(std::string_view text) {
  constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (text.size() != 29 || !text.ends_with(" GMT")) return {};
  const auto month = std::ranges::find(kMonths, text.substr(8, 3));
  if (month == kMonths.end()) return {};
  const auto number = static_cast<int>(month - kMonths.begin()) + 1;
  std::string iso{text.substr(12, 4)};
  iso += number < 10 ? "-0" : "-";
  iso += std::to_string(number) + "-";
  iso += std::string{text.substr(5, 2)} + "T" + std::string{text.substr(17, 8)} + "Z";
  return parse_time(iso);
}

}  // namespace

std::optional<Timestamp> parse_retry_after(std::string_view text, Timestamp now) {
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) {
    return parse_http_date(text);
  }
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  const auto cap = std::chrono::duration_cast<std::chrono::seconds>(kRetryAfterCap);
  if (error != std::errc{} || seconds > cap.count()) return now + kRetryAfterCap;
  return now + std::chrono::seconds{seconds};
}

std::optional<Timestamp> next_attempt_at(const RetrySettings& settings, int attempts, Timestamp now,
                                         int jitter_draw, std::optional<Timestamp> not_before) {
  const auto index = static_cast<std::size_t>(attempts - 1);
  if (attempts < 1 || index >= settings.gaps.size()) return {};
  const Millis gap = settings.gaps[index];
  const Millis jitter = gap * settings.jitter_permille / 1000 * jitter_draw / 1000;
  Timestamp at = now + gap + jitter;
  if (not_before) at = std::max(at, std::min(*not_before, now + kRetryAfterCap));
  return at;
}

}  // namespace malote::core
