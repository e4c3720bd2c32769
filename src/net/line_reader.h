// Bytes of a stream as lines, in bounded memory.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace malote::net {

class LineReader {
 public:
  /// `line` comes without its end ("\n" or "\r\n"). A line that is longer than the limit is not
  /// `whole`: then it is its first and its last kKept bytes.
  using Each = std::function<void(std::string_view line, bool whole)>;

  explicit LineReader(std::size_t limit) : limit_(limit) {}

  /// Calls `each` for every line that ends in these bytes.
  void take(std::string_view bytes, const Each& each);
  /// For what is left when the stream has ended.
  void end(const Each& each);

  static constexpr std::size_t kKept = 1024;

 private:
  void append(std::string_view bytes);
  void tell(const Each& each);

  const std::size_t limit_;  // at least 2 * kKept
  std::string line_{};
  bool whole_ = true;
};

}  // namespace malote::net
