// The proof that a request carries: signatures, still encoded, and what stands beside them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "providers/scheme.h"
#include "providers/verify.h"

namespace malote::providers {

struct Proof {
  struct Signature {
    std::string_view text{};
    std::size_t key = 0;  // index into the scheme's signature_keys
    crypto::Hash hash{};  // HMACs
  };
  std::string timestamp{};
  std::vector<Signature> signatures{};
  std::vector<std::pair<std::string_view, std::string_view>> pairs{};  // of the signature header
};

/// A hash's name as labelled signatures carry it ("sha256=…").
std::string_view word_of(crypto::Hash hash);

/// The one value of a header, without outer white space. An absent or empty one is missing_header,
/// a doubled or over-long one malformed_header.
std::optional<std::string_view> single_header(const RawRequest& request, const std::string& name,
                                              Verdict& refused);

/// Reads the carrier's text. One proof, or several where the sender may send sets; none when the
/// text is not in the scheme's form, with the reason in `refused`.
std::vector<Proof> read_proofs(const Scheme& scheme, std::string_view text, Verdict& refused);

/// The raw bytes of a signature; empty when it is not well-formed.
std::optional<std::string> decode_signature(const Scheme& scheme, const Proof::Signature& given);

}  // namespace malote::providers
