// A small seeded generator (xoshiro256**, public domain algorithm by Blackman and Vigna) for
// jitter and simulation; never for secrets. Same seed, same sequence, on every machine.
#pragma once

#include <cstdint>

namespace malote {

class Prng {
 public:
  explicit Prng(std::uint64_t seed);
  std::uint64_t next();
  std::uint64_t below(std::uint64_t limit);  // 0 … limit-1; limit > 0
  bool chance(std::uint64_t numerator, std::uint64_t denominator) {
    return below(denominator) < numerator;
  }

 private:
  std::uint64_t state_[4];
};

}  // namespace malote
