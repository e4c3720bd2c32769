// Keyed and unkeyed digests. The only users of OpenSSL outside net/ are in this folder.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "base/secret.h"

namespace malote::crypto {

enum class Hash { sha1, sha256, sha384, sha512 };

/// A prepared HMAC key: set up once per secret, then cheap per message. Not thread-safe (it reuses
/// one context); each thread holds its own. The key must not be empty.
class HmacKey {
 public:
  HmacKey(Hash hash, std::string_view key);
  ~HmacKey();
  HmacKey(HmacKey&&) noexcept;
  HmacKey& operator=(HmacKey&&) noexcept;

  /// The digest of the concatenated pieces, as raw bytes.
  std::string sign(std::initializer_list<std::string_view> pieces);

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

std::string hmac(Hash hash, std::string_view key, std::string_view message);
std::string sha256(std::string_view message);

}  // namespace malote::crypto
