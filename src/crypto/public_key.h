// Asymmetric signatures: keys and certificates read once, then checked against often. Immutable
// after construction; any thread may use one.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace malote::crypto {

enum class SignatureAlgorithm { ecdsa_p256_sha256, rsa_sha256, ed25519 };

class PublicKey {
 public:
  /// A PEM public key or certificate, or base64 of a DER public key. Empty when it is none of them.
  static std::optional<PublicKey> parse(std::string_view text);
  /// The 32 bytes of an Ed25519 key.
  static std::optional<PublicKey> from_ed25519(std::string_view bytes);
  /// The key of the first certificate of a PEM chain, if the chain leads to an authority of the
  /// system's trust store and is valid at `now`; the error says what is wrong with it.
  static Result<PublicKey> from_trusted_chain(std::string_view pem_chain, Timestamp now);

  /// False too when the key is not of the algorithm's kind. ECDSA takes DER and r‖s (64 bytes).
  bool verify(SignatureAlgorithm algorithm, std::string_view message,
              std::string_view signature) const;

 private:
  struct Handle;
  explicit PublicKey(std::shared_ptr<const Handle> handle) : handle_(std::move(handle)) {}
  std::shared_ptr<const Handle> handle_;
};

}  // namespace malote::crypto
