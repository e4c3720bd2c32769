#include "providers/webhook_secret.h"

#include <algorithm>

#include "base/bytes.h"

namespace malote::providers {

namespace {

Unexpected bad(std::string_view member, std::string message) {
  return fail(
      make_issue(Errc::invalid_body, "/webhook_secret" + std::string{member}, std::move(message)));
}

/// Key sets go by their general name or with their provider's before it.
bool is_jwks(std::string_view name) { return name == "jwks" || name.ends_with("_jwks"); }

json::View jwks_of(json::View object) {
  for (const auto member : object) {
    if (is_jwks(member.key())) return member;
  }
  return {};
}

Result<void> add_keys(json::View object, WebhookSecret& secret) {
  for (const auto* name : {"public_key_pem", "certificate_pem"}) {
    const auto pem = object[name].as_string();
    if (!pem) continue;
    secret.public_key = crypto::PublicKey::parse(*pem);
    if (!secret.public_key)
      return bad("/" + std::string{name}, "is no public key or certificate in PEM form");
  }
  if (const auto pem = object["recipient_private_key_pem"].as_string()) {
    if (pem->find("PRIVATE KEY-----") != std::string_view::npos)
      secret.decryption_key = crypto::JoseKeys::from_pem(*pem);
    if (!secret.decryption_key)
      return bad("/recipient_private_key_pem", "is no private key in PEM form");
  }
  if (const json::View jwks = jwks_of(object)) {
    secret.token_keys = crypto::JoseKeys::from_json(jwks.as_string().value_or(jwks.raw()));
    if (!secret.token_keys) return bad("/jwks", "is no set of JSON web keys");
  }
  return {};
}

/// A text may be a key by itself, where the scheme asks for one.
void add_key_of_text(const Scheme& scheme, WebhookSecret& secret) {
  const std::string_view text = secret.text.reveal();
  if (scheme.kind == SchemeKind::jwt_body) {
    secret.token_keys = text.find("-----BEGIN") == std::string_view::npos
                            ? crypto::JoseKeys::from_secret(text)
                            : crypto::JoseKeys::from_pem(text);
  }
  if (scheme.kind != SchemeKind::signature || scheme.algorithm == Algorithm::hmac) return;
  constexpr std::string_view kPublic = "whpk_";  // Standard Webhooks: 32 bytes of Ed25519
  if (scheme.algorithm == Algorithm::ed25519 && !text.starts_with("-----BEGIN")) {
    const auto bytes =
        base64_decode(text.starts_with(kPublic) ? text.substr(kPublic.size()) : text);
    if (bytes && bytes->size() == 32) {
      secret.public_key = crypto::PublicKey::from_ed25519(*bytes);
      return;
    }
  }
  secret.public_key = crypto::PublicKey::parse(text);
}

/// A name and its password, as HTTP Basic has them: both, and nothing else.
bool is_login(json::View object, std::string_view user, std::string_view password) {
  const auto is_given = [&](std::string_view name) {
    return !object[name].as_string().value_or("").empty();
  };
  return object.size() == 2 && is_given(user) && is_given(password);
}

/// "user:password" says something: ":" alone, anybody may send.
bool is_login_text(std::string_view text) {
  return text.find(':') != std::string_view::npos && text != ":";
}

/// Each member is one that some scheme reads, and says something.
Result<void> check_members(json::View object) {
  constexpr std::string_view kNames[] = {"webhook_id", "certificate_pem", "public_key_pem",
                                         "recipient_private_key_pem", "secrets"};
  if (object.size() == 0) return bad("", "is an empty object");
  if (is_login(object, "username", "password") || is_login(object, "user", "pass")) return {};
  for (const auto member : object) {
    const bool known = std::ranges::find(kNames, member.key()) != std::end(kNames);
    if (!known && !is_jwks(member.key()))
      return bad("", "takes a text, {\"username\", \"password\"}, or the members its scheme names");
    const bool empty = member.is_string() ? member.as_string()->empty() : member.size() == 0;
    if (empty) return bad("", std::string{member.key()} + " is empty, or neither text nor keys");
  }
  return {};
}

Result<WebhookSecret> read_object(json::View object) {
  WebhookSecret secret;
  const json::View user = object["username"] ? object["username"] : object["user"];
  const json::View password = object["password"] ? object["password"] : object["pass"];
  secret.user = Secret{std::string{user.as_string().value_or("")}};
  secret.text = Secret{std::string{password.as_string().value_or("")}};
  for (const auto member : object) {
    secret.members.emplace(member.key(), Secret{std::string{member.as_string().value_or("")}});
  }
  MALOTE_CHECK_OK(add_keys(object, secret));
  return secret;
}

Result<Timestamp> read_time(json::View value, Timestamp otherwise) {
  if (!value || value.is_null()) return otherwise;
  const auto at = parse_time(value.as_string().value_or(""));
  if (!at) return bad("/secrets", "from and until take times such as \"2026-11-20T12:00:00Z\"");
  return *at;
}

}  // namespace

Result<std::vector<WebhookSecret>> parse_webhook_secret(const Secret& text, const Scheme& scheme) {
  std::vector<WebhookSecret> secrets;
  const auto document = text.reveal().starts_with('{')
                            ? json::Document::parse(text.reveal())
                            : Result<json::Document>{fail(Errc::invalid_body, {})};
  if (!document) {
    WebhookSecret secret{.text = text};
    add_key_of_text(scheme, secret);
    secrets.push_back(std::move(secret));
    return secrets;
  }
  const json::View object = document->root();
  MALOTE_CHECK_OK(check_members(object));
  if (!object["secrets"].is_array()) {
    MALOTE_TRY(auto secret, read_object(object));
    secrets.push_back(std::move(secret));
    return secrets;
  }
  for (const auto entry : object["secrets"]) {
    const json::View inner = entry["secret"];
    const Secret inner_text{std::string{inner.as_string().value_or(inner.raw())}};
    if (inner["secrets"]) return bad("/secrets", "does not nest");
    MALOTE_TRY(auto parsed, parse_webhook_secret(inner_text, scheme));
    MALOTE_TRY(parsed.front().from, read_time(entry["from"], Timestamp::min()));
    MALOTE_TRY(parsed.front().until, read_time(entry["until"], Timestamp::max()));
    secrets.push_back(std::move(parsed.front()));
  }
  return secrets;
}

std::optional<std::string> hmac_key(const Scheme& scheme, std::string_view text) {
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

Result<void> check_secrets(const Scheme& scheme, const std::vector<WebhookSecret>& secrets) {
  if (secrets.empty()) return bad("", "holds no secret");
  for (const auto& secret : secrets) {
    switch (scheme.kind) {
      case SchemeKind::shared_secret:
      case SchemeKind::url_token:
        if (secret.text.empty()) return bad("", "takes a text for this provider");
        break;
      case SchemeKind::http_basic:
        if (secret.user.empty() && !is_login_text(secret.text.reveal()))
          return bad("", "takes {\"username\", \"password\"} or \"user:password\"");
        break;
      case SchemeKind::jwt_body:
        if (!secret.token_keys) return bad("", "takes the token's key");
        break;
      case SchemeKind::jwe_jws:
        if (!secret.decryption_key)
          return bad("", "takes {\"recipient_private_key_pem\", \"jwks\"}");
        break;
      case SchemeKind::signature:
        for (const Part& part : scheme.signed_parts) {
          if (part.from == Part::From::secret && !secret.members.contains(part.name))
            return bad("", "takes an object with " + part.name);
        }
        if (scheme.algorithm == Algorithm::hmac) {
          const auto key = hmac_key(scheme, secret.text.reveal());
          if (!key || key->empty())
            return bad("", "cannot be read in the scheme's secret_encoding");
        } else if (!secret.public_key && scheme.certificate_url_header.empty()) {
          return bad("", "takes the sender's public key in PEM form");
        }
        break;
    }
  }
  return {};
}

}  // namespace malote::providers
