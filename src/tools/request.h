// From a tool and its input to the HTTP request. Pure: nothing is sent here.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "ports/http_types.h"
#include "tools/server.h"
#include "tools/token.h"

namespace malote::tools {

/// What a connection brings to a call. Views must outlive the call.
struct Account {
  json::View credentials{};  // the connection's secret: an object, or a text that stands for the
                             // first credential
  json::View metadata{};     // the connection's metadata: an object or absent
  std::string base_url{};    // when set, replaces scheme, host and port of every URL of the
                             // server; its own path comes before theirs
  std::string token{};       // tools/token.h, where the server needs one
  bool livemode = true;
};

/// The request for one call. `idempotency_key` may be empty: none is sent then. Errors:
/// Errc::invalid_body with an issue per fault of the input (pointers into it); Errc::param_missing
/// where a credential or a member of the connection's metadata is not there, named by the issue.
/// The URL, headers and body may hold secrets. Timeout and limits are left to the caller.
Result<HttpRequest> build_request(const Server& server, const Tool& tool, json::View input,
                                  const Account& account, std::string_view idempotency_key);

/// The request that fetches the server's token. REQUIRES: server.needs_token().
Result<HttpRequest> build_token_request(const Server& server, const Account& account);

/// What its answer is called. REQUIRES: server.needs_token().
TokenAnswer token_answer_of(const Server& server);

}  // namespace malote::tools
