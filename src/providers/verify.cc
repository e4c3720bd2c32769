#include "providers/verify.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/bytes.h"

namespace malote::providers {

namespace {

Verdict refuse(Refusal refusal, std::string hint) { return {refusal, std::move(hint), 0}; }

/// What the signature header holds.
struct Proof {
  std::string timestamp{};
  std::vector<std::string_view> signatures{};  // still encoded
};

/// The one value of a header: absent, doubled, empty and over-long ones are refused.
Result<std::string_view> single_header(const RawRequest& request, const std::string& name,
                                       Verdict& verdict) {
  const std::string* value = header_of(request, name);
  if (!value || trim(*value).empty()) {
    verdict = refuse(Refusal::missing_header, "the header " + name + " is missing or empty");
  } else if (header_count(request, name) > 1) {
    verdict = refuse(Refusal::malformed_header, "the header " + name + " came more than once");
  } else if (value->size() > kMaxSignatureHeader) {
    verdict = refuse(Refusal::malformed_header, "the header " + name + " is too long");
  } else {
    return trim(*value);
  }
  return fail(Errc::unauthorized, {});
}

std::vector<std::string_view> split(std::string_view text, std::string_view separator) {
  std::vector<std::string_view> items;
  while (items.size() <= kMaxSignatureParts) {
    const auto at = text.find(separator);
    const std::string_view item = trim(text.substr(0, at));
    if (!item.empty()) items.push_back(item);
    if (at == std::string_view::npos) break;
    text.remove_prefix(at + separator.size());
  }
  return items;
}

bool is_wanted(const Scheme& scheme, std::string_view key) {
  return std::ranges::find(scheme.signature_keys, key) != scheme.signature_keys.end();
}

std::optional<Proof> read_pairs(const Scheme& scheme, std::string_view header) {
  Proof proof;
  const auto items = split(header, scheme.separator);
  if (items.size() > kMaxSignatureParts) return {};
  for (const auto item : items) {
    const auto equals = item.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view key = trim(item.substr(0, equals));
    const std::string_view value = trim(item.substr(equals + 1));
    if (key == scheme.timestamp_key) {
      if (!proof.timestamp.empty()) return {};
      proof.timestamp = value;
    } else if (is_wanted(scheme, key)) {
      proof.signatures.push_back(value);
    }
  }
  if (proof.timestamp.empty() || proof.signatures.empty()) return {};
  return proof;
}

std::optional<Proof> read_versions(const Scheme& scheme, std::string_view header) {
  Proof proof;
  const auto items = split(header, scheme.separator);
  if (items.size() > kMaxSignatureParts) return {};
  for (const auto item : items) {
    const auto comma = item.find(',');
    if (comma == std::string_view::npos) continue;
    if (is_wanted(scheme, item.substr(0, comma)))
      proof.signatures.push_back(item.substr(comma + 1));
  }
  if (proof.signatures.empty()) return {};
  return proof;
}

std::optional<Proof> read_bare(const Scheme& scheme, std::string_view header) {
  if (!scheme.prefix.empty()) {
    const bool has = header.size() >= scheme.prefix.size() &&
                     equals_ignore_case(header.substr(0, scheme.prefix.size()), scheme.prefix);
    if (has) {
      header.remove_prefix(scheme.prefix.size());
    } else if (!scheme.prefix_optional) {
      return {};
    }
  }
  return Proof{.signatures = {header}};
}

std::optional<Proof> read_proof(const Scheme& scheme, std::string_view header) {
  switch (scheme.carrier) {
    case Carrier::bare: return read_bare(scheme, header);
    case Carrier::pairs: return read_pairs(scheme, header);
    case Carrier::versions: return read_versions(scheme, header);
  }
  return {};
}

std::size_t digest_size(crypto::Hash hash) {
  switch (hash) {
    case crypto::Hash::sha1: return 20;
    case crypto::Hash::sha256: return 32;
    case crypto::Hash::sha384: return 48;
    case crypto::Hash::sha512: return 64;
  }
  return 0;
}

std::optional<std::string> decode_signature(const Scheme& scheme, std::string_view text) {
  const std::size_t size = digest_size(scheme.hash);
  std::optional<std::string> bytes;
  if (scheme.encoding != Encoding::base64) bytes = hex_decode(text);
  if (!bytes && scheme.encoding != Encoding::hex) bytes = base64_decode(text);
  if (!bytes || bytes->size() != size) return {};
  return bytes;
}

std::optional<std::string> decode_secret(const Scheme& scheme, std::string_view text) {
  switch (scheme.secret_encoding) {
    case SecretEncoding::utf8: return std::string{text};
    case SecretEncoding::hex: return hex_decode(text);
    case SecretEncoding::base64: return base64_decode(text);
    case SecretEncoding::whsec:
      if (text.starts_with("whsec_")) text.remove_prefix(6);
      return base64_decode(text);
  }
  return {};
}

/// The bytes under the signature; empty when a required piece is missing.
std::optional<std::string> signed_text(const Scheme& scheme, const RawRequest& request,
                                       std::string_view timestamp, std::string& missing) {
  std::string out;
  for (const Part& part : scheme.signed_parts) {
    std::optional<std::string> value;
    switch (part.from) {
      case Part::From::literal: value = part.name; break;
      case Part::From::body: value = request.body; break;
      case Part::From::timestamp: value = std::string{timestamp}; break;
      case Part::From::url: value = request.url; break;
      case Part::From::header:
        if (const auto* found = header_of(request, part.name)) value = *found;
        break;
      case Part::From::query:
        if (const auto* found = query_of(request, part.name)) value = *found;
        break;
      case Part::From::field: break;  // fields are signed by schemes that read the body first
    }
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

/// Unix seconds, or milliseconds when the number is too large for seconds (after the year 5138).
std::optional<Timestamp> read_timestamp(std::string_view text) {
  constexpr std::int64_t kMillisFrom = 100'000'000'000;
  if (text.size() > 15) return parse_time(text);  // longer than any number of milliseconds
  if (text.empty()) return {};
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  if (!whole || value < 0 || text.front() == '-') return parse_time(text);
  return from_ms(value > kMillisFrom ? value : value * 1000);
}

Verdict judge_time(const Scheme& scheme, std::string_view timestamp, Timestamp now) {
  if (!scheme.tolerance_s) return {};
  const auto at = read_timestamp(timestamp);
  if (!at) return refuse(Refusal::malformed_header, "the timestamp cannot be read");
  const auto off = std::chrono::floor<std::chrono::seconds>(now - *at);
  const std::chrono::seconds tolerance{*scheme.tolerance_s};
  if (off > tolerance || off < -tolerance) {
    return refuse(Refusal::timestamp_out_of_tolerance,
                  "signed " + std::to_string(off.count()) +
                      " s before this clock's now; the tolerance is " +
                      std::to_string(tolerance.count()) + " s");
  }
  return {};
}

Verdict match_signatures(const Scheme& scheme, const Proof& proof, std::string_view text,
                         const std::vector<WebhookSecret>& secrets) {
  std::vector<std::string> given;
  for (const auto signature : proof.signatures) {
    if (auto bytes = decode_signature(scheme, signature)) given.push_back(std::move(*bytes));
  }
  if (given.empty()) {
    return refuse(Refusal::malformed_header,
                  "no signature in " + scheme.header + " is well-formed");
  }
  Verdict verdict = refuse(Refusal::signature_mismatch, "the signature does not match this body");
  for (std::size_t i = 0; i < secrets.size(); ++i) {
    const auto key = decode_secret(scheme, secrets[i].text.reveal());
    if (!key || key->empty()) continue;
    const std::string expected = crypto::hmac(scheme.hash, *key, text);
    for (const auto& bytes : given) {
      if (constant_time_equal(bytes, expected)) verdict = {Refusal::none, {}, i};
    }
  }
  return verdict;
}

Verdict verify_hmac(const Scheme& scheme, const RawRequest& request,
                    const std::vector<WebhookSecret>& secrets, Timestamp now) {
  Verdict verdict;
  const auto header = single_header(request, scheme.header, verdict);
  if (!header) return verdict;
  auto proof = read_proof(scheme, *header);
  if (!proof)
    return refuse(Refusal::malformed_header, scheme.header + " is not in the expected form");
  if (!scheme.timestamp_header.empty()) {
    const auto value = single_header(request, scheme.timestamp_header, verdict);
    if (!value) return verdict;
    proof->timestamp = *value;
  }
  std::string missing;
  const auto text = signed_text(scheme, request, proof->timestamp, missing);
  if (!text) return refuse(Refusal::missing_header, missing + " is signed, but it is missing");
  verdict = match_signatures(scheme, *proof, *text, secrets);
  if (!verdict) return verdict;
  const Verdict time = judge_time(scheme, proof->timestamp, now);
  return time ? verdict : time;
}

Verdict compare_token(std::string_view given, const std::vector<WebhookSecret>& secrets) {
  Verdict verdict = refuse(Refusal::secret_mismatch, "the token is not the connection's secret");
  for (std::size_t i = 0; i < secrets.size(); ++i) {
    const std::string_view secret = secrets[i].text.reveal();
    if (!secret.empty() && constant_time_equal(given, secret)) verdict = {Refusal::none, {}, i};
  }
  return verdict;
}

Verdict verify_shared_secret(const Scheme& scheme, const RawRequest& request,
                             const std::vector<WebhookSecret>& secrets) {
  Verdict verdict;
  const auto header = single_header(request, scheme.header, verdict);
  if (!header) return verdict;
  const auto proof = read_bare(scheme, *header);
  if (!proof) return refuse(Refusal::malformed_header, scheme.header + " lacks its prefix");
  return compare_token(proof->signatures.front(), secrets);
}

Verdict verify_url_token(const Scheme& scheme, const RawRequest& request,
                         const std::vector<WebhookSecret>& secrets) {
  const std::string* token = query_of(request, scheme.query);
  if (!token || token->empty()) {
    return refuse(Refusal::missing_token, "the URL lacks ?" + scheme.query + "=");
  }
  return compare_token(*token, secrets);
}

Verdict verify_basic(const RawRequest& request, const std::vector<WebhookSecret>& secrets) {
  Verdict verdict;
  const auto header = single_header(request, "Authorization", verdict);
  if (!header) return verdict;
  constexpr std::string_view kBasic = "basic ";
  const bool is_basic = header->size() > kBasic.size() &&
                        equals_ignore_case(header->substr(0, kBasic.size()), kBasic);
  const auto decoded = is_basic ? base64_decode(trim(header->substr(kBasic.size()))) : std::nullopt;
  if (!decoded || decoded->find(':') == std::string::npos) {
    return refuse(Refusal::malformed_header, "Authorization is not HTTP Basic");
  }
  verdict = refuse(Refusal::credentials_mismatch, "user or password is not the connection's");
  for (std::size_t i = 0; i < secrets.size(); ++i) {
    if (secrets[i].text.empty()) continue;
    const std::string expected =
        std::string{secrets[i].user.reveal()} + ":" + std::string{secrets[i].text.reveal()};
    if (constant_time_equal(*decoded, expected)) verdict = {Refusal::none, {}, i};
  }
  return verdict;
}

}  // namespace

std::string_view word(Refusal refusal) {
  switch (refusal) {
    case Refusal::none: return "";
    case Refusal::missing_header: return "missing_header";
    case Refusal::missing_signature: return "missing_signature";
    case Refusal::missing_token: return "missing_token";
    case Refusal::malformed_header: return "malformed_header";
    case Refusal::secret_mismatch: return "secret_mismatch";
    case Refusal::signature_mismatch: return "signature_mismatch";
    case Refusal::credentials_mismatch: return "credentials_mismatch";
    case Refusal::timestamp_out_of_tolerance: return "timestamp_out_of_tolerance";
    case Refusal::no_secret: return "no_secret";
  }
  return "";
}

Verdict verify(const Scheme& scheme, const RawRequest& request,
               const std::vector<WebhookSecret>& secrets, Timestamp now) {
  const bool any = std::ranges::any_of(secrets, [](const auto& s) { return !s.text.empty(); });
  if (!any)
    return refuse(Refusal::no_secret,
                  "the connection has no webhook secret; set one with PUT "
                  "/v1/connections/:id/webhook-secret");
  switch (scheme.kind) {
    case SchemeKind::hmac: return verify_hmac(scheme, request, secrets, now);
    case SchemeKind::shared_secret: return verify_shared_secret(scheme, request, secrets);
    case SchemeKind::url_token: return verify_url_token(scheme, request, secrets);
    case SchemeKind::http_basic: return verify_basic(request, secrets);
  }
  return refuse(Refusal::no_secret, "unknown scheme");
}

}  // namespace malote::providers
