// Is this request from whom it says? Verifies over the raw bytes before anything is parsed, in
// constant time per secret, with every live secret, and fails closed. Pure; never throws, whatever
// an attacker sends.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "base/time.h"
#include "providers/scheme.h"
#include "providers/sources.h"

namespace malote::providers {

/// Why a request was refused. The words are the wire, metric and vector-file words.
enum class Refusal {
  none,
  missing_header,
  missing_signature,
  missing_token,
  malformed_header,
  secret_mismatch,
  signature_mismatch,
  credentials_mismatch,
  timestamp_out_of_tolerance,
  no_secret,
};
std::string_view word(Refusal refusal);

struct Verdict {
  Refusal refusal = Refusal::none;
  std::string hint{};  // for the operator: what was expected; never a secret
  std::size_t secret_index = 0;
  explicit operator bool() const { return refusal == Refusal::none; }
};

/// A secret of the connection: a text, or user and password for http_basic.
struct WebhookSecret {
  Secret text{};
  Secret user{};
};

/// Limits on what a signature header may hold.
inline constexpr std::size_t kMaxSignatureHeader = 8 * 1024;
inline constexpr std::size_t kMaxSignatureParts = 32;

Verdict verify(const Scheme& scheme, const RawRequest& request,
               const std::vector<WebhookSecret>& secrets, Timestamp now);

}  // namespace malote::providers
