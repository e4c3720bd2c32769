#include "tools/token.h"

#include "base/bytes.h"
#include "base/json.h"

namespace malote::tools {

Result<Token> read_token(std::string_view name, const TokenAnswer& members,
                         const HttpOutcome& outcome, Timestamp now) {
  constexpr std::chrono::minutes kEarly{1}, kUnsaid{10};
  const auto refuse = [&](const std::string& why) {
    return fail(Errc::unauthorized, std::string{name} + " gave no token: " + why);
  };
  if (outcome.status == 0) return refuse(outcome.error);
  if (outcome.status < 200 || outcome.status > 299)
    return refuse("status " + std::to_string(outcome.status) + ": " + outcome.body.substr(0, 300));
  const auto document = json::Document::parse(outcome.body);
  if (!document) return refuse("the answer is no JSON");
  const auto root = document->root();
  const auto text = root[members.at].as_string().value_or("");
  if (text.empty()) return refuse("the answer has no " + members.at);
  Token token{.text = std::string{text}, .expires_at = now + kUnsaid};
  if (const auto seconds = root[members.expires_in].as_text()) {
    if (const auto count = parse_duration(std::string{*seconds} + "s"))
      token.expires_at = now + *count;
  }
  if (const auto time = root[members.expires_at].as_string())
    token.expires_at = parse_time(*time, members.offset).value_or(token.expires_at);
  token.expires_at -= kEarly;
  return token;
}

HttpRequest build_token_request(const ClientCredentials& client) {
  HttpRequest request{.method = "POST", .url = client.url, .body = "grant_type=client_credentials"};
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                     {"Accept", "application/json"}};
  // Encoded in the header, too (RFC 6749, section 2.3.1).
  const std::string id = url_encode(client.id);
  const std::string secret = url_encode(client.secret.reveal());
  if (!client.scope.empty()) request.body += "&scope=" + url_encode(client.scope);
  if (client.basic) {
    request.headers.emplace_back("Authorization", "Basic " + base64_encode(id + ":" + secret));
  } else {
    request.body += "&client_id=" + id + "&client_secret=" + secret;
  }
  return request;
}

std::string rebased(std::string url, std::string_view base) {
  if (base.empty()) return url;
  while (base.ends_with('/')) base.remove_suffix(1);
  const auto path = url.find('/', url.find("://") + 3);
  return std::string{base} + (path == std::string::npos ? "" : url.substr(path));
}

}  // namespace malote::tools
