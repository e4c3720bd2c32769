// Is this request from whom it says? Verifies over the raw bytes before anything is parsed, in
// constant time per secret, with every live secret, and fails closed. Pure; never throws, whatever
// an attacker sends.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "base/time.h"
#include "providers/scheme.h"
#include "providers/sources.h"
#include "providers/webhook_secret.h"

namespace malote::providers {

/// Why a request was refused. The words are the wire, metric and vector-file words.
enum class Refusal {
  none,
  missing_header,
  missing_signature,
  missing_token,
  malformed_header,
  malformed_body,
  secret_mismatch,
  signature_mismatch,
  credentials_mismatch,
  timestamp_out_of_tolerance,
  token_expired,
  algorithm_not_allowed,
  unknown_key,
  decryption_failed,
  cert_url_not_allowed,
  ip_not_allowed,
  no_secret,
};
std::string_view word(Refusal refusal);

struct Verdict {
  Refusal refusal = Refusal::none;
  std::string hint{};  // for the operator: what was expected; never a secret
  std::size_t secret_index = 0;
  std::optional<std::string> payload{};  // what a token held, where the body is one
  std::string wanted_url{};              // with unknown_key: the document there may have the key
  explicit operator bool() const { return refusal == Refusal::none; }
};

/// Limits on what a signature header may hold.
inline constexpr std::size_t kMaxSignatureHeader = 8 * 1024;
inline constexpr std::size_t kMaxSignatureParts = 32;
inline constexpr std::size_t kMaxSignatures = 16;

/// The text of a document of public keys (a key set, a certificate) that was fetched before.
using KeyDocuments = std::function<std::optional<std::string>(std::string_view url)>;

Verdict verify(const Scheme& scheme, const RawRequest& request,
               const std::vector<WebhookSecret>& secrets, Timestamp now,
               const KeyDocuments& documents = {});

}  // namespace malote::providers
