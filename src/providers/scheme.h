// An authenticity scheme as data: what is signed, where the proof is carried, how it is written.
// Read from a provider pack, or from a connection's `webhook_auth`, which may override single
// members or describe a whole scheme (server_id "custom"). docs/providers.md has the format.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ip_address.h"
#include "base/json.h"
#include "crypto/hmac.h"

namespace malote::providers {

/// signature: a MAC or an asymmetric signature, in a header or in the body. jwt_body: the body is
/// a signed token. jwe_jws: a member of the body is an encrypted token around a signed one.
enum class SchemeKind { shared_secret, url_token, http_basic, signature, jwt_body, jwe_jws };
enum class Algorithm { hmac, ecdsa_p256, rsa_sha256, ed25519 };
/// lower_hex: upper case does not match, as with senders whose receivers compare texts.
enum class Encoding { hex, lower_hex, base64, automatic };
enum class SecretEncoding { utf8, hex, base64, whsec };
/// How the signature header is written: one value; k=v pairs ("t=…,v1=…"); a list of versioned
/// values ("v1,… v1,…"); or a value that names its hash ("sha256=…").
enum class Carrier { bare, pairs, versions, labelled };
/// unix: whole seconds. automatic: also milliseconds, by size, and RFC 3339.
enum class TimestampFormat { automatic, unix_s, rfc3339 };

/// One piece of the signed text.
struct Part {
  enum class From {
    literal,
    body,
    crc32,      // of the body, in decimal
    timestamp,  // as it was sent
    header,
    query,
    url,             // webhook_auth.notification_url, or the address as the provider wrote it
    field,           // of the JSON body; of the item where items are signed one by one
    secret,          // a member of a secret that is an object
    pair,            // a member of the signature header
    listed_headers,  // the values of the headers that such a member names, with "." between
  };
  From from = From::literal;
  std::string name{};    // the literal's text; the header's, parameter's or field's name
  std::string before{};  // text around the value, left out together with it
  std::string after{};
  bool lower = false;
  bool optional = false;  // an absent value drops the part; otherwise it is missing_header
};

struct Scheme {
  SchemeKind kind = SchemeKind::signature;
  Algorithm algorithm = Algorithm::hmac;
  std::string header{};          // carries the token or the signature
  std::string field{};           // … or this member of the body does ("/signature", "item:/…")
  std::string items{};           // what is signed one by one, e.g. "/notificationItems/*"
  std::string query{};           // url_token: the parameter
  std::string fallback_query{};  // shared_secret: taken where the header is absent
  std::string prefix{};          // before the value, e.g. "Bearer "
  bool prefix_optional = false;
  bool basic_form = false;  // shared_secret: "Basic " and base64 of the secret will do too
  crypto::Hash hash = crypto::Hash::sha256;
  std::vector<crypto::Hash> hashes{};  // labelled: those that may be named
  bool label_optional = false;
  Encoding encoding = Encoding::hex;
  SecretEncoding secret_encoding = SecretEncoding::utf8;
  Carrier carrier = Carrier::bare;
  std::string separator{","};   // between pairs or versions
  std::string set_separator{};  // between whole sets of pairs, as during a rotation
  std::string timestamp_key{"t"};
  std::vector<std::string> signature_keys{"v1"};
  bool unknown_keys_mismatch = false;  // versions: a list without a known one is well-formed
  bool first_key_only = false;         // the first of signature_keys that is there decides alone
  std::string timestamp_header{};      // where the time stands in a header of its own
  std::string timestamp_field{};       // … or in the body
  TimestampFormat timestamp_format = TimestampFormat::automatic;
  std::optional<int> tolerance_s{};  // two-sided; none: the time is not judged
  std::vector<Part> signed_parts{};
  std::vector<std::vector<Part>> signed_by_key{};  // beside signature_keys, where keys differ
  std::string notification_url{};                  // what {url} stands for
  std::string algorithm_header{};                  // must hold …
  std::string algorithm_value{};                   // … this
  std::string certificate_url_header{};            // where the provider's certificate is
  std::vector<std::string> certificate_hosts{};    // "*.paypal.com"
  std::vector<std::string> token_algorithms{};     // "HS256", "RS256", "ES256"
  std::string jwe_algorithm{};
  std::string jwe_encryption{};
  std::string jwks_url{};
  std::vector<IpBlock> allowed_addresses{};  // empty: any
  std::string verify_token{};                // what a subscription handshake must know
  std::shared_ptr<const Scheme> alias{};     // the same under other header names

  /// Whether a proof covers the body, or all of it that is read.
  bool signs_body() const;
};

/// `base` is the pack's scheme (may be null for custom), `override_with` the connection's
/// webhook_auth (may be null). Errors name the member.
Result<Scheme> parse_scheme(json::View base, json::View override_with);

/// What a scheme lacks before it can prove anything, for a connection that is to use it.
Result<void> check_usable(const Scheme& scheme);

}  // namespace malote::providers
