#include "crypto/secret_box.h"

#include <openssl/evp.h>

#include <memory>

#include "base/check.h"

namespace malote::crypto {

namespace {

constexpr char kVersion = 1;
constexpr std::size_t kTagBytes = 16;

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

const unsigned char* in(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* out(std::string& text, std::size_t at = 0) {
  return reinterpret_cast<unsigned char*>(text.data()) + at;
}
int length(std::string_view text) { return static_cast<int>(text.size()); }

}  // namespace

SecretBox::SecretBox(Secret master_key) : key_(std::move(master_key)) {
  MALOTE_CHECK(key_.reveal().size() == kKeyBytes, "AES-256 takes a 32-byte key");
}

std::string SecretBox::seal(const Secret& secret, std::string_view context,
                            std::string_view nonce) const {
  MALOTE_CHECK(nonce.size() == kNonceBytes, "GCM takes a 12-byte nonce");
  const std::string_view plain = secret.reveal();
  std::string cipher_text(plain.size(), '\0');
  std::string tag(kTagBytes, '\0');
  const Cipher cipher{EVP_CIPHER_CTX_new()};
  int n = 0;
  const bool ok =
      EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, in(key_.reveal()), in(nonce)) &&
      EVP_EncryptUpdate(cipher.get(), nullptr, &n, in(context), length(context)) &&
      EVP_EncryptUpdate(cipher.get(), out(cipher_text), &n, in(plain), length(plain)) &&
      EVP_EncryptFinal_ex(cipher.get(), out(cipher_text), &n) &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, tag.data());
  MALOTE_CHECK(ok, "AES-GCM over memory cannot fail");
  std::string sealed{kVersion};
  sealed.append(nonce).append(cipher_text).append(tag);
  return sealed;
}

std::optional<Secret> SecretBox::open(std::string_view sealed, std::string_view context) const {
  if (sealed.size() < 1 + kNonceBytes + kTagBytes || sealed.front() != kVersion) return {};
  const std::string_view nonce = sealed.substr(1, kNonceBytes);
  const std::string_view body =
      sealed.substr(1 + kNonceBytes, sealed.size() - 1 - kNonceBytes - kTagBytes);
  std::string tag{sealed.substr(sealed.size() - kTagBytes)};
  std::string plain(body.size(), '\0');
  const Cipher cipher{EVP_CIPHER_CTX_new()};
  int n = 0;
  const bool ok =
      EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, in(key_.reveal()), in(nonce)) &&
      EVP_DecryptUpdate(cipher.get(), nullptr, &n, in(context), length(context)) &&
      EVP_DecryptUpdate(cipher.get(), out(plain), &n, in(body), length(body)) &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) &&
      EVP_DecryptFinal_ex(cipher.get(), out(plain, plain.size()), &n) == 1;
  Secret secret{std::move(plain)};
  if (!ok) return {};
  return secret;
}

}  // namespace malote::crypto
