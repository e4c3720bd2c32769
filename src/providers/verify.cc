#include "providers/verify.h"

#include <algorithm>
#include <boost/crc.hpp>
#include <charconv>

#include "base/bytes.h"
#include "providers/body.h"
#include "providers/proof.h"

namespace malote::providers {

namespace {

Verdict refuse(Refusal refusal, std::string hint) {
  return {.refusal = refusal, .hint = std::move(hint)};
}

/// What a verification has at hand; lives as long as the call.
struct Case {
  const Scheme& scheme;
  const RawRequest& request;
  const std::vector<WebhookSecret>& secrets;
  Timestamp now;
  const KeyDocuments& documents;
  json::View body{};  // where the scheme reads it
  json::View item{};  // where items are signed one by one
};

// --- the signed text ----------------------------------------------------------------------------

std::optional<std::string> header_text(const RawRequest& request, const std::string& name) {
  Verdict ignored;
  const auto value = single_header(request, name, ignored);
  return value ? std::optional<std::string>{*value} : std::nullopt;
}

std::optional<std::string_view> pair_of(const Proof& proof, std::string_view name) {
  for (const auto& [key, value] : proof.pairs) {
    if (key == name) return value;
  }
  return {};
}

/// "x-id x-type" → the values of these headers with "." between them.
std::optional<std::string> listed_headers(const RawRequest& request, std::string_view names) {
  std::string out;
  for (bool first = true; !names.empty(); first = false) {
    const auto space = names.find(' ');
    const auto* value = header_of(request, names.substr(0, space));
    if (!value || header_count(request, names.substr(0, space)) > 1) return {};
    if (!first) out += '.';
    out += trim(*value);
    names.remove_prefix(space == std::string_view::npos ? names.size() : space + 1);
  }
  return out;
}

std::string crc32_of(std::string_view body) {
  boost::crc_32_type crc;
  crc.process_bytes(body.data(), body.size());
  return std::to_string(crc.checksum());
}

std::optional<std::string> value_of(const Case& c, const Part& part, const Proof& proof,
                                    const WebhookSecret& secret) {
  using From = Part::From;
  switch (part.from) {
    case From::literal: return part.name;
    case From::body: return c.request.body;
    case From::crc32: return crc32_of(c.request.body);
    case From::timestamp: return proof.timestamp;
    case From::url:
      return c.scheme.notification_url.empty() ? c.request.url : c.scheme.notification_url;
    case From::header: return header_text(c.request, part.name);
    case From::query:
      if (const auto* found = query_of(c.request, part.name)) return *found;
      return {};
    case From::field: {
      const json::View root = c.item ? c.item : c.body;
      const auto text = root.pointer(part.name).as_text();
      return text ? std::optional<std::string>{*text} : std::nullopt;
    }
    case From::secret: {
      const auto at = secret.members.find(part.name);
      if (at == secret.members.end()) return {};
      return std::string{at->second.reveal()};
    }
    case From::pair: {
      const auto value = pair_of(proof, part.name);
      return value ? std::optional<std::string>{*value} : std::nullopt;
    }
    case From::listed_headers: {
      const auto names = pair_of(proof, part.name);
      return names ? listed_headers(c.request, *names) : std::nullopt;
    }
  }
  return {};
}

/// The bytes under the signature; empty when a required piece is missing.
std::optional<std::string> signed_text(const Case& c, const std::vector<Part>& parts,
                                       const Proof& proof, const WebhookSecret& secret,
                                       std::string& missing) {
  std::string out;
  for (const Part& part : parts) {
    const auto value = value_of(c, part, proof, secret);
    if (!value || (value->empty() && part.optional)) {
      if (part.optional) continue;
      missing = part.name;
      return {};
    }
    out += part.before;
    out += part.lower ? to_lower(*value) : *value;
    out += part.after;
  }
  return out;
}

bool needs_body(const Scheme& scheme) {
  const auto reads = [](const std::vector<Part>& parts) {
    return std::ranges::any_of(parts, [](const Part& p) { return p.from == Part::From::field; });
  };
  return !scheme.field.empty() || !scheme.timestamp_field.empty() || !scheme.items.empty() ||
         reads(scheme.signed_parts);
}

// --- time ---------------------------------------------------------------------------------------

std::optional<Timestamp> read_number(std::string_view text, bool millis_by_size) {
  constexpr std::int64_t kMillisFrom = 100'000'000'000;  // as seconds, after the year 5138
  constexpr std::int64_t kMost = 253'402'300'799'999;    // milliseconds at the end of year 9999
  const bool digits =
      !text.empty() && std::ranges::all_of(text, [](char ch) { return ch >= '0' && ch <= '9'; });
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (!digits || error != std::errc{} || value > kMost) return {};
  if (millis_by_size && value > kMillisFrom) return from_ms(value);
  return from_ms(std::min(value, kMost / 1000) * 1000);
}

std::optional<Timestamp> read_timestamp(TimestampFormat format, std::string_view text) {
  switch (format) {
    case TimestampFormat::unix_s: return read_number(text, false);
    case TimestampFormat::rfc3339: return parse_time(text);
    case TimestampFormat::automatic: break;
  }
  const auto number = read_number(text, true);
  return number ? number : parse_time(text);
}

Verdict judge_time(const Case& c, std::string_view timestamp) {
  if (!c.scheme.tolerance_s) return {};
  const auto at = read_timestamp(c.scheme.timestamp_format, timestamp);
  if (!at) return refuse(Refusal::malformed_header, "the timestamp cannot be read");
  const auto off = std::chrono::floor<std::chrono::seconds>(c.now - *at);
  const std::chrono::seconds tolerance{*c.scheme.tolerance_s};
  if (off > tolerance || off < -tolerance) {
    return refuse(Refusal::timestamp_out_of_tolerance,
                  "signed " + std::to_string(std::chrono::abs(off).count()) + " s " +
                      (off > tolerance ? "before" : "after") +
                      " this clock's now; the tolerance is " + std::to_string(tolerance.count()) +
                      " s");
  }
  return {};
}

/// Where the time stands outside the signature's own header.
Verdict find_timestamp(const Case& c, Proof& proof) {
  if (!c.scheme.timestamp_header.empty()) {
    Verdict refused;
    const auto value = single_header(c.request, c.scheme.timestamp_header, refused);
    if (!value) return refused;
    proof.timestamp = *value;
  }
  if (!c.scheme.timestamp_field.empty()) {
    const auto value = c.body.pointer(c.scheme.timestamp_field).as_text();
    if (!value && c.scheme.tolerance_s)
      return refuse(Refusal::malformed_body, "the body lacks " + c.scheme.timestamp_field);
    proof.timestamp = value.value_or("");
  }
  return {};
}

// --- signatures ---------------------------------------------------------------------------------

crypto::SignatureAlgorithm asymmetric(Algorithm algorithm) {
  if (algorithm == Algorithm::rsa_sha256) return crypto::SignatureAlgorithm::rsa_sha256;
  if (algorithm == Algorithm::ed25519) return crypto::SignatureAlgorithm::ed25519;
  return crypto::SignatureAlgorithm::ecdsa_p256_sha256;
}

/// The certificate that the request names, if it may name it.
Verdict find_certificate(const Case& c, std::optional<crypto::PublicKey>& key) {
  Verdict refused;
  const auto url = single_header(c.request, c.scheme.certificate_url_header, refused);
  if (!url) return refused;
  constexpr std::string_view kHttps = "https://";
  const std::string_view rest = url->substr(std::min(kHttps.size(), url->size()));
  const std::string host = to_lower(rest.substr(0, rest.find_first_of("/?#")));
  const bool plain = host.find_first_of("@:\\% ") == std::string::npos;
  const bool listed =
      std::ranges::any_of(c.scheme.certificate_hosts, [&](std::string_view allowed) {
        return allowed.starts_with("*.") ? host.ends_with(allowed.substr(1)) : host == allowed;
      });
  if (!url->starts_with(kHttps) || !plain || !listed) {
    return refuse(Refusal::cert_url_not_allowed,
                  c.scheme.certificate_url_header + " does not lead to the provider");
  }
  const bool pinned =
      std::ranges::any_of(c.secrets, [](const auto& s) { return s.public_key.has_value(); });
  if (pinned) return {};
  const auto pem = c.documents ? c.documents(*url) : std::nullopt;
  if (!pem) {
    Verdict wanted = refuse(Refusal::unknown_key, "the certificate has not been fetched");
    wanted.wanted_url = *url;
    return wanted;
  }
  auto trusted = crypto::PublicKey::from_trusted_chain(*pem, c.now);
  if (!trusted) return refuse(Refusal::unknown_key, trusted.error().message);
  key = std::move(*trusted);
  return {};
}

/// Whoever compares texts never matches upper case.
bool is_other_case(const Scheme& scheme, std::string_view text) {
  return scheme.encoding == Encoding::lower_hex &&
         std::ranges::any_of(text, [](char ch) { return ch >= 'A' && ch <= 'Z'; });
}

/// One proof against every secret; a text per secret only where the secret is part of it.
class Matcher {
 public:
  Matcher(const Case& c, const Proof& proof, std::optional<crypto::PublicKey> certificate)
      : case_(c), proof_(proof), certificate_(std::move(certificate)) {
    for (const auto& signature : proof.signatures)
      given_.push_back(decode_signature(c.scheme, signature));
  }

