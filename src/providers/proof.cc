#include "providers/proof.h"

#include <algorithm>

#include "base/bytes.h"

namespace malote::providers {

namespace {

Verdict malformed(const Scheme& scheme, std::string_view what) {
  return {.refusal = Refusal::malformed_header, .hint = scheme.header + " " + std::string{what}};
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

std::optional<std::size_t> key_index(const Scheme& scheme, std::string_view key) {
  const auto at = std::ranges::find(scheme.signature_keys, key);
  if (at == scheme.signature_keys.end()) return {};
  return static_cast<std::size_t>(at - scheme.signature_keys.begin());
}

/// Where the first key that is there decides alone, the signatures of the others do not count.
void keep_first_key(const Scheme& scheme, Proof& proof) {
  if (!scheme.first_key_only || proof.signatures.empty()) return;
  const auto first = std::ranges::min(proof.signatures, {}, &Proof::Signature::key).key;
  std::erase_if(proof.signatures, [&](const auto& given) { return given.key != first; });
}

std::optional<Proof> read_pairs(const Scheme& scheme, std::string_view text) {
  Proof proof;
  const auto items = split(text, scheme.separator);
  if (items.size() > kMaxSignatureParts) return {};
  for (const auto item : items) {
    const auto equals = item.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view key = trim(item.substr(0, equals));
    const std::string_view value = trim(item.substr(equals + 1));
    if (key == scheme.timestamp_key) {
      if (!proof.timestamp.empty()) return {};
      proof.timestamp = value;
    } else if (const auto index = key_index(scheme, key)) {
      proof.signatures.push_back({.text = value, .key = *index, .hash = scheme.hash});
    } else {
      proof.pairs.emplace_back(key, value);
    }
  }
  const bool needs_time = scheme.timestamp_header.empty();
  if ((needs_time && proof.timestamp.empty()) || proof.signatures.empty()) return {};
  keep_first_key(scheme, proof);
  return proof;
}

std::optional<Proof> read_versions(const Scheme& scheme, std::string_view text) {
  Proof proof;
  bool any_version = false;
  const auto items = split(text, scheme.separator);
  if (items.size() > kMaxSignatureParts) return {};
  for (const auto item : items) {
    const auto comma = item.find(',');
    if (comma == std::string_view::npos || comma + 1 == item.size()) continue;
    any_version = true;
    if (const auto index = key_index(scheme, item.substr(0, comma)))
      proof.signatures.push_back(
          {.text = item.substr(comma + 1), .key = *index, .hash = scheme.hash});
  }
  if (!any_version || (proof.signatures.empty() && !scheme.unknown_keys_mismatch)) return {};
  return proof;
}

std::optional<Proof> read_bare(const Scheme& scheme, std::string_view text) {
  if (!scheme.prefix.empty()) {
    const bool has = text.size() >= scheme.prefix.size() &&
                     equals_ignore_case(text.substr(0, scheme.prefix.size()), scheme.prefix);
    if (has) {
      text.remove_prefix(scheme.prefix.size());
    } else if (!scheme.prefix_optional) {
      return {};
    }
  }
  return Proof{.signatures = {{.text = text, .hash = scheme.hash}}};
}

/// "sha256=…": the label must be one of the allowed hashes.
std::optional<Proof> read_labelled(const Scheme& scheme, std::string_view text, Verdict& refused) {
  const auto equals = text.find('=');
  const std::string label = to_lower(text.substr(0, equals));
  for (const auto hash : scheme.hashes) {
    if (equals != std::string_view::npos && label == word_of(hash))
      return Proof{.signatures = {{.text = text.substr(equals + 1), .hash = hash}}};
  }
  // base64 may end in '=', but it is longer than any hash's name
  constexpr std::size_t kLongestLabel = 10;
  if (equals != std::string_view::npos && equals <= kLongestLabel) {
    refused = {.refusal = Refusal::algorithm_not_allowed,
               .hint = scheme.header + " names a hash that this provider does not use"};
    return {};
  }
  if (!scheme.label_optional || scheme.hashes.empty()) return {};
  return Proof{.signatures = {{.text = text, .hash = scheme.hashes.front()}}};
}

std::optional<Proof> read_one(const Scheme& scheme, std::string_view text, Verdict& refused) {
  switch (scheme.carrier) {
    case Carrier::bare: return read_bare(scheme, text);
    case Carrier::pairs: return read_pairs(scheme, text);
    case Carrier::versions: return read_versions(scheme, text);
    case Carrier::labelled: return read_labelled(scheme, text, refused);
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

}  // namespace

std::string_view word_of(crypto::Hash hash) {
  switch (hash) {
    case crypto::Hash::sha1: return "sha1";
    case crypto::Hash::sha256: return "sha256";
    case crypto::Hash::sha384: return "sha384";
    case crypto::Hash::sha512: return "sha512";
  }
  return "";
}

std::optional<std::string_view> single_header(const RawRequest& request, const std::string& name,
                                              Verdict& refused) {
  const std::string* value = header_of(request, name);
  if (!value || trim(*value).empty()) {
    refused = {.refusal = Refusal::missing_header,
               .hint = "the header " + name + " is missing or empty"};
  } else if (header_count(request, name) > 1) {
    refused = {.refusal = Refusal::malformed_header,
               .hint = "the header " + name + " came more than once"};
  } else if (value->size() > kMaxSignatureHeader) {
    refused = {.refusal = Refusal::malformed_header, .hint = "the header " + name + " is too long"};
  } else {
    return trim(*value);
  }
  return {};
}

std::vector<Proof> read_proofs(const Scheme& scheme, std::string_view text, Verdict& refused) {
  refused = malformed(scheme, "is not in the expected form");
  std::vector<std::string_view> sets{text};
  if (!scheme.set_separator.empty()) sets = split(text, scheme.set_separator);
  std::vector<Proof> proofs;
  std::size_t signatures = 0;
  for (const auto set : sets) {
    auto proof = read_one(scheme, set, refused);
    if (!proof) return {};
    signatures += proof->signatures.size();
    proofs.push_back(std::move(*proof));
  }
  if (signatures > kMaxSignatures) {
    refused = malformed(scheme, "holds too many signatures");
    return {};
  }
  return proofs;
}

std::optional<std::string> decode_signature(const Scheme& scheme, const Proof::Signature& given) {
  std::optional<std::string> bytes;
  if (scheme.encoding != Encoding::base64) bytes = hex_decode(given.text);
  if (!bytes && (scheme.encoding == Encoding::base64 || scheme.encoding == Encoding::automatic))
    bytes = base64_decode(given.text);
  if (!bytes) return {};
  if (scheme.algorithm == Algorithm::hmac && bytes->size() != digest_size(given.hash)) return {};
  return bytes;
}

}  // namespace malote::providers
