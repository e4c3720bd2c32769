// Access tokens of providers' APIs: the request that gets one, and the answer. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "ports/http_types.h"

namespace malote::tools {

struct Token {
  std::string text{};  // a secret
  Timestamp expires_at{};
};

/// The members of an answer, as OAuth 2.0 names them (RFC 6749, section 5.1). Empty: there is none.
struct TokenAnswer {
  std::string at{"access_token"};
  std::string expires_in{"expires_in"};  // seconds
  std::string expires_at{};              // a time, at this offset where it has none
  std::chrono::minutes offset{};
};

/// The token in an answer; expires a minute before the provider says so, and after ten minutes
/// where it does not. Errors (Errc::unauthorized) say what `name` answered, without the
/// credentials.
Result<Token> read_token(std::string_view name, const TokenAnswer& members,
                         const HttpOutcome& outcome, Timestamp now);

/// The client credentials grant (RFC 6749, section 4.4).
struct ClientCredentials {
  std::string url{};
  std::string scope{};  // empty: not sent
  std::string id{};
  Secret secret{};
  bool basic = true;  // client_secret_basic; else client_secret_post (RFC 7591's words)
};
HttpRequest build_token_request(const ClientCredentials& client);

/// `url` with `base` in place of scheme, host and port; base's own path comes before the URL's.
/// With an empty base as it is.
std::string rebased(std::string url, std::string_view base);

}  // namespace malote::tools
