#include "malote/receiver/verifier.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/secret.h"
#include "base/time.h"
#include "receiver/explain.h"
#include "receiver/header_access.h"
#include "receiver/profile.h"
#include "receiver/signature_header.h"

namespace malote::receiver {

struct Verifier::State {
  Scheme scheme;
  VerifyOptions options;
  std::vector<Secret> secrets{};  // as given: explain() needs them
  std::vector<crypto::Sha256Hmac> keys{};
};

namespace {

VerifyError refuse(Refusal code, std::string_view header, std::string_view hint) {
  return {.code = code, .header = header, .hint = hint};
}

/// What one request says, before any of it is believed.
struct Claims {
  SignatureHeader signatures{};
  std::string_view id{};
  std::string_view timestamp{};
  std::int64_t signed_at = 0;  // where the timestamp is judged
};

/// A header the profile names; without a name, one that need not be there.
struct Named {
  std::string_view name{};
  bool required = false;
};

/// The values of the signature, id and time headers. What came twice is judged first: which one
/// counts is anyone's guess.
std::optional<VerifyError> take(Headers headers, const std::array<Named, 3>& named,
                                std::array<std::string_view, 3>& values) {
  for (std::size_t i = 0; i < named.size(); ++i) {
    if (named[i].name.empty()) continue;
    const FoundHeader found = find_header(headers, named[i].name);
    if (found.count > 1) return refuse(Refusal::malformed_header, named[i].name, "it occurs twice");
    values[i] = found.value;
  }
  for (std::size_t i = 0; i < named.size(); ++i) {
    if (named[i].required && values[i].empty())
      return refuse(Refusal::missing_header, named[i].name, "it is absent or empty");
  }
  return {};
}

std::optional<std::int64_t> read_unix(std::string_view text) {
  constexpr std::size_t kMostDigits = 15;
  if (text.empty() || text.size() > kMostDigits) return {};
  std::int64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return {};
    value = value * 10 + (c - '0');
  }
  return value;
}

/// "2026-04-22T14:30:00Z", strictly: parse_time() also takes what people write.
std::optional<std::int64_t> read_rfc3339(std::string_view text) {
  constexpr std::size_t kShortest = 20;
  if (text.size() < kShortest || text[10] != 'T' || text.substr(17, 2) == "60") return {};
  if (text[19] == '.' && text.find_first_of("0123456789", 20) != 20) return {};
  const bool has_offset = text[text.size() - 6] == '+' || text[text.size() - 6] == '-';
  if (text.back() != 'Z' && !(has_offset && text[text.size() - 3] == ':')) return {};
  const auto at = parse_time(text);
  return at ? std::optional{to_unix_s(*at)} : std::nullopt;
}

bool is_judged(const Profile& profile, const VerifyOptions& options) {
  return profile.timestamp && (profile.timestamp->is_signed || options.enforce_unsigned_timestamp);
}

/// Reads everything the verification needs from the headers.
std::optional<VerifyError> read_claims(const Profile& p, const VerifyOptions& options,
                                       Headers headers, Claims& claims) {
  std::array<Named, 3> named{{{p.signature_header, true}}};
  if (p.id) named[1] = {p.id->header, p.id->required};
  if (p.timestamp && !p.timestamp->header.empty())
    named[2] = {p.timestamp->header, p.timestamp->required || options.enforce_unsigned_timestamp};
  std::array<std::string_view, 3> values;
  if (auto e = take(headers, named, values)) return e;
  claims.id = values[1];
  claims.timestamp = values[2];
  const auto read = read_signature_header(p, values[0], options.max_signatures);
  if (read.refusal) return refuse(*read.refusal, p.signature_header, read.hint);
  claims.signatures = read.header;
  const bool in_signature = p.timestamp && p.timestamp->header.empty();
  if (in_signature) claims.timestamp = read.header.timestamp;
  if (!is_judged(p, options)) return {};
  const auto at =
      p.timestamp->rfc3339 ? read_rfc3339(claims.timestamp) : read_unix(claims.timestamp);
  if (!at)
    return refuse(Refusal::malformed_header,
                  in_signature ? p.signature_header : p.timestamp->header,
                  p.timestamp->rfc3339 ? "the timestamp is no RFC 3339 date-time with an offset"
                                       : "the timestamp is not whole Unix seconds in digits");
  claims.signed_at = *at;
  return {};
}

crypto::Sha256Digest mac_of(const Profile& profile, const crypto::Sha256Hmac& key,
                            std::string_view id, std::string_view timestamp,
                            std::string_view body) {
  auto message = key.begin();
  for (const SignedPart& part : profile.signed_parts) {
    switch (part.kind) {
      case SignedPart::Kind::id: message.add(id); break;
      case SignedPart::Kind::timestamp: message.add(timestamp); break;
      case SignedPart::Kind::body: message.add(body); break;
      case SignedPart::Kind::literal: message.add(part.literal); break;
    }
  }
  return message.finish();
}

bool equal_in_constant_time(const crypto::Sha256Digest& a, const crypto::Sha256Digest& b) {
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned>(a[i] ^ b[i]);
  return difference == 0;
}

Secret checked_secret(const Profile& profile, const std::string& secret) {
  if (secret.empty())
    throw ConfigError("no_secret",
                      "an empty secret would accept anybody's signature; is the "
                      "environment variable set?");
  if (profile.secret_encoding == SecretEncoding::whsec_base64 && secret.starts_with("v1,whsec_"))
    throw ConfigError("bad_secret", "the secret begins with \"v1,\"; leave these characters out");
  const auto key = key_of(profile, secret);
  if (key && key->empty()) throw ConfigError("no_secret", "the secret is empty when decoded");
  if (!key)
    throw ConfigError("bad_secret", "the secret is no " +
                                        std::string{profile.secret_encoding == SecretEncoding::hex
                                                        ? "hex"
                                                        : "base64 after whsec_"} +
                                        ", which the scheme " + profile.name + " takes");
  return Secret{secret};
}

}  // namespace

