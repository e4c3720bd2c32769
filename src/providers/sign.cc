#include "providers/sign.h"

#include "base/bytes.h"
#include "providers/proof.h"
#include "providers/webhook_secret.h"

namespace malote::providers {

namespace {

Unexpected cannot(std::string why) {
  return fail(Errc::invalid_request, "this request cannot be signed: " + std::move(why));
}

std::optional<std::string> value_of(const Part& part, const Scheme& scheme,
                                    const RawRequest& request, const std::string& timestamp) {
  switch (part.from) {
    case Part::From::literal: return part.name;
    case Part::From::body: return request.body;
    case Part::From::timestamp: return timestamp;
    case Part::From::url:
      return scheme.notification_url.empty() ? request.url : scheme.notification_url;
    case Part::From::header:
      if (const auto* value = header_of(request, part.name)) return std::string{trim(*value)};
      return {};
    case Part::From::query:
      if (const auto* value = query_of(request, part.name)) return *value;
      return {};
    default: return {};
  }
}

Result<std::string> signed_text(const Scheme& scheme, const RawRequest& request,
                                const std::string& timestamp) {
  std::string text;
  for (const Part& part : scheme.signed_parts) {
    const auto value = value_of(part, scheme, request, timestamp);
    if (!value || (value->empty() && part.optional)) {
      if (part.optional) continue;
      return cannot(part.name.empty() ? "a signed piece is missing" : part.name + " is missing");
    }
    text += part.before + (part.lower ? to_lower(*value) : *value) + part.after;
  }
  return text;
}

std::string encoded(const Scheme& scheme, std::string_view digest) {
  if (scheme.encoding == Encoding::base64) return base64_encode(digest);
  return hex_encode(digest, scheme.carrier == Carrier::labelled && scheme.label_optional);
}

std::string carried(const Scheme& scheme, crypto::Hash hash, const std::string& signature,
                    const std::string& timestamp) {
  switch (scheme.carrier) {
    case Carrier::bare: break;
    case Carrier::pairs:
      return scheme.timestamp_key + "=" + timestamp + scheme.separator +
             scheme.signature_keys.front() + "=" + signature;
    case Carrier::versions: return scheme.signature_keys.front() + "," + signature;
    case Carrier::labelled: return std::string{word_of(hash)} + "=" + signature;
  }
  return scheme.prefix_optional ? signature : scheme.prefix + signature;
}

Result<void> sign_with_key(const Scheme& scheme, const Secret& secret, Timestamp now,
                           RawRequest& request) {
  const bool plain = scheme.algorithm == Algorithm::hmac && scheme.field.empty() &&
                     scheme.items.empty() && scheme.signed_by_key.empty();
  if (!plain) return cannot("its scheme takes more than a shared key in a header");
  const auto key = hmac_key(scheme, secret.reveal());
  if (!key || key->empty()) return cannot("the secret is not in the scheme's encoding");
  const std::string timestamp = scheme.timestamp_format == TimestampFormat::rfc3339
                                    ? format_rfc3339(now)
                                    : std::to_string(to_unix_s(now));
  if (!scheme.timestamp_header.empty())
    request.headers.emplace_back(scheme.timestamp_header, timestamp);
  MALOTE_TRY(const std::string text, signed_text(scheme, request, timestamp));
  const auto hash = scheme.hashes.empty() ? scheme.hash : scheme.hashes.front();
  const std::string signature = encoded(scheme, crypto::hmac(hash, *key, text));
  request.headers.emplace_back(scheme.header, carried(scheme, hash, signature, timestamp));
  return {};
}

}  // namespace

Result<void> sign(const Scheme& scheme, const Secret& secret, Timestamp now, RawRequest& request) {
  if (secret.empty()) return cannot("the secret is empty");
  const std::string text{secret.reveal()};
  switch (scheme.kind) {
    case SchemeKind::shared_secret:
      request.headers.emplace_back(scheme.header, scheme.prefix + text);
      return {};
    case SchemeKind::url_token: request.query.emplace_back(scheme.query, text); return {};
    case SchemeKind::http_basic:
      request.headers.emplace_back("Authorization", "Basic " + base64_encode(text));
      return {};
    case SchemeKind::signature: return sign_with_key(scheme, secret, now, request);
    case SchemeKind::jwt_body:
    case SchemeKind::jwe_jws: break;
  }
  return cannot("its scheme takes a signed token");
}

}  // namespace malote::providers
