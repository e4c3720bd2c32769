// Sealing secrets at rest with AES-256-GCM. A sealed text is version byte 1, 12 bytes nonce,
// ciphertext, 16 bytes tag; `context` (for example "trigger:trg_…") is authenticated with it, so
// that a row copied onto another does not open. Thread-safe: immutable after construction.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"

namespace malote::crypto {

class SecretBox {
 public:
  static constexpr std::size_t kKeyBytes = 32;
  static constexpr std::size_t kNonceBytes = 12;

  /// REQUIRES: `master_key` holds exactly kKeyBytes bytes.
  explicit SecretBox(Secret master_key);

  /// `nonce` must be fresh random bytes (kNonceBytes of them), never reused.
  std::string seal(const Secret& secret, std::string_view context, std::string_view nonce) const;

  /// Empty when the text was sealed with another key or for another context, or is damaged.
  std::optional<Secret> open(std::string_view sealed, std::string_view context) const;

 private:
  Secret key_;
};

}  // namespace malote::crypto
