// Unguessable bytes, for ids, secrets and nonces. Jitter comes from a Prng seeded from here.
#pragma once

#include <span>
#include <string>

namespace malote {

struct Entropy {
  virtual ~Entropy() = default;
  /// Fills `out` with random bytes; cannot fail. Thread-safe.
  virtual void fill(std::span<char> out) = 0;
};

inline std::string random_bytes(Entropy& entropy, std::size_t count) {
  std::string bytes(count, '\0');
  entropy.fill(bytes);
  return bytes;
}

/// `prefix` and `count` characters of a-z and 0-9 (about 5.1 bits each).
inline std::string random_id(Entropy& entropy, std::string_view prefix, std::size_t count = 16) {
  constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::string id{prefix};
  while (id.size() < prefix.size() + count) {
    for (const char byte : random_bytes(entropy, count)) {
      const auto value = static_cast<unsigned char>(byte);
      if (value < 252 && id.size() < prefix.size() + count) id += kAlphabet[value % 36];
    }
  }
  return id;
}

}  // namespace malote
