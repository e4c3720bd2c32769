#include "crypto/hmac.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "base/check.h"

namespace malote::crypto {

namespace {

const char* name_of(Hash hash) {
  switch (hash) {
    case Hash::sha1: return "SHA1";
    case Hash::sha256: return "SHA256";
    case Hash::sha384: return "SHA384";
    case Hash::sha512: return "SHA512";
  }
  return "SHA256";
}

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

EVP_MAC* hmac_algorithm() {
  static EVP_MAC* const algorithm = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  return algorithm;
}

}  // namespace

struct HmacKey::Context {
  EVP_MAC_CTX* mac = nullptr;
  ~Context() { EVP_MAC_CTX_free(mac); }
};

HmacKey::HmacKey(Hash hash, std::string_view key) : context_(std::make_unique<Context>()) {
  MALOTE_CHECK(!key.empty(), "an empty key would accept forgeries; callers refuse it before");
  context_->mac = EVP_MAC_CTX_new(hmac_algorithm());
  OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, const_cast<char*>(name_of(hash)), 0),
      OSSL_PARAM_construct_end()};
  MALOTE_CHECK(EVP_MAC_init(context_->mac, bytes(key), key.size(), params) == 1,
               "HMAC with a known digest cannot fail to start");
}

HmacKey::~HmacKey() = default;
HmacKey::HmacKey(HmacKey&&) noexcept = default;
HmacKey& HmacKey::operator=(HmacKey&&) noexcept = default;

std::string HmacKey::sign(std::initializer_list<std::string_view> pieces) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  std::size_t size = 0;
  bool ok = EVP_MAC_init(context_->mac, nullptr, 0, nullptr) == 1;
  for (const auto piece : pieces) {
    ok = ok && EVP_MAC_update(context_->mac, bytes(piece), piece.size()) == 1;
  }
  ok = ok && EVP_MAC_final(context_->mac, digest, &size, sizeof digest) == 1;
  MALOTE_CHECK(ok, "HMAC over memory cannot fail");
  return {reinterpret_cast<const char*>(digest), size};
}

std::string hmac(Hash hash, std::string_view key, std::string_view message) {
  return HmacKey{hash, key}.sign({message});
}

std::string sha256(std::string_view message) {
  unsigned char digest[32];
  unsigned int size = 0;
  MALOTE_CHECK(
      EVP_Digest(message.data(), message.size(), digest, &size, EVP_sha256(), nullptr) == 1,
      "SHA-256 over memory cannot fail");
  return {reinterpret_cast<const char*>(digest), size};
}

}  // namespace malote::crypto
