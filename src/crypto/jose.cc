#include "crypto/jose.h"

#include <jansson.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
extern "C" {  // libjose's headers leave that to us
#include <jose/jose.h>
#include <jose/openssl.h>
}

#include <array>

#include "base/bytes.h"
#include "base/check.h"
#include "base/json.h"
#include "crypto/hmac.h"

namespace malote::crypto {

namespace {

struct JsonFree {
  void operator()(json_t* value) const { json_decref(value); }
};
using Json = std::unique_ptr<json_t, JsonFree>;

/// libjose tells stderr what it thinks of a token unless somebody else listens.
jose_cfg_t* quiet() {
  static jose_cfg_t* const config = [] {
    jose_cfg_t* made = jose_cfg();
    MALOTE_CHECK(made != nullptr, "libjose must start");
    jose_cfg_set_err_func(
        made, [](void*, const char*, int, uint64_t, const char*, va_list) {}, nullptr);
    return made;
  }();
  return config;
}

std::vector<std::string_view> split(std::string_view token) {
  std::vector<std::string_view> parts;
  constexpr std::size_t kMore = 6;  // than any compact token has
  while (parts.size() < kMore) {
    const auto dot = token.find('.');
    parts.push_back(token.substr(0, dot));
    if (dot == std::string_view::npos) break;
    token.remove_prefix(dot + 1);
  }
  return parts;
}

Json object_of(std::initializer_list<std::pair<const char*, std::string_view>> members) {
  Json object{json_object()};
  for (const auto& [name, text] : members) {
    json_object_set_new(object.get(), name, json_stringn(text.data(), text.size()));
  }
  return object;
}

Json load(std::string_view text) {
  return Json{json_loadb(text.data(), text.size(), JSON_REJECT_DUPLICATES, nullptr)};
}

std::string_view kid_of(const json_t* key) {
  const char* kid = json_string_value(json_object_get(key, "kid"));
  return kid ? std::string_view{kid} : std::string_view{};
}

std::optional<Hash> hash_of(std::string_view alg) {
  if (alg == "HS256") return Hash::sha256;
  if (alg == "HS384") return Hash::sha384;
  if (alg == "HS512") return Hash::sha512;
  return {};
}

bool is_right_mac(const Secret& key, std::string_view alg, std::string_view token,
                  std::string_view encoded) {
  const auto hash = hash_of(alg);
  const auto given = base64_decode(encoded, true);
  if (!hash || !given || key.empty()) return false;
  const std::string_view text = token.substr(0, token.rfind('.'));
  return constant_time_equal(*given, hmac(*hash, key.reveal(), text));
}

}  // namespace

struct KeyFree {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct KeyContextFree {
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
};

struct JoseKeys::Handle {
  Json keys{json_array()};
  Secret octets{};                                  // for HMACs
  std::unique_ptr<EVP_PKEY, KeyFree> decryption{};  // read once: that costs more than its use

  /// Calls `use` with each key that the token may mean, until it says true.
  template <class Use>
  bool any(std::string_view kid, Use use) const {
    for (std::size_t i = 0; i < json_array_size(keys.get()); ++i) {
      json_t* key = json_array_get(keys.get(), i);
      if (!kid.empty() && !kid_of(key).empty() && kid_of(key) != kid) continue;
      if (use(key)) return true;
    }
    return false;
  }
};

namespace {

/// The content key of an encrypted token: RSA-OAEP with SHA-256, and nothing else.
std::optional<std::string> unwrap(EVP_PKEY* key, std::string_view alg, std::string_view encoded) {
  const auto wrapped = base64_decode(encoded, true);
  if (!key || !wrapped || alg != "RSA-OAEP-256") return {};
  const std::unique_ptr<EVP_PKEY_CTX, KeyContextFree> context{EVP_PKEY_CTX_new(key, nullptr)};
  const auto* in = reinterpret_cast<const unsigned char*>(wrapped->data());
  std::size_t size = 0;
  if (EVP_PKEY_decrypt_init(context.get()) != 1 ||
      EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_OAEP_PADDING) != 1 ||
      EVP_PKEY_CTX_set_rsa_oaep_md(context.get(), EVP_sha256()) != 1 ||
      EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), EVP_sha256()) != 1 ||
      EVP_PKEY_decrypt(context.get(), nullptr, &size, in, wrapped->size()) != 1) {
    return {};
  }
  std::string out(size, '\0');
  if (EVP_PKEY_decrypt(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size, in,
                       wrapped->size()) != 1) {
    return {};
  }
  out.resize(size);
  return out;
}

}  // namespace

