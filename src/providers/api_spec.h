// How a provider's API is called back: what a pack's "api" says. Immutable after parse.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/hmac.h"

namespace malote::providers {

/// An access token is got with the connection's client_id and client_secret (OAuth 2.0 client
/// credentials, RFC 6749 section 4.4).
struct TokenSpec {
  std::string url{};
  std::string scope{};
  bool basic = true;  // client_secret_basic; else client_secret_post
  explicit operator bool() const { return !url.empty(); }
};

/// Each call is signed: an HMAC over `text`, shown in `value`. Places in both: {nonce}, {method},
/// {path} (with its query), {body}; in `value` also {key} and {signature}. The nonce is a count of
/// milliseconds that grows with each call.
struct SignSpec {
  std::string header{};
  std::string value{};
  std::string text{};
  crypto::Hash hash = crypto::Hash::sha256;
  bool hex = true;    // else base64
  std::string key{};  // names of the connection's credentials
  std::string secret{};
  explicit operator bool() const { return !header.empty(); }
};

struct ApiSpec {
  TokenSpec token{};
  SignSpec sign{};
  int per_minute = 0;  // calls the provider takes; 0: not known
  /// Names of the connection's credentials that a call needs; empty: one key is enough.
  std::vector<std::string> credentials{};
};

Result<ApiSpec> parse_api(json::View api);

/// A call to be signed. Views must outlive the call.
struct SignedCall {
  std::string_view method{}, path{}, body{};
  std::int64_t nonce = 0;
  const Secret& key;
  const Secret& secret;
};
/// The header's value.
std::string sign_call(const SignSpec& spec, const SignedCall& call);

}  // namespace malote::providers
