// What proves a provider's requests: a text, a user and password, or keys. Read once per
// connection, used for every request. Immutable; any thread may read.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/secret.h"
#include "base/time.h"
#include "crypto/jose.h"
#include "crypto/public_key.h"
#include "providers/scheme.h"

namespace malote::providers {

struct WebhookSecret {
  Secret text{};
  Secret user{};                                         // http_basic
  std::map<std::string, Secret, std::less<>> members{};  // of a secret that is a JSON object
  std::optional<crypto::PublicKey> public_key{};         // for the asymmetric algorithms
  std::optional<crypto::JoseKeys> token_keys{};          // that sign tokens
  std::optional<crypto::JoseKeys> decryption_key{};      // ours, that tokens are encrypted to
  Timestamp from = Timestamp::min();                     // when it counts …
  Timestamp until = Timestamp::max();                    // … and when no longer

  bool counts_at(Timestamp now) const { return from <= now && now < until; }
};

/// One text as it was set may hold several secrets:
///   "text"                                       as it is
///   {"username": …, "password": …}               http_basic
///   {"secrets": [{"secret": …, "from"?, "until"?}]}   several, each in its time
///   {"webhook_id", "certificate_pem" | "public_key_pem" | "recipient_private_key_pem", "jwks"}
/// An unreadable key is an error that names the member; a text is never one.
Result<std::vector<WebhookSecret>> parse_webhook_secret(const Secret& text, const Scheme& scheme);

/// The bytes an HMAC is keyed with; empty when the text is not in the scheme's encoding.
std::optional<std::string> hmac_key(const Scheme& scheme, std::string_view text);

/// Whether the secrets can prove anything under the scheme; the error says what is missing.
Result<void> check_secrets(const Scheme& scheme, const std::vector<WebhookSecret>& secrets);

}  // namespace malote::providers
