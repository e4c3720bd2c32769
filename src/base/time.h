// Wall-clock time in milliseconds: the one notion of time the engine knows. Parsing and printing
// of RFC 3339 and of durations, which libstdc++ 12 lacks. Pure; nothing here reads a clock.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace malote {

using Millis = std::chrono::milliseconds;
using Timestamp = std::chrono::sys_time<Millis>;

constexpr Timestamp from_ms(std::int64_t ms) { return Timestamp{Millis{ms}}; }
constexpr std::int64_t to_ms(Timestamp t) { return t.time_since_epoch().count(); }
constexpr std::int64_t to_unix_s(Timestamp t) {
  return std::chrono::floor<std::chrono::seconds>(t).time_since_epoch().count();
}

/// "2026-04-22T14:30:00.000Z"; always UTC, always three fraction digits.
std::string format_rfc3339(Timestamp t);
void append_rfc3339(std::string& out, Timestamp t);

/// RFC 3339 date-time; the offset is required unless `default_offset` stands in for it. A space
/// instead of 'T' is taken, a fraction is cut to milliseconds. A date alone is midnight. Years 0001
/// to 9999 in UTC.
std::optional<Timestamp> parse_time(std::string_view text,
                                    std::optional<std::chrono::minutes> default_offset = {});

/// "50ms", "10s", "2m", "1h", "3d"; also with a decimal point ("1.5h"). Empty on anything else.
std::optional<Millis> parse_duration(std::string_view text);
std::string format_duration(Millis d);  // the shortest of the same forms

}  // namespace malote
