#include "receiver/explain.h"

#include <cstdlib>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "crypto/sha256_hmac.h"
#include "receiver/header_access.h"
#include "receiver/profile.h"

namespace malote::receiver {

namespace {

/// A value, and what would have to be different for it to be the right one; "" for as it is.
struct Variant {
  std::string value{};
  std::string difference{};
};

std::vector<Variant> keys_of(const Profile& profile, std::string_view secret) {
  std::vector<Variant> keys{{key_of(profile, secret).value_or(""), ""}};
  const auto add = [&](std::string key, std::string difference) {
    if (!key.empty() && key != keys.front().value)
      keys.push_back({std::move(key), std::move(difference)});
  };
  const std::string_view trimmed = secret.substr(0, secret.find_last_not_of(" \t\r\n") + 1);
  add(key_of(profile, trim(trimmed)).value_or(""), "the secret has white space around it");
  add(std::string{secret}, "the sender uses the secret's characters as they are");
  std::string_view bare = trim(trimmed);
  if (bare.starts_with("whsec_")) bare.remove_prefix(6);
  add(std::string{bare}, "the sender leaves whsec_ out of the key");
  add(base64_decode(bare).value_or(""), "the sender decodes the secret as base64");
  add(hex_decode(bare).value_or(""), "the sender decodes the secret as hex");
  return keys;
}

std::vector<Variant> bodies_of(std::string_view body) {
  std::vector<Variant> bodies{{std::string{body}, ""}};
  bodies.push_back({std::string{body} + "\n", "the body lost a newline at its end"});
  if (body.ends_with('\n'))
    bodies.push_back(
        {std::string{body.substr(0, body.size() - 1)}, "the body gained a newline at its end"});
  if (body.starts_with("\xEF\xBB\xBF"))
    bodies.push_back({std::string{body.substr(3)}, "the body gained a byte order mark"});
  return bodies;
}

/// The timestamp's text, wherever the profile has it.
std::string timestamp_of(const Profile& profile, Headers headers) {
  if (!profile.timestamp) return {};
  if (!profile.timestamp->header.empty())
    return std::string{find_header(headers, profile.timestamp->header).value};
  const std::string_view value = find_header(headers, profile.signature_header).value;
  const auto at = value.find("t=");
  if (at == std::string_view::npos) return {};
  return std::string{value.substr(at + 2, value.find_first_of(", ", at) - at - 2)};
}

std::string mac_of(const Profile& profile, std::string_view key, Headers headers,
                   std::string_view body) {
  const crypto::Sha256Hmac hmac{key};
  auto message = hmac.begin();
  for (const SignedPart& part : profile.signed_parts) {
    switch (part.kind) {
      case SignedPart::Kind::id: message.add(find_header(headers, profile.id->header).value); break;
      case SignedPart::Kind::timestamp: message.add(timestamp_of(profile, headers)); break;
      case SignedPart::Kind::body: message.add(body); break;
      case SignedPart::Kind::literal: message.add(part.literal); break;
    }
  }
  const auto digest = message.finish();
  return {digest.begin(), digest.end()};
}

/// The header in which the MAC stands, in whatever encoding.
std::optional<std::string> where_it_stands(Headers headers, const std::string& mac) {
  const std::string hex = hex_encode(mac), base64 = base64_encode(mac);
  for (const auto& header : headers) {
    if (to_lower(header.value).find(hex) != std::string::npos)
      return std::string{header.name} + ", in hex";
    if (header.value.find(base64) != std::string_view::npos)
      return std::string{header.name} + ", in base64";
  }
  return {};
}

/// "" when no near miss matches.
std::string find_near_miss(const Riddle& riddle) {
  std::vector<std::string> names{riddle.scheme.name()};
  for (auto& name : Scheme::names())
    if (name != riddle.scheme.name()) names.push_back(std::move(name));
  for (const auto& name : names) {
    const bool own = name == riddle.scheme.name();
    const Scheme scheme = own ? riddle.scheme : Scheme{name};
    for (const std::string_view secret : riddle.secrets) {
      for (const auto& key : keys_of(scheme.profile(), secret)) {
        if (key.value.empty()) continue;
        for (const auto& body : bodies_of(riddle.body)) {
          const auto place = where_it_stands(
              riddle.headers, mac_of(scheme.profile(), key.value, riddle.headers, body.value));
          if (!place) continue;
          std::string text = "It would match with the scheme \"" + name + "\" (" + *place + ")";
          for (const auto* difference : {&key.difference, &body.difference})
            if (!difference->empty()) text += "; " + *difference;
          return text + ".";
        }
      }
    }
  }
  return {};
}

}  // namespace

std::string explain_refusal(const Riddle& riddle) {
  if (riddle.verdict) return "The request is genuine.";
  const VerifyError& error = riddle.verdict.error();
  std::string text = std::string{word(error.code)};
  if (!error.header.empty()) text += " (" + std::string{error.header} + ")";
  text += ": " + std::string{error.hint} + ".";
  const std::string timestamp = timestamp_of(riddle.scheme.profile(), riddle.headers);
  if (error.code == Refusal::timestamp_too_old || error.code == Refusal::timestamp_too_new) {
    const std::int64_t off = riddle.now - std::strtoll(timestamp.c_str(), nullptr, 10);
    if (!riddle.scheme.profile().timestamp->rfc3339)
      text += " The clocks differ by " + std::to_string(off) + " s.";
    return text;
  }
  const std::string near = find_near_miss(riddle);
  if (!near.empty()) return text + " " + near;
  return text +
         " No near miss matches: another secret, or the bytes were changed on the way "
         "(a parser that prints the JSON again does).";
}

}  // namespace malote::receiver
