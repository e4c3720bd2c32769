// Reading a signature header into digests. Pure, allocates nothing, bounded by max_signatures.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "crypto/sha256_hmac.h"
#include "malote/receiver/verifier.h"
#include "receiver/profile.h"

namespace malote::receiver {

inline constexpr std::size_t kMaxSignatures = 16;

struct SignatureHeader {
  std::array<crypto::Sha256Digest, kMaxSignatures> digests{};
  std::size_t count = 0;         // of digests
  std::string_view timestamp{};  // where it stands in the header
};

struct SignatureHeaderResult {
  std::optional<Refusal> refusal{};
  std::string_view hint{};
  SignatureHeader header{};
};

SignatureHeaderResult read_signature_header(const Profile& profile, std::string_view value,
                                            std::size_t max_signatures) noexcept;

/// A digest as the profile writes it: 64 hex digits, or 44 characters of base64.
bool decode_digest(Encoding encoding, std::string_view text, crypto::Sha256Digest& out) noexcept;
std::string encode_digest(Encoding encoding, const crypto::Sha256Digest& digest);

}  // namespace malote::receiver
