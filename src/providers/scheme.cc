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
constexpr Words<From, 6> kFromWords{{{"body", From::body},
                                     {"timestamp", From::timestamp},
                                     {"header", From::header},
                                     {"query", From::query},
                                     {"url", From::url},
                                     {"field", From::field}}};

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
                 "knows {body}, {timestamp}, {url}, {header:NAME}, {query:NAME} and "
                 "{field:/POINTER}");
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

constexpr Words<SchemeKind, 7> kKinds{{{"hmac", SchemeKind::hmac},
                                       {"shared_secret", SchemeKind::shared_secret},
                                       {"shared_secret_header", SchemeKind::shared_secret},
                                       {"url_token", SchemeKind::url_token},
                                       {"http_basic", SchemeKind::http_basic},
                                       {"hmac_sha256_hex", SchemeKind::hmac},
                                       {"hmac_sha256_base64", SchemeKind::hmac}}};
constexpr Words<crypto::Hash, 4> kHashes{{{"sha1", crypto::Hash::sha1},
                                          {"sha256", crypto::Hash::sha256},
                                          {"sha384", crypto::Hash::sha384},
                                          {"sha512", crypto::Hash::sha512}}};
constexpr Words<Encoding, 3> kEncodings{
    {{"hex", Encoding::hex}, {"base64", Encoding::base64}, {"auto", Encoding::automatic}}};
constexpr Words<SecretEncoding, 4> kSecretEncodings{{{"utf8", SecretEncoding::utf8},
                                                     {"hex", SecretEncoding::hex},
                                                     {"base64", SecretEncoding::base64},
                                                     {"whsec", SecretEncoding::whsec}}};
constexpr Words<Carrier, 3> kCarriers{
    {{"bare", Carrier::bare}, {"pairs", Carrier::pairs}, {"versions", Carrier::versions}}};

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

Result<void> check_complete(const Scheme& scheme) {
  const bool needs_header =
      scheme.kind == SchemeKind::hmac || scheme.kind == SchemeKind::shared_secret;
  if (needs_header && scheme.header.empty()) return bad("header", "is missing");
  if (scheme.kind == SchemeKind::url_token && scheme.query.empty())
    return bad("query", "is missing");
  if (scheme.separator.empty()) return bad("separator", "must not be empty");
  if (scheme.tolerance_s && scheme.carrier != Carrier::pairs && scheme.timestamp_header.empty()) {
    return bad("tolerance_seconds",
               "needs a timestamp: set timestamp_header, or carrier \"pairs\"");
  }
  return {};
}

}  // namespace

bool Scheme::signs_body() const {
  return kind == SchemeKind::hmac && std::ranges::any_of(signed_parts, [](const Part& part) {
           return part.from == Part::From::body;
         });
}

Result<Scheme> parse_scheme(json::View base, json::View override_with) {
  const Members members{base, override_with};
  Scheme scheme;
  const json::View kind = base["kind"] ? base["kind"] : members.any({"kind", "scheme"});
  if (!kind) return bad("scheme", "is missing: hmac, shared_secret, url_token or http_basic");
  MALOTE_CHECK_OK(read_word(kind, "scheme", kKinds, scheme.kind));
  if (kind.as_string() == "hmac_sha256_base64") scheme.encoding = Encoding::base64;
  MALOTE_CHECK_OK(read_word(members.any({"algorithm", "hash"}), "algorithm", kHashes, scheme.hash));
  MALOTE_CHECK_OK(read_word(members.at("encoding"), "encoding", kEncodings, scheme.encoding));
  MALOTE_CHECK_OK(read_word(members.at("secret_encoding"), "secret_encoding", kSecretEncodings,
                            scheme.secret_encoding));
  MALOTE_CHECK_OK(read_word(members.at("carrier"), "carrier", kCarriers, scheme.carrier));
  read_text(members.any({"header", "signature_header"}), scheme.header);
  read_text(members.at("query"), scheme.query);
  read_text(members.at("prefix"), scheme.prefix);
  read_text(members.at("separator"), scheme.separator);
  read_text(members.at("timestamp_key"), scheme.timestamp_key);
  read_text(members.at("timestamp_header"), scheme.timestamp_header);
  scheme.prefix_optional = members.at("prefix_optional").as_bool().value_or(false);
  if (const json::View keys = members.at("signature_keys")) {
    scheme.signature_keys.clear();
    for (const auto key : keys) scheme.signature_keys.emplace_back(key.as_string().value_or(""));
  }
  MALOTE_CHECK_OK(read_tolerance(members, scheme));
  MALOTE_TRY(scheme.signed_parts, parse_signed(members.at("signed")));
  MALOTE_CHECK_OK(check_complete(scheme));
  return scheme;
}

}  // namespace malote::providers
