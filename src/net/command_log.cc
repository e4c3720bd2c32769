#include "net/command_log.h"

#include "base/bytes.h"
#include "base/redact.h"

namespace malote::net {

std::string CommandLog::shown(std::string_view line) const {
  std::string text{line};
  redact(text, secrets_);
  if (!is_valid_utf8(text)) return "(" + std::to_string(line.size()) + " bytes that are no text)";
  const auto start = cut_text(text, kLongest);
  return std::string{start} + (start.size() < text.size() ? " …" : "");
}

std::vector<std::string> CommandLog::take(std::string_view what, std::string_view line, Time now) {
  std::vector<std::string> lines;
  if (trim(line).empty()) return lines;
  last_ = shown(line);
  if (lines_ == 0 || now - minute_ >= std::chrono::minutes{1}) {
    if (lines_ > kLinesPerMinute)
      lines.push_back(name_ + ": " + std::to_string(lines_ - kLinesPerMinute) +
                      " lines more were left out");
    minute_ = now;
    lines_ = 0;
  }
  if (++lines_ <= kLinesPerMinute) lines.push_back(name_ + ": " + std::string{what} + ": " + last_);
  return lines;
}

}  // namespace malote::net
