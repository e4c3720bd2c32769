#include "providers/api_spec.h"

#include <algorithm>
#include <functional>
#include <optional>

#include "base/bytes.h"

namespace malote::providers {

namespace {

constexpr std::string_view kSignedPlaces[] = {"nonce", "method", "path", "body"};
constexpr std::string_view kValuePlaces[] = {"nonce", "method", "path", "body", "signature", "key"};

std::string text_of(json::View value) { return std::string{value.as_string().value_or("")}; }

Unexpected bad(const std::string& at, std::string why) {
  return fail(make_issue(Errc::invalid_body, "/api" + at, std::move(why)));
}

using Lookup = std::function<std::string(std::string_view name)>;

/// The text with its {places} filled in; nothing where a brace is not closed.
std::optional<std::string> filled(std::string_view text, const Lookup& lookup) {
  std::string out;
  while (true) {
    const auto open = text.find('{');
    out += text.substr(0, open);
    if (open == std::string_view::npos) return out;
    const auto close = text.find('}', open);
    if (close == std::string_view::npos) return {};
    out += lookup(text.substr(open + 1, close - open - 1));
    text.remove_prefix(close + 1);
  }
}

template <std::size_t N>
bool knows_places(std::string_view text, const std::string_view (&places)[N]) {
  bool known = true;
  const auto closed = filled(text, [&](std::string_view name) {
    known = known && std::ranges::find(places, name) != std::end(places);
    return std::string{};
  });
  return known && closed;
}

Result<TokenSpec> parse_token(json::View token) {
  TokenSpec spec{.url = text_of(token["url"]), .scope = text_of(token["scope"])};
  if (!spec.url.starts_with("https://")) return bad("/token/url", "begins with https://");
  const std::string client = text_of(token["client"]);
  spec.basic = client != "client_secret_post";
  if (spec.basic && !client.empty() && client != "client_secret_basic")
    return bad("/token/client", "takes client_secret_basic or client_secret_post");
  return spec;
}

Result<SignSpec> parse_sign(json::View sign) {
  SignSpec spec{.header = text_of(sign["header"]),
                .value = text_of(sign["value"]),
                .text = text_of(sign["signed"]),
                .hex = text_of(sign["encoding"]) != "base64",
                .key = text_of(sign["key"]),
                .secret = text_of(sign["secret"])};
  if (spec.header.empty() || spec.key.empty() || spec.secret.empty())
    return bad("/sign", "needs header, key and secret");
  if (spec.text.empty() || !knows_places(spec.text, kSignedPlaces))
    return bad("/sign/signed", "takes a text with {nonce}, {method}, {path} and {body}");
  if (spec.value.find("{signature}") == std::string::npos ||
      !knows_places(spec.value, kValuePlaces))
    return bad("/sign/value", "takes a text with {signature}, {key} and {nonce}");
  if (text_of(sign["algorithm"]) == "sha512") spec.hash = crypto::Hash::sha512;
  return spec;
}

}  // namespace

Result<ApiSpec> parse_api(json::View api) {
  ApiSpec spec;
  if (const json::View limit = api["rate_limit"]) {
    const auto count = limit["per_minute"].as_int().value_or(0);
    if (count < 1 || count > 60'000) return bad("/rate_limit/per_minute", "takes 1 to 60000");
    spec.per_minute = static_cast<int>(count);
  }
  if (const json::View token = api["token"]) {
    MALOTE_TRY(spec.token, parse_token(token));
    spec.credentials = {"client_id", "client_secret"};
  }
  if (const json::View sign = api["sign"]) {
    if (spec.token) return bad("/sign", "cannot stand beside token");
    MALOTE_TRY(spec.sign, parse_sign(sign));
    spec.credentials = {spec.sign.key, spec.sign.secret};
  }
  return spec;
}

std::string sign_call(const SignSpec& spec, const SignedCall& call) {
  std::string signature;
  const Lookup lookup = [&](std::string_view name) -> std::string {
    if (name == "nonce") return std::to_string(call.nonce);
    if (name == "method") return std::string{call.method};
    if (name == "path") return std::string{call.path};
    if (name == "body") return std::string{call.body};
    return name == "key" ? std::string{call.key.reveal()} : signature;
  };
  const std::string mac =
      crypto::hmac(spec.hash, call.secret.reveal(), filled(spec.text, lookup).value_or(""));
  signature = spec.hex ? hex_encode(mac) : base64_encode(mac);
  return filled(spec.value, lookup).value_or("");
}

}  // namespace malote::providers
