// JOSE: signed and encrypted tokens in compact form (RFC 7515-7519), by way of libjose. The caller
// names the algorithms it takes; what the token says of itself only has to agree with that.
// Two steps are OpenSSL's, because Debian 12's libjose does not do them: RSA-OAEP-256 (it is built
// without), and HMACs with keys shorter than their hash (it refuses them; providers use them).
// Immutable after construction; any thread may use one.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace malote::crypto {

/// What a compact token says of itself, unproven.
struct JoseHeader {
  std::string alg{};
  std::string enc{};
  std::string kid{};
};

/// Empty when the text is not a compact token of `parts` parts (3: signed, 5: encrypted) with a
/// JSON header, or when it uses "crit" or "zip", which nobody here understands or wants.
std::optional<JoseHeader> read_jose_header(std::string_view token, int parts);

/// A key, or a set of keys, in JWK form.
class JoseKeys {
 public:
  static JoseKeys from_secret(std::string_view octets);  // for HS256
  /// A PEM private or public key; empty when it is none.
  static std::optional<JoseKeys> from_pem(std::string_view pem);
  /// A JWK or a JWK set, as JSON; empty when it is neither.
  static std::optional<JoseKeys> from_json(std::string_view text);

  bool has_kid(std::string_view kid) const;

  /// The token's payload if its algorithm is `alg` and one of the keys (the one named by its kid,
  /// where it names one) made its signature.
  std::optional<std::string> verify(std::string_view token, std::string_view alg) const;
  /// The plaintext of an encrypted token.
  std::optional<std::string> decrypt(std::string_view token, std::string_view alg,
                                     std::string_view enc) const;

 private:
  struct Handle;
  explicit JoseKeys(std::shared_ptr<const Handle> handle) : handle_(std::move(handle)) {}
  std::shared_ptr<const Handle> handle_;
};

}  // namespace malote::crypto
