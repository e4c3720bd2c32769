#include "base/prng.h"

#include <bit>

namespace malote {

Prng::Prng(std::uint64_t seed) : state_{} {
  for (auto& word : state_) {  // splitmix64 spreads a small seed over the state
    seed += 0x9E3779B97F4A7C15u;
    std::uint64_t z = seed;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    word = z ^ z >> 31;
  }
}

std::uint64_t Prng::next() {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

// The bias of a plain remainder is below 2^-32 for the limits used here (< 2^32).
std::uint64_t Prng::below(std::uint64_t limit) { return next() % limit; }

}  // namespace malote
