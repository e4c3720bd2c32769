#include "crypto/public_key.h"

#include <openssl/bio.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <vector>

#include "base/bytes.h"

namespace malote::crypto {

namespace {

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* handle) const {
    Free(handle);
  }
};
using Pkey = std::unique_ptr<EVP_PKEY, Deleter<&EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Deleter<&X509_free>>;
using Bio = std::unique_ptr<BIO, Deleter<&BIO_free_all>>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Bio reader_of(std::string_view text) {
  return Bio{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
}

std::vector<Certificate> read_certificates(std::string_view pem) {
  std::vector<Certificate> chain;
  const Bio bio = reader_of(pem);
  constexpr std::size_t kMaxChain = 8;
  while (chain.size() < kMaxChain) {
    Certificate next{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)};
    if (!next) break;
    chain.push_back(std::move(next));
  }
  return chain;
}

Pkey read_key(std::string_view text) {
  if (text.find("-----BEGIN CERTIFICATE-----") != std::string_view::npos) {
    const auto chain = read_certificates(text);
    return Pkey{chain.empty() ? nullptr : X509_get_pubkey(chain.front().get())};
  }
  if (text.find("-----BEGIN") != std::string_view::npos) {
    const Bio bio = reader_of(text);
    return Pkey{PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr)};
  }
  const auto der = base64_decode(trim(text));
  if (!der) return {};
  const unsigned char* at = bytes_of(*der);
  return Pkey{d2i_PUBKEY(nullptr, &at, static_cast<long>(der->size()))};
}

/// ECDSA signatures travel as DER or as the two numbers one after the other.
std::string to_der(std::string_view raw) {
  const std::unique_ptr<ECDSA_SIG, Deleter<&ECDSA_SIG_free>> pair{ECDSA_SIG_new()};
  const int half = static_cast<int>(raw.size() / 2);
  ECDSA_SIG_set0(pair.get(), BN_bin2bn(bytes_of(raw), half, nullptr),
                 BN_bin2bn(bytes_of(raw) + half, half, nullptr));
  unsigned char* out = nullptr;
  const int size = i2d_ECDSA_SIG(pair.get(), &out);
  std::string der{reinterpret_cast<char*>(out), size > 0 ? static_cast<std::size_t>(size) : 0};
  OPENSSL_free(out);
  return der;
}

bool check(EVP_PKEY* key, const EVP_MD* digest, std::string_view message,
           std::string_view signature) {
  const std::unique_ptr<EVP_MD_CTX, Deleter<&EVP_MD_CTX_free>> context{EVP_MD_CTX_new()};
  if (EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key) != 1) return false;
  return EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(message),
                          message.size()) == 1;
}

}  // namespace

struct PublicKey::Handle {
  Pkey key;
};

std::optional<PublicKey> PublicKey::parse(std::string_view text) {
  Pkey key = read_key(text);
  if (!key) return {};
  return PublicKey{std::make_shared<const Handle>(Handle{std::move(key)})};
}

std::optional<PublicKey> PublicKey::from_ed25519(std::string_view bytes) {
  Pkey key{EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(bytes), bytes.size())};
  if (!key) return {};
  return PublicKey{std::make_shared<const Handle>(Handle{std::move(key)})};
}

bool PublicKey::verify(SignatureAlgorithm algorithm, std::string_view message,
                       std::string_view signature) const {
  EVP_PKEY* key = handle_->key.get();
  const int kind = EVP_PKEY_get_base_id(key);
  constexpr std::size_t kRawEcdsa = 64;
  switch (algorithm) {
    case SignatureAlgorithm::ecdsa_p256_sha256:
      if (kind != EVP_PKEY_EC || EVP_PKEY_get_bits(key) != 256) return false;
      return signature.size() == kRawEcdsa ? check(key, EVP_sha256(), message, to_der(signature))
                                           : check(key, EVP_sha256(), message, signature);
    case SignatureAlgorithm::rsa_sha256:
      return kind == EVP_PKEY_RSA && check(key, EVP_sha256(), message, signature);
    case SignatureAlgorithm::ed25519:
      return kind == EVP_PKEY_ED25519 && check(key, nullptr, message, signature);
  }
  return false;
}

Result<PublicKey> PublicKey::from_trusted_chain(std::string_view pem_chain, Timestamp now) {
  const auto chain = read_certificates(pem_chain);
  if (chain.empty()) return fail(Errc::unauthorized, "there is no certificate in it");
  const std::unique_ptr<X509_STORE, Deleter<&X509_STORE_free>> store{X509_STORE_new()};
  if (X509_STORE_set_default_paths(store.get()) != 1)
    return fail(Errc::unauthorized, "the system has no trust store");
  const auto free_stack = [](STACK_OF(X509) * stack) { sk_X509_free(stack); };
  const std::unique_ptr<STACK_OF(X509), decltype(free_stack)> others{sk_X509_new_null(),
                                                                     free_stack};
  for (std::size_t i = 1; i < chain.size(); ++i) sk_X509_push(others.get(), chain[i].get());
  const std::unique_ptr<X509_STORE_CTX, Deleter<&X509_STORE_CTX_free>> context{
      X509_STORE_CTX_new()};
  X509_STORE_CTX_init(context.get(), store.get(), chain.front().get(), others.get());
  X509_STORE_CTX_set_time(context.get(), 0, static_cast<time_t>(to_ms(now) / 1000));
  if (X509_verify_cert(context.get()) != 1) {
    return fail(Errc::unauthorized,
                std::string{"the certificate is not trusted: "} +
                    X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get())));
  }
  Pkey key{X509_get_pubkey(chain.front().get())};
  if (!key) return fail(Errc::unauthorized, "the certificate has no usable key");
  return PublicKey{std::make_shared<const Handle>(Handle{std::move(key)})};
}

}  // namespace malote::crypto