std::optional<JoseHeader> read_jose_header(std::string_view token, int parts) {
  const auto pieces = split(token);
  if (pieces.size() != static_cast<std::size_t>(parts)) return {};
  const auto text = base64_decode(pieces.front(), true);
  if (!text) return {};
  const auto header = json::Document::parse(*text);
  if (!header || !header->root().is_object()) return {};
  const json::View root = header->root();
  if (root["crit"] || root["zip"]) return {};
  const auto member = [&](std::string_view name) {
    return std::string{root[name].as_string().value_or("")};
  };
  return JoseHeader{.alg = member("alg"), .enc = member("enc"), .kid = member("kid")};
}

JoseKeys JoseKeys::from_secret(std::string_view octets) {
  auto handle = std::make_shared<Handle>();
  handle->octets = Secret{std::string{octets}};
  return JoseKeys{std::move(handle)};
}

std::optional<JoseKeys> JoseKeys::from_pem(std::string_view pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> bio{
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free_all};
  const bool is_private = pem.find("PRIVATE KEY-----") != std::string_view::npos;
  // Without a callback an encrypted key would ask the terminal for its password.
  const auto no_password = [](char*, int, int, void*) { return -1; };
  std::unique_ptr<EVP_PKEY, KeyFree> key{
      is_private ? PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr)
                 : PEM_read_bio_PUBKEY(bio.get(), nullptr, no_password, nullptr)};
  if (!key) return {};
  Json jwk{jose_openssl_jwk_from_EVP_PKEY(quiet(), key.get())};
  if (!jwk) return {};
  auto handle = std::make_shared<Handle>();
  json_array_append_new(handle->keys.get(), jwk.release());
  if (is_private) handle->decryption = std::move(key);
  return JoseKeys{std::move(handle)};
}

std::optional<JoseKeys> JoseKeys::from_json(std::string_view text) {
  const Json document = load(text);
  auto handle = std::make_shared<Handle>();
  const json_t* keys = json_object_get(document.get(), "keys");
  if (json_is_array(keys)) {
    json_array_extend(handle->keys.get(), const_cast<json_t*>(keys));
  } else if (json_is_string(json_object_get(document.get(), "kty"))) {
    json_array_append(handle->keys.get(), document.get());
  }
  const auto is_key = [](const json_t* key) { return json_is_string(json_object_get(key, "kty")); };
  if (!handle->any({}, is_key)) return {};
  return JoseKeys{std::move(handle)};
}

bool JoseKeys::has_kid(std::string_view kid) const {
  return handle_->any({}, [&](const json_t* key) { return kid_of(key) == kid; });
}

std::optional<std::string> JoseKeys::verify(std::string_view token, std::string_view alg) const {
  const auto header = read_jose_header(token, 3);
  if (!header || header->alg != alg) return {};
  const auto parts = split(token);
  if (alg.starts_with("HS")) {
    const bool right = is_right_mac(handle_->octets, alg, token, parts[2]);
    return right ? base64_decode(parts[1], true) : std::nullopt;
  }
  const Json jws =
      object_of({{"protected", parts[0]}, {"payload", parts[1]}, {"signature", parts[2]}});
  const bool proven = handle_->any(header->kid, [&](const json_t* key) {
    return jose_jws_ver(quiet(), jws.get(), nullptr, key, false);
  });
  return proven ? base64_decode(parts[1], true) : std::nullopt;
}

std::optional<std::string> JoseKeys::decrypt(std::string_view token, std::string_view alg,
                                             std::string_view enc) const {
  const auto header = read_jose_header(token, 5);
  if (!header || header->alg != alg || header->enc != enc) return {};
  const auto parts = split(token);
  const auto key = unwrap(handle_->decryption.get(), alg, parts[1]);
  if (!key) return {};
  const Json encoded{jose_b64_enc(key->data(), key->size())};
  const Json jwk = object_of({{"kty", "oct"}, {"k", json_string_value(encoded.get())}});
  const Json jwe = object_of({{"protected", parts[0]},
                              {"encrypted_key", parts[1]},
                              {"iv", parts[2]},
                              {"ciphertext", parts[3]},
                              {"tag", parts[4]}});
  std::size_t size = 0;
  const std::unique_ptr<void, decltype(&free)> plain{
      jose_jwe_dec_cek(quiet(), jwe.get(), jwk.get(), &size), &free};
  if (!plain) return {};
  return std::string{static_cast<const char*>(plain.get()), size};
}

}  // namespace malote::crypto
