// What a Scheme holds: one profile of data/receiver/profiles.json, read and checked. The library's
// own header; users see include/malote/receiver/scheme.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "malote/receiver/scheme.h"

namespace malote::receiver {

enum class Encoding { hex, base64 };
enum class SecretEncoding { utf8, whsec_base64, hex };
enum class HeaderFormat { bare, v1_space_list, t_v1_comma, t_v1_space };

/// A piece of the signed text.
struct SignedPart {
  enum class Kind { id, timestamp, body, literal } kind{};
  std::string literal{};
};

struct TimestampRule {
  std::string header{};  // empty: it stands in the signature header
  bool rfc3339 = false;  // or Unix seconds
  bool required = false;
  bool is_signed = false;
};

struct IdRule {
  std::string header{};
  bool required = false;
};

/// Where a value of the event stands.
struct Source {
  bool in_header = false;
  std::string name{};  // the header's, or the JSON Pointer
};

struct Profile {
  std::string name{};
  Encoding encoding{};
  SecretEncoding secret_encoding{};
  std::string signature_header{};
  HeaderFormat format{};
  std::string prefix{};          // demanded before a bare value, and written
  std::string lenient_prefix{};  // taken off where it stands
  std::vector<SignedPart> signed_parts{};
  std::optional<TimestampRule> timestamp{};
  std::optional<IdRule> id{};
  std::vector<Source> event_id{}, type{}, occurred_at{}, data{};

  bool signs(SignedPart::Kind kind) const;
};

/// The key that a secret stands for; nothing when it cannot be decoded.
std::optional<std::string> key_of(const Profile& profile, std::string_view secret);

}  // namespace malote::receiver