std::string_view word(Refusal refusal) noexcept {
  switch (refusal) {
    case Refusal::missing_header: return "missing_header";
    case Refusal::malformed_header: return "malformed_header";
    case Refusal::no_matching_signature: return "no_matching_signature";
    case Refusal::timestamp_too_old: return "timestamp_too_old";
    case Refusal::timestamp_too_new: return "timestamp_too_new";
    case Refusal::body_too_large: return "body_too_large";
    case Refusal::unsupported_content_encoding: return "unsupported_content_encoding";
    case Refusal::unsupported_media_type: return "unsupported_media_type";
    case Refusal::method_not_allowed: return "method_not_allowed";
    case Refusal::no_secret: return "no_secret";
    case Refusal::invalid_payload: return "invalid_payload";
  }
  return "unknown";
}

std::int64_t system_clock() {
  // tidy:allow(clock) the default of a port, for programs that are not ours
  const auto now = std::chrono::system_clock::now();
  return std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
}

Verifier::Verifier(Scheme scheme, const std::vector<std::string>& secrets, VerifyOptions options)
    : state_(std::make_unique<State>(State{std::move(scheme), std::move(options)})) {
  if (secrets.empty()) throw ConfigError("no_secret", "a receiver needs at least one secret");
  if (secrets.size() > kMaxSecrets)
    throw ConfigError("bad_secret", "a receiver takes at most 8 secrets");
  if (state_->options.max_signatures < 1 || state_->options.max_signatures > kMaxSignatures)
    throw ConfigError("bad_option", "max_signatures takes 1 to 16");
  if (!state_->options.clock) state_->options.clock = system_clock;
  if (state_->options.tolerance && state_->options.tolerance->count() < 0)
    throw ConfigError("bad_option", "the tolerance takes no negative number of seconds");
  if (state_->options.enforce_unsigned_timestamp && !state_->scheme.profile().timestamp)
    throw ConfigError("bad_option", "the scheme " + state_->scheme.name() +
                                        " has no timestamp that could be enforced");
  for (const auto& secret : secrets) {
    state_->secrets.push_back(checked_secret(state_->scheme.profile(), secret));
    state_->keys.emplace_back(Secret{*key_of(state_->scheme.profile(), secret)}.reveal());
  }
}

