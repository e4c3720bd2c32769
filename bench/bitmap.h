// A set of small integers, one bit each, that grows as far as its largest member.
// Threads: one.

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace malote::bench {

class Bitmap {
 public:
  bool contains(std::uint64_t index) const {
    const std::size_t word = static_cast<std::size_t>(index / 64);
    return word < words_.size() && (words_[word] >> (index % 64) & 1) != 0;
  }

  // True when `index` was not yet a member.
  bool insert(std::uint64_t index) {
    const std::size_t word = static_cast<std::size_t>(index / 64);
    if (word >= words_.size()) words_.resize(word + word / 2 + 1);
    const std::uint64_t bit = std::uint64_t{1} << (index % 64);
    const bool is_new = (words_[word] & bit) == 0;
    words_[word] |= bit;
    return is_new;
  }

 private:
  std::vector<std::uint64_t> words_;
};

}  // namespace malote::bench
