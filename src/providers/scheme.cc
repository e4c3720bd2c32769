#include "providers/scheme.h"

#include <algorithm>
#include <array>
#include <utility>

namespace malote::providers {

namespace {

/// Looks members up in the override first, then in the base.
class Members {
 public:
  Members(json::View base, json::View top) : base_(base), top_(top) {}

  json::View at(std::string_view name) const {
    const json::View value = top_[name];
    return value ? value : base_[name];
  }
  /// The first of several spellings.
  json::View any(std::initializer_list<std::string_view> names) const {
    for (const auto name : names) {
      if (const json::View value = top_[name]) return value;
    }
    for (const auto name : names) {
      if (const json::View value = base_[name]) return value;
    }
    return {};
  }

 private:
  json::View base_;
  json::View top_;
};

Unexpected bad(std::string_view member, std::string message) {
  return fail(
      make_issue(Errc::invalid_body, "/webhook_auth/" + std::string{member}, std::move(message)));
}

template <class T, std::size_t N>
using Words = std::array<std::pair<std::string_view, T>, N>;

template <class T, std::size_t N>
Result<void> read_word(json::View value, std::string_view member, const Words<T, N>& words,
                       T& out) {
  if (!value) return {};
  std::string known;
  for (const auto& [word, meaning] : words) {
    if (value.as_string() == word) {
      out = meaning;
      return {};
    }
    known += (known.empty() ? "" : ", ") + std::string{word};
  }
  return bad(member, "takes one of " + known);
}

void read_text(json::View value, std::string& out) {
  if (const auto text = value.as_string()) out = *text;
}

using From = Part::From;
constexpr Words<From, 10> kFromWords{{{"body", From::body},
                                      {"crc32", From::crc32},
                                      {"timestamp", From::timestamp},
                                      {"header", From::header},
                                      {"query", From::query},
                                      {"url", From::url},
                                      {"field", From::field},
                                      {"secret", From::secret},
                                      {"pair", From::pair},
                                      {"headers", From::listed_headers}}};

Result<Part> parse_part(json::View value) {
  Part part;
  if (const auto literal = value.as_string()) {
    part.name = *literal;
    return part;
  }
  if (!value.is_object()) return bad("signed", "takes texts and objects with a member \"from\"");
  MALOTE_CHECK_OK(read_word(value["from"], "signed/from", kFromWords, part.from));
  if (part.from == From::literal) return bad("signed/from", "is missing");
  read_text(value["name"], part.name);
  read_text(value["before"], part.before);
  read_text(value["after"], part.after);
  part.lower = value["lower"].as_bool().value_or(false);
  part.optional = value["optional"].as_bool().value_or(false);
  return part;
}

Part placeholder(std::string_view word) {
  Part part;
  const auto colon = word.find(':');
  const std::string_view head = word.substr(0, colon);
  part.from = From::literal;
  for (const auto& [name, from] : kFromWords) {
    if (head == name) part.from = from;
  }
  if (head == "t" || head == "ts") part.from = From::timestamp;
  if (colon != std::string_view::npos) part.name = word.substr(colon + 1);
  part.optional = part.from == From::field;  // an absent member is signed as nothing
  return part;
}

/// "{timestamp}.{body}", "{header:X}.{query:y}": the short form of `signed`.
Result<std::vector<Part>> parse_template(std::string_view text) {
  std::vector<Part> parts;
  while (!text.empty()) {
    const auto open = text.find('{');
    if (open != 0) {
      parts.push_back({.from = From::literal, .name = std::string{text.substr(0, open)}});
      text.remove_prefix(std::min(open, text.size()));
      continue;
    }
    const auto close = text.find('}');
    if (close == std::string_view::npos) return bad("signed", "has a '{' without its '}'");
    Part part = placeholder(text.substr(1, close - 1));
    if (part.from == From::literal) {
      return bad("signed",
                 "knows {body}, {crc32}, {timestamp}, {url}, {header:NAME}, {query:NAME}, "
                 "{field:/POINTER}, {secret:NAME}, {pair:NAME} and {headers:NAME}");
    }
    parts.push_back(std::move(part));
    text.remove_prefix(close + 1);
  }
  return parts;
}

Result<std::vector<Part>> parse_signed(json::View value) {
  if (const auto text = value.as_string()) return parse_template(*text);
  std::vector<Part> parts;
  for (const auto entry : value) {
    MALOTE_TRY(auto part, parse_part(entry));
    parts.push_back(std::move(part));
  }
  if (parts.empty()) parts.push_back({.from = From::body});
  return parts;
}

constexpr Words<SchemeKind, 12> kKinds{{{"signature", SchemeKind::signature},
                                        {"hmac", SchemeKind::signature},
                                        {"shared_secret", SchemeKind::shared_secret},
                                        {"shared_secret_header", SchemeKind::shared_secret},
                                        {"url_token", SchemeKind::url_token},
                                        {"http_basic", SchemeKind::http_basic},
                                        {"jwt_body", SchemeKind::jwt_body},
                                        {"jwe_jws", SchemeKind::jwe_jws},
                                        {"hmac_sha256_hex", SchemeKind::signature},
                                        {"hmac_sha256_base64", SchemeKind::signature},
                                        {"ecdsa_p256_sha256", SchemeKind::signature},
                                        {"ed25519", SchemeKind::signature}}};
constexpr Words<crypto::Hash, 4> kHashes{{{"sha1", crypto::Hash::sha1},
                                          {"sha256", crypto::Hash::sha256},
                                          {"sha384", crypto::Hash::sha384},
                                          {"sha512", crypto::Hash::sha512}}};
constexpr Words<Encoding, 4> kEncodings{{{"hex", Encoding::hex},
                                         {"lower_hex", Encoding::lower_hex},
                                         {"base64", Encoding::base64},
                                         {"auto", Encoding::automatic}}};
constexpr Words<SecretEncoding, 4> kSecretEncodings{{{"utf8", SecretEncoding::utf8},
                                                     {"hex", SecretEncoding::hex},
                                                     {"base64", SecretEncoding::base64},
                                                     {"whsec", SecretEncoding::whsec}}};
constexpr Words<Carrier, 4> kCarriers{{{"bare", Carrier::bare},
                                       {"pairs", Carrier::pairs},
                                       {"versions", Carrier::versions},
                                       {"labelled", Carrier::labelled}}};
constexpr Words<TimestampFormat, 3> kTimestampFormats{{{"auto", TimestampFormat::automatic},
                                                       {"unix", TimestampFormat::unix_s},
                                                       {"rfc3339", TimestampFormat::rfc3339}}};

/// "sha256" and its kin are HMACs; the rest are signatures with a public key.
Result<void> read_algorithm(json::View value, Scheme& scheme) {
  if (value.as_string() == "ecdsa_p256") {
    scheme.algorithm = Algorithm::ecdsa_p256;
  } else if (value.as_string() == "rsa_sha256") {
    scheme.algorithm = Algorithm::rsa_sha256;
  } else if (value.as_string() == "ed25519") {
    scheme.algorithm = Algorithm::ed25519;
  } else {
    return read_word(value, "algorithm", kHashes, scheme.hash);
  }
  return {};
}

/// What the short names of whole schemes stand for.
void apply_short_name(std::string_view name, Scheme& scheme) {
  if (name == "hmac_sha256_base64") scheme.encoding = Encoding::base64;
  if (name == "ecdsa_p256_sha256") scheme.algorithm = Algorithm::ecdsa_p256;
  if (name == "ed25519") scheme.algorithm = Algorithm::ed25519;
  if (name == "ecdsa_p256_sha256" || name == "ed25519") scheme.encoding = Encoding::automatic;
}

void read_texts(json::View list, std::vector<std::string>& out) {
  if (!list) return;
  out.clear();
  if (const auto one = list.as_string()) out.emplace_back(*one);
  for (const auto entry : list) out.emplace_back(entry.as_string().value_or(""));
}

Result<void> read_hashes(json::View list, Scheme& scheme) {
  if (!list.is_array()) return {};
  scheme.carrier = Carrier::labelled;
  scheme.hashes.clear();
  for (const auto entry : list) {
    crypto::Hash hash{};
    MALOTE_CHECK_OK(read_word(entry, "algorithms", kHashes, hash));
    scheme.hashes.push_back(hash);
  }
  return {};
}

/// One text is a list of one: passed over, it would let everybody in.
Result<void> read_addresses(json::View list, Scheme& scheme) {
  std::vector<std::string> texts;
  read_texts(list, texts);
  for (const auto& text : texts) {
    const auto block = IpBlock::parse(text);
    if (!block) return bad("ip_allow", "takes addresses and blocks such as \"203.0.113.0/24\"");
    scheme.allowed_addresses.push_back(*block);
  }
  return {};
}

Result<void> read_tolerance(const Members& members, Scheme& scheme) {
  const json::View value = members.any({"tolerance_s", "tolerance_seconds"});
  if (!value) return {};
  if (value.is_null()) {
    scheme.tolerance_s.reset();
    return {};
  }
  const auto seconds = value.as_int();
  if (!seconds || *seconds < 0 || *seconds > 10 * 365 * 86400) {
    return bad("tolerance_seconds", "takes whole seconds, or null to leave the time unjudged");
  }
  scheme.tolerance_s = static_cast<int>(*seconds);
  return {};
}

/// "signed": one text for every key, or {"v1": …, "v0": …} where each key signs something else.
Result<void> read_signed(json::View value, Scheme& scheme) {
  if (!value.is_object()) {
    MALOTE_TRY(scheme.signed_parts, parse_signed(value));
    return {};
  }
  for (const auto& key : scheme.signature_keys) {
    if (!value[key]) return bad("signed", "says nothing of the key " + key);
    MALOTE_TRY(auto parts, parse_signed(value[key]));
    scheme.signed_by_key.push_back(std::move(parts));
  }
  return {};
}

Result<void> check_complete(const Scheme& scheme) {
  const bool has_place = !scheme.header.empty() || !scheme.field.empty();
  const bool needs_place =
      scheme.kind == SchemeKind::signature || scheme.kind == SchemeKind::shared_secret;
  if (needs_place && !has_place) return bad("header", "is missing");
  if (scheme.kind == SchemeKind::url_token && scheme.query.empty())
    return bad("query", "is missing");
  if (scheme.separator.empty()) return bad("separator", "must not be empty");
  const bool has_time = scheme.carrier == Carrier::pairs || !scheme.timestamp_header.empty() ||
                        !scheme.timestamp_field.empty();
  const bool is_token = scheme.kind == SchemeKind::jwt_body || scheme.kind == SchemeKind::jwe_jws;
  if (scheme.tolerance_s && !has_time && !is_token) {
    return bad("tolerance_seconds",
               "needs a timestamp: set timestamp_header, timestamp_field or carrier \"pairs\"");
  }
  if (is_token && scheme.token_algorithms.empty()) return bad("token_algorithms", "is missing");
  return {};
}

/// {"webhook-": "svix-"}: the same scheme with the headers under their other names.
std::shared_ptr<const Scheme> alias_of(const Scheme& scheme, json::View names) {
  auto alias = std::make_shared<Scheme>(scheme);
  const auto rename = [&](std::string& header) {
    for (const auto name : names) {
      if (header.starts_with(name.key()))
        header = std::string{name.as_string().value_or("")} + header.substr(name.key().size());
    }
  };
  rename(alias->header);
  rename(alias->timestamp_header);
  for (Part& part : alias->signed_parts) {
    if (part.from == From::header) rename(part.name);
  }
  return alias;
}

bool covers_the_body(const std::vector<Part>& parts) {
  return std::ranges::any_of(parts, [](const Part& part) {
    return part.from == From::body || part.from == From::crc32 || part.from == From::field;
  });
}

bool uses(const Scheme& scheme, From from) {
  const auto in = [&](const std::vector<Part>& parts) {
    return std::ranges::any_of(parts, [&](const Part& part) { return part.from == from; });
  };
  return in(scheme.signed_parts) || std::ranges::any_of(scheme.signed_by_key, in);
}

}  // namespace

bool Scheme::signs_body() const {
  if (kind == SchemeKind::jwt_body || kind == SchemeKind::jwe_jws) return true;
  if (kind != SchemeKind::signature) return false;
  if (signed_by_key.empty()) return covers_the_body(signed_parts);
  return std::ranges::all_of(signed_by_key, covers_the_body);
}

Result<Scheme> parse_scheme(json::View base, json::View override_with) {
  const Members members{base, override_with};
  Scheme scheme;
  const json::View kind = members.any({"kind", "scheme"});
  const json::View own_kind = base["kind"] ? base["kind"] : kind;
  if (!own_kind) {
    return bad("scheme",
               "is missing: signature, shared_secret, url_token, http_basic, jwt_body or jwe_jws");
  }
  MALOTE_CHECK_OK(read_word(own_kind, "scheme", kKinds, scheme.kind));
  apply_short_name(own_kind.as_string().value_or(""), scheme);
  MALOTE_CHECK_OK(read_algorithm(members.any({"algorithm", "hash"}), scheme));
  MALOTE_CHECK_OK(read_word(members.at("encoding"), "encoding", kEncodings, scheme.encoding));
  MALOTE_CHECK_OK(read_word(members.at("secret_encoding"), "secret_encoding", kSecretEncodings,
                            scheme.secret_encoding));
  MALOTE_CHECK_OK(read_word(members.at("carrier"), "carrier", kCarriers, scheme.carrier));
  MALOTE_CHECK_OK(read_hashes(members.at("algorithms"), scheme));
  MALOTE_CHECK_OK(read_word(members.at("timestamp_format"), "timestamp_format", kTimestampFormats,
                            scheme.timestamp_format));
  read_text(members.any({"header", "signature_header"}), scheme.header);
  read_text(members.any({"field", "signature_field"}), scheme.field);
  read_text(members.at("items"), scheme.items);
  read_text(members.any({"query", "query_param"}), scheme.query);
  read_text(members.any({"fallback_query", "fallback_query_param"}), scheme.fallback_query);
  read_text(members.at("prefix"), scheme.prefix);
  read_text(members.at("separator"), scheme.separator);
  read_text(members.at("set_separator"), scheme.set_separator);
  read_text(members.at("timestamp_key"), scheme.timestamp_key);
  read_text(members.at("timestamp_header"), scheme.timestamp_header);
  read_text(members.any({"timestamp_field", "timestamp_pointer"}), scheme.timestamp_field);
  read_text(members.at("notification_url"), scheme.notification_url);
  read_text(members.at("algorithm_header"), scheme.algorithm_header);
  read_text(members.at("algorithm_value"), scheme.algorithm_value);
  read_text(members.at("certificate_url_header"), scheme.certificate_url_header);
  read_text(members.at("jwe_algorithm"), scheme.jwe_algorithm);
  read_text(members.at("jwe_encryption"), scheme.jwe_encryption);
  read_text(members.at("jwks_url"), scheme.jwks_url);
  read_text(members.at("verify_token"), scheme.verify_token);
  read_texts(members.at("signature_keys"), scheme.signature_keys);
  read_texts(members.at("token_algorithms"), scheme.token_algorithms);
  read_texts(members.at("certificate_hosts"), scheme.certificate_hosts);
  scheme.prefix_optional = members.at("prefix_optional").as_bool().value_or(false);
  scheme.label_optional = members.at("label_optional").as_bool().value_or(false);
  scheme.basic_form = members.at("basic_form").as_bool().value_or(false);
  scheme.unknown_keys_mismatch = members.at("unknown_keys_mismatch").as_bool().value_or(false);
  scheme.first_key_only = members.at("first_key_only").as_bool().value_or(false);
  MALOTE_CHECK_OK(read_addresses(members.at("ip_allow"), scheme));
  MALOTE_CHECK_OK(read_tolerance(members, scheme));
  MALOTE_CHECK_OK(read_signed(members.at("signed"), scheme));
  MALOTE_CHECK_OK(check_complete(scheme));
  if (const json::View names = members.at("alias")) scheme.alias = alias_of(scheme, names);
  return scheme;
}

Result<void> check_usable(const Scheme& scheme) {
  if (scheme.kind != SchemeKind::signature) return {};
  if (uses(scheme, From::url) && scheme.notification_url.empty()) {
    return bad("notification_url",
               "is missing: the sender signs the address it posts to, exactly as it was given");
  }
  const bool constant = std::ranges::all_of(scheme.signed_parts, [](const Part& part) {
    return part.from == From::literal || part.from == From::secret;
  });
  if (constant && scheme.signed_by_key.empty())
    return bad("signed", "covers nothing of the request");
  if (scheme.tolerance_s && scheme.timestamp_field.empty() && !uses(scheme, From::timestamp) &&
      scheme.algorithm != Algorithm::rsa_sha256) {
    return bad("tolerance_seconds", "judges a timestamp that is not signed: it proves nothing");
  }
  return {};
}

}  // namespace malote::providers