  bool has_well_formed() const {
    return std::ranges::any_of(given_, [](const auto& bytes) { return bytes.has_value(); });
  }

  /// True when a signature is right. `missing` names a signed piece that the request lacks.
  bool matches(const WebhookSecret& secret, std::string& missing) const {
    bool found = false;
    Expected expected;
    for (std::size_t i = 0; i < given_.size(); ++i) {
      if (!given_[i] || is_other_case(case_.scheme, proof_.signatures[i].text)) continue;
      expect(secret, proof_.signatures[i], expected, missing);
      if (expected.text && is_right(secret, *given_[i], expected)) found = true;
    }
    return found;
  }

 private:
  /// What a signature is held against: the same for all signatures of one key and hash, so that a
  /// header full of them costs no more than one.
  struct Expected {
    std::optional<std::size_t> key{};
    crypto::Hash hash{};
    std::optional<std::string> text{};
    std::string mac{};  // empty: none can be made
  };

  void expect(const WebhookSecret& secret, const Proof::Signature& given, Expected& expected,
              std::string& missing) const {
    const Scheme& scheme = case_.scheme;
    const bool same_text =
        expected.key && (scheme.signed_by_key.empty() || *expected.key == given.key);
    if (same_text && expected.hash == given.hash) return;
    const auto& parts =
        scheme.signed_by_key.empty() ? scheme.signed_parts : scheme.signed_by_key[given.key];
    if (!same_text) expected.text = signed_text(case_, parts, proof_, secret, missing);
    expected.key = given.key;
    expected.hash = given.hash;
    expected.mac.clear();
    const auto key = hmac_key(scheme, secret.text.reveal());
    if (scheme.algorithm == Algorithm::hmac && expected.text && key && !key->empty())
      expected.mac = crypto::hmac(given.hash, *key, *expected.text);
  }

