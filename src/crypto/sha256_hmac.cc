// EVP_MAC makes and locks objects for every message, 1.5 us on a 1 KiB body where the hash itself
// takes less. A copied SHA256_CTX needs neither; OpenSSL 3 calls it deprecated and keeps it.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/sha256_hmac.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <cstring>

#include "base/check.h"

namespace malote::crypto {

namespace {

constexpr std::size_t kBlock = SHA256_CBLOCK;
static_assert(sizeof(SHA256_CTX) <= 128 && alignof(SHA256_CTX) <= 8);

using State = std::array<unsigned char, 128>;

SHA256_CTX& context(State& state) { return *reinterpret_cast<SHA256_CTX*>(state.data()); }

void start(State& state, std::array<unsigned char, kBlock> block, unsigned char pad) {
  for (auto& byte : block) byte ^= pad;
  SHA256_Init(&context(state));
  SHA256_Update(&context(state), block.data(), block.size());
  OPENSSL_cleanse(block.data(), block.size());
}

}  // namespace

Sha256Hmac::Sha256Hmac(std::string_view key) {
  MALOTE_CHECK(!key.empty(), "an empty key would accept forgeries; callers refuse it before");
  std::array<unsigned char, kBlock> block{};
  if (key.size() > kBlock) {
    SHA256(reinterpret_cast<const unsigned char*>(key.data()), key.size(), block.data());
  } else {
    std::memcpy(block.data(), key.data(), key.size());
  }
  start(inner_, block, 0x36);
  start(outer_, block, 0x5c);
  OPENSSL_cleanse(block.data(), block.size());
}

Sha256Hmac::~Sha256Hmac() {
  OPENSSL_cleanse(inner_.data(), inner_.size());
  OPENSSL_cleanse(outer_.data(), outer_.size());
}

Sha256Hmac::Message::Message(const Sha256Hmac& key) : key_(key), inner_(key.inner_) {}

void Sha256Hmac::Message::add(std::string_view piece) noexcept {
  SHA256_Update(&context(inner_), piece.data(), piece.size());
}

Sha256Digest Sha256Hmac::Message::finish() noexcept {
  Sha256Digest digest;
  SHA256_Final(digest.data(), &context(inner_));
  State outer = key_.outer_;
  SHA256_Update(&context(outer), digest.data(), digest.size());
  SHA256_Final(digest.data(), &context(outer));
  return digest;
}

}  // namespace malote::crypto
