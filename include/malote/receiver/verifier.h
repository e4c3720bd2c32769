// Is this request from who it says it is? The bytes are verified first, then the time.
//
//   Verifier verifier{"standard", {std::getenv("MALOTE_WEBHOOK_SECRET")}};
//   if (const auto verdict = verifier.verify(headers, body)) use(body);
//   else log(word(verdict.error().code), verdict.error().hint);   // hints are for logs only
//
// Immutable after construction: any number of threads may call verify(), which allocates nothing
// and throws nothing, whatever was sent.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "malote/receiver/scheme.h"

namespace malote::receiver {

/// One header as it came; a name that came twice is there twice.
struct HeaderField {
  std::string_view name;
  std::string_view value;
};
using Headers = std::span<const HeaderField>;

enum class Refusal {
  missing_header,
  malformed_header,
  no_matching_signature,
  timestamp_too_old,
  timestamp_too_new,
  body_too_large,
  unsupported_content_encoding,
  unsupported_media_type,
  method_not_allowed,
  no_secret,
  invalid_payload,
};
std::string_view word(Refusal refusal) noexcept;  // "missing_header"

/// Texts are static or the scheme's: they outlive the request, not the Scheme.
struct VerifyError {
  Refusal code{};
  std::string_view header{};  // the one it is about, if it is about one
  std::string_view hint{};    // for logs, never for the wire
};

struct Verified {
  std::size_t matched_secret = 0;           // index into the secrets that were given
  std::optional<std::int64_t> signed_at{};  // Unix seconds; only of a timestamp that is signed
  std::string_view message_id{};            // the id header; points into the request
  bool id_signed = false;
  bool replay_protected = false;  // the time is under the signature, and was judged
};

/// Verified, or why not.
class Verdict {
 public:
  Verdict(Verified verified) noexcept : verified_(verified) {}
  Verdict(VerifyError error) noexcept : error_(error) {}

  explicit operator bool() const noexcept { return verified_.has_value(); }
  const Verified& operator*() const noexcept { return *verified_; }
  const Verified* operator->() const noexcept { return &*verified_; }
  const VerifyError& error() const noexcept { return error_; }

 private:
  std::optional<Verified> verified_{};
  VerifyError error_{};
};

using Clock = std::function<std::int64_t()>;  // Unix seconds
std::int64_t system_clock();

struct VerifyOptions {
  /// Both ways, the edge included; nullopt: times are not judged.
  std::optional<std::chrono::seconds> tolerance{300};
  /// Judge, and demand, a timestamp that the signature does not cover. Stops naive replays only.
  bool enforce_unsigned_timestamp = false;
  std::size_t max_signatures = 16;  // in one header; at most 16
  Clock clock = system_clock;       // must not throw
};

inline constexpr std::size_t kMaxSecrets = 8;

class Verifier {
 public:
  /// The newest secret first. Throws ConfigError: none, an empty one, one the scheme cannot decode.
  Verifier(Scheme scheme, const std::vector<std::string>& secrets, VerifyOptions options = {});
  ~Verifier();
  Verifier(Verifier&&) noexcept;
  Verifier& operator=(Verifier&&) noexcept;

  Verdict verify(Headers headers, std::string_view body) const noexcept;

  /// What a sender of this scheme would send, signed with the first secret. For tests and tools.
  std::vector<std::pair<std::string, std::string>> sign(std::string_view id, std::int64_t unix_s,
                                                        std::string_view body) const;
  /// The value of the signature header alone.
  std::string signature(std::string_view id, std::int64_t unix_s, std::string_view body) const;

  /// Why a request fails, for a person: tries the near misses with the same body. Slow; names no
  /// secret.
  std::string explain(Headers headers, std::string_view body) const;

  const Scheme& scheme() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// One call for those who route by themselves. Throws ConfigError only.
Verdict verify(const Scheme& scheme, const std::vector<std::string>& secrets, Headers headers,
               std::string_view body, VerifyOptions options = {});

}  // namespace malote::receiver
