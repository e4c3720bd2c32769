// What commands say on their standard error, on its way to the log: in bounded lines, so many a
// minute, without the secrets that they were given. Not thread-safe.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace malote::net {

class CommandLog {
 public:
  using Time = std::chrono::steady_clock::time_point;

  CommandLog(std::string name, std::vector<std::string> secrets)
      : name_(std::move(name)), secrets_(std::move(secrets)) {}

  /// What is to be logged when this line came at that time, `what` being "stderr", say: nothing, or
  /// the line, and before it how many were left out.
  std::vector<std::string> take(std::string_view what, std::string_view line, Time now);

  /// The last line of all, without secrets; empty where there was none.
  const std::string& last() const { return last_; }
  /// The command is started anew.
  void forget_last() { last_.clear(); }

  /// "tools: crm"
  const std::string& name() const { return name_; }

  static constexpr int kLinesPerMinute = 30;
  static constexpr std::size_t kLongest = 1000;  // bytes of a line that are shown

 private:
  std::string shown(std::string_view line) const;

  const std::string name_;  // in front of each line
  const std::vector<std::string> secrets_;
  std::string last_{};
  Time minute_{};  // when the present one began
  int lines_ = 0;  // in it
};

}  // namespace malote::net
