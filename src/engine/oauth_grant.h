// What a token endpoint answers (RFC 6749), as the credentials of a connection. Pure.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/secret.h"
#include "ports/http_types.h"
#include "tools/server.h"

namespace malote::engine {

/// What the provider knows the gateway as.
struct OAuthClient {
  std::string client_id{};
  Secret client_secret{};
  std::string authorize_url{}, token_url{};
  std::string scopes{};  // asked for where the caller names none; separated by spaces
};
using OAuthClients = std::map<std::string, OAuthClient, std::less<>>;  // by server id

using FormPairs = std::vector<std::pair<std::string_view, std::string_view>>;
/// application/x-www-form-urlencoded; pairs without a value are left out.
std::string form_of(const FormPairs& pairs);

/// A request to the client's token endpoint; adds who asks.
HttpRequest token_request(const OAuthClient& client, FormPairs pairs);

struct Granted {
  std::string credentials{};  // JSON; secret
  Timestamp expires_at{};     // epoch: nobody says
};

/// The token as the credentials that the server's templates ask for: under its own names and, for
/// a server that calls its one credential something else, under that. What `before` has and the
/// answer has not (such as the refresh token) stays. Errors (Errc::unauthorized) say what the
/// endpoint answered, without secrets.
Result<Granted> read_grant(const tools::Server* server, const HttpOutcome& outcome, Timestamp now,
                           json::View before = {});

/// The grant is gone for good (invalid_grant): the user has to connect again.
bool is_revoked_grant(const HttpOutcome& outcome);

}  // namespace malote::engine
