// HMAC-SHA256 with a prepared key, for the hot path of receivers: no allocation, no locks, and any
// number of threads may use one key. crypto/hmac.h has the other hashes.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace malote::crypto {

using Sha256Digest = std::array<std::uint8_t, 32>;

class Sha256Hmac {
 public:
  /// REQUIRES: the key is not empty.
  explicit Sha256Hmac(std::string_view key);
  ~Sha256Hmac();
  Sha256Hmac(const Sha256Hmac&) = default;
  Sha256Hmac& operator=(const Sha256Hmac&) = default;

  /// A message in the making.
  class Message {
   public:
    void add(std::string_view piece) noexcept;
    Sha256Digest finish() noexcept;

   private:
    friend class Sha256Hmac;
    explicit Message(const Sha256Hmac& key);
    const Sha256Hmac& key_;
    alignas(8) std::array<unsigned char, 128> inner_;
  };
  Message begin() const noexcept { return Message{*this}; }

 private:
  // The hash's state after the padded key; large enough for OpenSSL's, which the source asserts.
  alignas(8) std::array<unsigned char, 128> inner_{};
  alignas(8) std::array<unsigned char, 128> outer_{};
};

}  // namespace malote::crypto
