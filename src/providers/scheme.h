// An authenticity scheme as data: what is signed, where the proof is carried, how it is written.
// Read from a provider pack, or from a connection's `webhook_auth`, which may override single
// members or describe a whole scheme (server_id "custom"). docs/providers.md has the format.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "crypto/hmac.h"

namespace malote::providers {

enum class SchemeKind { shared_secret, url_token, http_basic, hmac };
enum class Encoding { hex, base64, automatic };
enum class SecretEncoding { utf8, hex, base64, whsec };
/// How the signature header is written: one value; k=v pairs ("t=…,v1=…"); or a list of versioned
/// values ("v1,… v1,…").
enum class Carrier { bare, pairs, versions };

/// One piece of the signed text.
struct Part {
  enum class From { literal, body, timestamp, header, query, url, field };
  From from = From::literal;
  std::string name{};    // the literal's text; the header's, parameter's or field's name
  std::string before{};  // text around the value, left out together with it
  std::string after{};
  bool lower = false;
  bool optional = false;  // an absent value drops the part; otherwise it is missing_header
};

struct Scheme {
  SchemeKind kind = SchemeKind::hmac;
  std::string header{};  // carries the token or the signature
  std::string query{};   // url_token: the parameter
  std::string prefix{};  // before the value, e.g. "sha256="
  bool prefix_optional = false;
  crypto::Hash hash = crypto::Hash::sha256;
  Encoding encoding = Encoding::hex;
  SecretEncoding secret_encoding = SecretEncoding::utf8;
  Carrier carrier = Carrier::bare;
  std::string separator{","};  // between pairs or versions
  std::string timestamp_key{"t"};
  std::vector<std::string> signature_keys{"v1"};
  std::string timestamp_header{};    // where the time stands in a header of its own
  std::optional<int> tolerance_s{};  // two-sided; none: the time is not judged
  std::vector<Part> signed_parts{};
  bool signs_body() const;
};

/// `base` is the pack's scheme (may be null for custom), `override_with` the connection's
/// webhook_auth (may be null). Errors name the member.
Result<Scheme> parse_scheme(json::View base, json::View override_with);

}  // namespace malote::providers
