#include "crypto/jose.h"

#include <jansson.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
extern "C" {  // libjose's headers leave that to us
#include <jose/jose.h>
#include <jose/openssl.h>
}

#include <array>

#include "base/bytes.h"
#include "base/check.h"
#include "base/json.h"

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

}  // namespace

struct JoseKeys::Handle {
  Json keys{json_array()};

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
  const Json encoded{jose_b64_enc(octets.data(), octets.size())};
  auto handle = std::make_shared<Handle>();
  json_array_append_new(
      handle->keys.get(),
      object_of({{"kty", "oct"}, {"k", json_string_value(encoded.get())}}).release());
  return JoseKeys{std::move(handle)};
}

std::optional<JoseKeys> JoseKeys::from_pem(std::string_view pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> bio{
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free_all};
  const bool is_private = pem.find("PRIVATE KEY-----") != std::string_view::npos;
  // Without a callback an encrypted key would ask the terminal for its password.
  const auto no_password = [](char*, int, int, void*) { return -1; };
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{
      is_private ? PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr)
                 : PEM_read_bio_PUBKEY(bio.get(), nullptr, no_password, nullptr),
      &EVP_PKEY_free};
  if (!key) return {};
  Json jwk{jose_openssl_jwk_from_EVP_PKEY(quiet(), key.get())};
  if (!jwk) return {};
  auto handle = std::make_shared<Handle>();
  json_array_append_new(handle->keys.get(), jwk.release());
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
  if (json_array_size(handle->keys.get()) == 0) return {};
  return JoseKeys{std::move(handle)};
}

bool JoseKeys::has_kid(std::string_view kid) const {
  return handle_->any({}, [&](const json_t* key) { return kid_of(key) == kid; });
}

std::optional<std::string> JoseKeys::verify(std::string_view token, std::string_view alg) const {
  const auto header = read_jose_header(token, 3);
  if (!header || header->alg != alg) return {};
  const auto parts = split(token);
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
  const Json jwe = object_of({{"protected", parts[0]},
                              {"encrypted_key", parts[1]},
                              {"iv", parts[2]},
                              {"ciphertext", parts[3]},
                              {"tag", parts[4]}});
  std::optional<std::string> text;
  handle_->any({}, [&](const json_t* key) {
    std::size_t size = 0;
    const std::unique_ptr<void, decltype(&free)> plain{
        jose_jwe_dec(quiet(), jwe.get(), nullptr, key, &size), &free};
    if (plain) text.emplace(static_cast<const char*>(plain.get()), size);
    return text.has_value();
  });
  return text;
}

}  // namespace malote::crypto