Verifier::~Verifier() = default;
Verifier::Verifier(Verifier&&) noexcept = default;
Verifier& Verifier::operator=(Verifier&&) noexcept = default;

const Scheme& Verifier::scheme() const noexcept { return state_->scheme; }

Verdict Verifier::verify(Headers headers, std::string_view body) const noexcept {
  const Profile& p = state_->scheme.profile();
  const VerifyOptions& options = state_->options;
  Claims claims;
  if (const auto error = read_claims(p, options, headers, claims)) return *error;

  std::optional<std::size_t> matched;
  for (std::size_t i = 0; i < state_->keys.size(); ++i) {
    const auto mac = mac_of(p, state_->keys[i], claims.id, claims.timestamp, body);
    for (std::size_t s = 0; s < claims.signatures.count; ++s) {
      if (equal_in_constant_time(mac, claims.signatures.digests[s]) && !matched) matched = i;
    }
  }
  if (!matched)
    return refuse(Refusal::no_matching_signature, p.signature_header,
                  "no secret makes this signature of these bytes; explain() tries the near misses");

  const bool judged = is_judged(p, options);
  if (judged && options.tolerance) {
    const std::int64_t age = options.clock() - claims.signed_at;
    const std::string_view header =
        p.timestamp->header.empty() ? p.signature_header : p.timestamp->header;
    if (age > options.tolerance->count())
      return refuse(Refusal::timestamp_too_old, header, "signed longer ago than the tolerance");
    if (-age > options.tolerance->count())
      return refuse(Refusal::timestamp_too_new, header, "signed in the future; is a clock wrong?");
  }
  using Kind = SignedPart::Kind;
  Verified verified{
      .matched_secret = *matched, .message_id = claims.id, .id_signed = p.signs(Kind::id)};
  if (p.signs(Kind::timestamp)) verified.signed_at = claims.signed_at;
  verified.replay_protected = verified.signed_at && options.tolerance;
  return verified;
}

std::string Verifier::signature(std::string_view id, std::int64_t unix_s,
                                std::string_view body) const {
  const Profile& p = state_->scheme.profile();
  const bool rfc3339 = p.timestamp && p.timestamp->rfc3339;
  const std::string timestamp =
      rfc3339 ? format_rfc3339(from_ms(unix_s * 1000)) : std::to_string(unix_s);
  const std::string text =
      encode_digest(p.encoding, mac_of(p, state_->keys.front(), id, timestamp, body));
  switch (p.format) {
    case HeaderFormat::bare: return p.prefix + text;
    case HeaderFormat::v1_space_list: return "v1," + text;
    case HeaderFormat::t_v1_comma: return "t=" + timestamp + ",v1=" + text;
    case HeaderFormat::t_v1_space: return "t=" + timestamp + " v1=" + text;
  }
  return text;
}

std::vector<std::pair<std::string, std::string>> Verifier::sign(std::string_view id,
                                                                std::int64_t unix_s,
                                                                std::string_view body) const {
  const Profile& p = state_->scheme.profile();
  std::vector<std::pair<std::string, std::string>> headers;
  headers.emplace_back("Content-Type", "application/json");
  if (p.id) headers.emplace_back(p.id->header, id);
  if (p.timestamp && !p.timestamp->header.empty())
    headers.emplace_back(p.timestamp->header, p.timestamp->rfc3339
                                                  ? format_rfc3339(from_ms(unix_s * 1000))
                                                  : std::to_string(unix_s));
  headers.emplace_back(p.signature_header, signature(id, unix_s, body));
  return headers;
}

std::string Verifier::explain(Headers headers, std::string_view body) const {
  std::vector<std::string_view> secrets;
  for (const auto& secret : state_->secrets) secrets.push_back(secret.reveal());
  const Verdict verdict = verify(headers, body);
  return explain_refusal({.scheme = state_->scheme,
                          .secrets = secrets,
                          .headers = headers,
                          .body = body,
                          .verdict = verdict,
                          .now = state_->options.clock()});
}

Verdict verify(const Scheme& scheme, const std::vector<std::string>& secrets, Headers headers,
               std::string_view body, VerifyOptions options) {
  return Verifier{scheme, secrets, std::move(options)}.verify(headers, body);
}

}  // namespace malote::receiver
