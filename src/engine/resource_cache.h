// Answers of providers' APIs, by the version of the resource that was asked for: a version does not
// change, so it is asked for once. Bounded in number, bytes and age, oldest out first. In memory
// only. Single-threaded.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <string_view>

#include "base/time.h"

namespace malote::engine {

class ResourceCache {
 public:
  /// nullptr: not there, or too old. Valid until the next put().
  const std::string* find(std::string_view version, Timestamp now) const;
  void put(const std::string& version, std::string body, Timestamp now);

  static constexpr std::size_t kMaxEntries = 1000;
  static constexpr std::size_t kMaxBytes = std::size_t{8} * 1024 * 1024;
  static constexpr Millis kMaxAge{600'000};

 private:
  struct Entry {
    std::string body{};
    Timestamp at{};
  };
  void drop_oldest();

  std::map<std::string, Entry, std::less<>> entries_;
  std::deque<std::string> order_;  // oldest first
  std::size_t bytes_ = 0;
};

}  // namespace malote::engine