  bool is_right(const WebhookSecret& secret, std::string_view signature,
                const Expected& expected) const {
    if (case_.scheme.algorithm == Algorithm::hmac)
      return !expected.mac.empty() && constant_time_equal(signature, expected.mac);
    const auto& key = certificate_ ? certificate_ : secret.public_key;
    return key && key->verify(asymmetric(case_.scheme.algorithm), *expected.text, signature);
  }

  const Case& case_;
  const Proof& proof_;
  const std::optional<crypto::PublicKey> certificate_;
  std::vector<std::optional<std::string>> given_;
};

Verdict match(const Case& c, const Proof& proof,
              const std::optional<crypto::PublicKey>& certificate) {
  const Matcher matcher{c, proof, certificate};
  if (!proof.signatures.empty() && !matcher.has_well_formed()) {
    return refuse(Refusal::malformed_header,
                  "no signature in " + c.scheme.header + c.scheme.field + " is well-formed");
  }
  Verdict verdict = refuse(Refusal::signature_mismatch, "the signature does not match this body");
  std::string missing;
  for (std::size_t i = 0; i < c.secrets.size(); ++i) {
    if (c.secrets[i].counts_at(c.now) && matcher.matches(c.secrets[i], missing))
      verdict = {.secret_index = i};
  }
  if (!verdict && !missing.empty())
    return refuse(Refusal::missing_header, missing + " is signed, but it is missing");
  return verdict;
}

/// The text that carries the signature: a header's, or a member's of the body.
std::optional<std::string_view> carrier_text(const Case& c, Verdict& refused) {
  if (c.scheme.field.empty()) return single_header(c.request, c.scheme.header, refused);
  const auto text = (c.item ? c.item : c.body).pointer(c.scheme.field).as_string();
  if (text && !text->empty() && text->size() <= kMaxSignatureHeader) return text;
  refused = refuse(Refusal::missing_signature, "the body lacks " + c.scheme.field);
  return {};
}

Verdict verify_one_signature(const Case& c) {
  Verdict refused;
  const auto text = carrier_text(c, refused);
  if (!text) return refused;
  auto proofs = read_proofs(c.scheme, *text, refused);
  if (proofs.empty()) return refused;
  if (!c.scheme.algorithm_header.empty()) {
    const auto named = single_header(c.request, c.scheme.algorithm_header, refused);
    if (!named) return refused;
    if (*named != c.scheme.algorithm_value)
      return refuse(Refusal::algorithm_not_allowed,
                    "only " + c.scheme.algorithm_value + " is taken");
  }
  std::optional<crypto::PublicKey> certificate;
  if (!c.scheme.certificate_url_header.empty()) {
    const Verdict found = find_certificate(c, certificate);
    if (!found) return found;
  }
  Verdict verdict = refuse(Refusal::signature_mismatch, "");
  for (Proof& proof : proofs) {
    const Verdict time_found = find_timestamp(c, proof);
    if (!time_found) return time_found;
    verdict = match(c, proof, certificate);
    if (!verdict) continue;
    const Verdict time = judge_time(c, proof.timestamp);
    return time ? verdict : time;
  }
  return verdict;
}

Verdict verify_signature(Case& c) {
  if (!needs_body(c.scheme)) return verify_one_signature(c);
  const auto body = json::Document::parse(c.request.body, kAsSent);
  if (!body || !body->root().is_object()) {
    // Where the proof is in a header, it is judged first: a forged body tells nothing of itself.
    if (c.scheme.field.empty() && c.scheme.signed_parts.size() == 1) {
      const Verdict verdict = verify_one_signature(c);
      if (verdict.refusal != Refusal::none && verdict.refusal != Refusal::malformed_body)
        return verdict;
    }
    return refuse(Refusal::malformed_body, "the body is not a JSON object");
  }
  c.body = body->root();
  if (c.scheme.items.empty()) return verify_one_signature(c);
  const auto items = expand(c.body, c.scheme.items);
  if (items.empty()) return refuse(Refusal::malformed_body, "the body holds no " + c.scheme.items);
  Verdict verdict;
  for (const auto item : items) {
    c.item = item;
    verdict = verify_one_signature(c);
    if (!verdict) return verdict;
  }
  return verdict;
}

// --- tokens -------------------------------------------------------------------------------------

/// A time in seconds, perhaps with a fraction. What cannot be read is no leave to go on.
std::optional<Timestamp> read_claim(json::View claim) {
  const auto text = claim.as_text();
  if (!text) return {};
  const auto fraction = std::min(text->find('.'), text->size());
  const std::string_view digits = text->substr(fraction);
  if (digits.find_first_not_of(".0123456789") != std::string_view::npos) return {};
  return read_number(text->substr(0, fraction), false);
}

Verdict judge_claims(const Case& c, std::string payload, std::size_t secret_index) {
  const auto claims = json::Document::parse(payload, kAsSent);
  if (!claims || !claims->root().is_object())
    return refuse(Refusal::malformed_body, "the token does not hold a JSON object");
  const std::chrono::seconds leeway{c.scheme.tolerance_s.value_or(60)};
  const json::View exp = claims->root()["exp"];
  const json::View nbf = claims->root()["nbf"];
  const auto expires = read_claim(exp);
  const auto begins = read_claim(nbf);
  if ((exp && !expires) || (nbf && !begins))
    return refuse(Refusal::malformed_body, "the token's exp or nbf is no time in seconds");
  if (expires && *expires + leeway <= c.now)
    return refuse(Refusal::token_expired, "the token has expired");
  if (begins && *begins - leeway > c.now)
    return refuse(Refusal::timestamp_out_of_tolerance, "the token is not valid yet");
  return {.secret_index = secret_index, .payload = std::move(payload)};
}

/// A signed token against every secret and, where the scheme names one, the sender's key set.
Verdict verify_token(const Case& c, std::string_view token) {
  const auto header = crypto::read_jose_header(token, 3);
  if (!header) return refuse(Refusal::malformed_body, "there is no signed token");
  const auto& allowed = c.scheme.token_algorithms;
  if (std::ranges::find(allowed, header->alg) == allowed.end())
    return refuse(Refusal::algorithm_not_allowed, "the token's algorithm is not taken");
  bool knows_kid = header->kid.empty();
  for (std::size_t i = 0; i < c.secrets.size(); ++i) {
    const auto& keys = c.secrets[i].token_keys;
    if (!keys || !c.secrets[i].counts_at(c.now)) continue;
    knows_kid = knows_kid || header->alg.starts_with("HS") || keys->has_kid(header->kid);
    if (auto payload = keys->verify(token, header->alg))
      return judge_claims(c, std::move(*payload), i);
  }
  if (!c.scheme.jwks_url.empty()) {
    const auto document = c.documents ? c.documents(c.scheme.jwks_url) : std::nullopt;
    const auto keys = document ? crypto::JoseKeys::from_json(*document) : std::nullopt;
    if (keys && keys->has_kid(header->kid)) {
      knows_kid = true;
      if (auto payload = keys->verify(token, header->alg))
        return judge_claims(c, std::move(*payload), 0);
    }
  }
  if (knows_kid) return refuse(Refusal::signature_mismatch, "the token's signature is not right");
  Verdict unknown = refuse(Refusal::unknown_key, "no key has the token's kid");
  unknown.wanted_url = c.scheme.jwks_url;
  return unknown;
}

Verdict verify_jwt_body(const Case& c) {
  std::string_view token = trim(c.request.body);
  while (token.ends_with('\n') || token.ends_with('\r')) token.remove_suffix(1);
  if (!token.starts_with('{')) return verify_token(c, token);
  const auto wrapper = json::Document::parse(token);
  const auto inner = wrapper ? wrapper->root()["token"].as_string() : std::nullopt;
  if (!inner) return refuse(Refusal::malformed_body, "the body is no token and wraps none");
  return verify_token(c, *inner);
}

/// Encrypted to us around signed by them. Both are needed: anybody can encrypt to us.
Verdict verify_jwe_jws(const Case& c) {
  const auto body = json::Document::parse(c.request.body);
  const auto token = body ? body->root().pointer(c.scheme.field).as_string() : std::nullopt;
  const auto header = token ? crypto::read_jose_header(*token, 5) : std::nullopt;
  if (!header) return refuse(Refusal::malformed_body, "the body lacks " + c.scheme.field);
  if (header->alg != c.scheme.jwe_algorithm || header->enc != c.scheme.jwe_encryption)
    return refuse(Refusal::algorithm_not_allowed, "the token's encryption is not taken");
  for (const auto& secret : c.secrets) {
    if (!secret.decryption_key || !secret.counts_at(c.now)) continue;
    const auto inner =
        secret.decryption_key->decrypt(*token, c.scheme.jwe_algorithm, c.scheme.jwe_encryption);
    if (inner) return verify_token(c, *inner);
  }
  return refuse(Refusal::decryption_failed, "none of the connection's private keys opens it");
}

// --- tokens that are only compared --------------------------------------------------------------

Verdict compare_token(const Case& c, std::string_view given) {
  Verdict verdict = refuse(Refusal::secret_mismatch, "the token is not the connection's secret");
  for (std::size_t i = 0; i < c.secrets.size(); ++i) {
    const std::string_view secret = c.secrets[i].text.reveal();
    if (!secret.empty() && c.secrets[i].counts_at(c.now) && constant_time_equal(given, secret))
      verdict = {.secret_index = i};
  }
  return verdict;
}

Verdict verify_url_token(const Case& c, const std::string& parameter) {
  const std::string* token = query_of(c.request, parameter);
  if (!token || token->empty())
    return refuse(Refusal::missing_token, "the URL lacks ?" + parameter + "=");
  return compare_token(c, *token);
}

std::optional<std::string> basic_credentials(std::string_view header) {
  constexpr std::string_view kBasic = "basic ";
  const bool is_basic =
      header.size() > kBasic.size() && equals_ignore_case(header.substr(0, kBasic.size()), kBasic);
  return is_basic ? base64_decode(trim(header.substr(kBasic.size()))) : std::nullopt;
}

Verdict verify_shared_secret(const Case& c) {
  const bool fallback = !c.scheme.fallback_query.empty() && !header_of(c.request, c.scheme.header);
  if (fallback && query_of(c.request, c.scheme.fallback_query))
    return verify_url_token(c, c.scheme.fallback_query);
  Verdict refused;
  const auto header = single_header(c.request, c.scheme.header, refused);
  if (!header) return refused;
  const auto proofs = read_proofs(c.scheme, *header, refused);
  if (proofs.empty())
    return refuse(Refusal::malformed_header, c.scheme.header + " lacks its prefix");
  const Verdict verdict = compare_token(c, proofs.front().signatures.front().text);
  if (verdict || !c.scheme.basic_form) return verdict;
  const auto decoded = basic_credentials(*header);
  return decoded ? compare_token(c, *decoded) : verdict;
}

Verdict verify_basic(const Case& c) {
  Verdict refused;
  const auto header = single_header(c.request, "Authorization", refused);
  if (!header) return refused;
  const auto decoded = basic_credentials(*header);
  if (!decoded || decoded->find(':') == std::string::npos)
    return refuse(Refusal::malformed_header, "Authorization is not HTTP Basic");
  Verdict verdict =
      refuse(Refusal::credentials_mismatch, "user or password is not the connection's");
  for (std::size_t i = 0; i < c.secrets.size(); ++i) {
    const WebhookSecret& secret = c.secrets[i];
    if (secret.text.empty() || !secret.counts_at(c.now)) continue;
    // A secret given as one text is "user:password" as it travels.
    const std::string expected = secret.user.empty() ? std::string{secret.text.reveal()}
                                                     : std::string{secret.user.reveal()} + ":" +
                                                           std::string{secret.text.reveal()};
    if (constant_time_equal(*decoded, expected)) verdict = {.secret_index = i};
  }
  return verdict;
}

bool is_allowed_address(const Case& c) {
  if (c.scheme.allowed_addresses.empty()) return true;
  const auto address = IpAddress::parse(c.request.remote_ip);
  return address && std::ranges::any_of(c.scheme.allowed_addresses, [&](const IpBlock& block) {
           return block.contains(*address);
         });
}

bool proves_something(const WebhookSecret& secret) {
  return !secret.text.empty() || secret.public_key || secret.token_keys || secret.decryption_key ||
         !secret.members.empty();
}

}  // namespace

std::string_view word(Refusal refusal) {
  switch (refusal) {
    case Refusal::none: return "";
    case Refusal::missing_header: return "missing_header";
    case Refusal::missing_signature: return "missing_signature";
    case Refusal::missing_token: return "missing_token";
    case Refusal::malformed_header: return "malformed_header";
    case Refusal::malformed_body: return "malformed_body";
    case Refusal::secret_mismatch: return "secret_mismatch";
    case Refusal::signature_mismatch: return "signature_mismatch";
    case Refusal::credentials_mismatch: return "credentials_mismatch";
    case Refusal::timestamp_out_of_tolerance: return "timestamp_out_of_tolerance";
    case Refusal::token_expired: return "token_expired";
    case Refusal::algorithm_not_allowed: return "algorithm_not_allowed";
    case Refusal::unknown_key: return "unknown_key";
    case Refusal::decryption_failed: return "decryption_failed";
    case Refusal::cert_url_not_allowed: return "cert_url_not_allowed";
    case Refusal::ip_not_allowed: return "ip_not_allowed";
    case Refusal::no_secret: return "no_secret";
  }
  return "";
}

Verdict verify(const Scheme& scheme, const RawRequest& request,
               const std::vector<WebhookSecret>& secrets, Timestamp now,
               const KeyDocuments& documents) {
  if (scheme.alias && !header_of(request, scheme.header))
    return verify(*scheme.alias, request, secrets, now, documents);
  Case c{scheme, request, secrets, now, documents};
  if (!is_allowed_address(c))
    return refuse(Refusal::ip_not_allowed,
                  request.remote_ip + " is not among webhook_auth.ip_allow");
  if (std::ranges::none_of(secrets, proves_something)) {
    return refuse(Refusal::no_secret,
                  "the connection has no webhook secret; set one with PUT "
                  "/v1/connections/:id/webhook-secret");
  }
  switch (scheme.kind) {
    case SchemeKind::signature: return verify_signature(c);
    case SchemeKind::shared_secret: return verify_shared_secret(c);
    case SchemeKind::url_token: return verify_url_token(c, scheme.query);
    case SchemeKind::http_basic: return verify_basic(c);
    case SchemeKind::jwt_body: return verify_jwt_body(c);
    case SchemeKind::jwe_jws: return verify_jwe_jws(c);
  }
  return refuse(Refusal::no_secret, "unknown scheme");
}

}  // namespace malote::providers
