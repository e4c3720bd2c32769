#include "receiver/signature_header.h"

#include "base/bytes.h"

namespace malote::receiver {

namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

int base64_value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

bool decode_hex(std::string_view text, crypto::Sha256Digest& out) {
  if (text.size() != 2 * out.size()) return false;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int high = hex_value(text[2 * i]), low = hex_value(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    out[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return true;
}

/// 32 bytes are ten groups of three and one of two: 43 characters, then one '='.
bool decode_base64(std::string_view text, crypto::Sha256Digest& out) {
  if (text.size() != 44 || text.back() != '=') return false;
  std::uint32_t bits = 0;
  int held = 0;
  std::size_t at = 0;
  for (const char c : text.substr(0, 43)) {
    const int value = base64_value(c);
    if (value < 0) return false;
    bits = (bits << 6 | static_cast<std::uint32_t>(value)) & 0xffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out[at++] = static_cast<std::uint8_t>(bits >> held);
  }
  return true;  // whatever the last two bits are, as most decoders do
}

/// Collects the entries of one header.
class Collector {
 public:
  Collector(const Profile& profile, std::size_t max) : profile_(profile), max_(max) {}

  /// False when there are too many.
  bool add(bool known_version, bool versioned, std::string_view text) {
    if (++entries_ > max_) return false;
    unknown_ = unknown_ || (versioned && !known_version);
    known_ = known_ || known_version;
    if (known_version && decode_digest(profile_.encoding, text, result.header.digests[count()]))
      ++result.header.count;
    return true;
  }

  SignatureHeaderResult finish() {
    if (count() > 0) return result;
    if (unknown_ && !known_)
      return refuse(Refusal::no_matching_signature, "no signature is of a version that is known");
    return refuse(Refusal::malformed_header, "no signature in it can be decoded");
  }

  SignatureHeaderResult refuse(Refusal refusal, std::string_view hint) {
    return {.refusal = refusal, .hint = hint};
  }
  SignatureHeaderResult too_many() {
    return refuse(Refusal::malformed_header, "it holds more signatures than max_signatures");
  }

  SignatureHeaderResult result{};

 private:
  std::size_t count() const { return result.header.count; }

  const Profile& profile_;
  const std::size_t max_;
  std::size_t entries_ = 0;
  bool known_ = false, unknown_ = false;
};

SignatureHeaderResult read_bare(const Profile& profile, std::string_view value, Collector all) {
  if (!profile.prefix.empty()) {
    if (!value.starts_with(profile.prefix))
      return all.refuse(Refusal::malformed_header, "the signature lacks its prefix");
    value.remove_prefix(profile.prefix.size());
  }
  if (!profile.lenient_prefix.empty() && value.starts_with(profile.lenient_prefix))
    value.remove_prefix(profile.lenient_prefix.size());
  all.add(true, true, value);
  return all.finish();
}

/// Cuts the next piece off.
std::string_view next_piece(std::string_view& rest, char separator) {
  const auto end = rest.find(separator);
  const std::string_view piece = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return piece;
}

SignatureHeaderResult read_list(std::string_view value, Collector all) {
  while (!value.empty()) {
    const std::string_view entry = next_piece(value, ' ');
    if (entry.empty()) continue;
    const auto comma = entry.find(',');
    const bool versioned = comma != std::string_view::npos;
    const std::string_view text = versioned ? entry.substr(comma + 1) : std::string_view{};
    if (!all.add(entry.substr(0, comma) == "v1", versioned, text)) return all.too_many();
  }
  return all.finish();
}

/// "v0", "v1", "v27": other names are members that mean something else.
bool is_version(std::string_view name) {
  return name.size() > 1 && name[0] == 'v' &&
         name.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

SignatureHeaderResult read_members(std::string_view value, char separator, Collector all) {
  int timestamps = 0;
  while (!value.empty()) {
    const std::string_view member = trim(next_piece(value, separator));
    if (member.empty()) continue;
    const auto equals = member.find('=');
    const std::string_view name = member.substr(0, equals);
    const bool has_value = equals != std::string_view::npos;
    const std::string_view text = has_value ? member.substr(equals + 1) : std::string_view{};
    if (name == "t" && has_value) {
      ++timestamps;
      all.result.header.timestamp = text;
    } else if (!all.add(name == "v1", has_value && is_version(name), text)) {
      return all.too_many();
    }
  }
  if (timestamps != 1)
    return all.refuse(Refusal::malformed_header, "it takes exactly one timestamp, t=…");
  return all.finish();
}

}  // namespace

bool decode_digest(Encoding encoding, std::string_view text, crypto::Sha256Digest& out) noexcept {
  return encoding == Encoding::hex ? decode_hex(text, out) : decode_base64(text, out);
}

std::string encode_digest(Encoding encoding, const crypto::Sha256Digest& digest) {
  const std::string bytes{digest.begin(), digest.end()};
  return encoding == Encoding::hex ? hex_encode(bytes) : base64_encode(bytes);
}

SignatureHeaderResult read_signature_header(const Profile& profile, std::string_view value,
                                            std::size_t max_signatures) noexcept {
  const Collector all{profile, std::min(max_signatures, kMaxSignatures)};
  switch (profile.format) {
    case HeaderFormat::bare: return read_bare(profile, value, all);
    case HeaderFormat::v1_space_list: return read_list(value, all);
    case HeaderFormat::t_v1_comma: return read_members(value, ',', all);
    case HeaderFormat::t_v1_space: return read_members(value, ' ', all);
  }
  return {.refusal = Refusal::malformed_header};
}

}  // namespace malote::receiver
