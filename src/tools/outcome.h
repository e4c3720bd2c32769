// What came of a tool's call, from the HTTP outcome: whether it happened, may be tried again or
// elsewhere, and the data for the caller. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/json.h"
#include "base/time.h"
#include "ports/http_types.h"
#include "tools/server.h"

namespace malote::tools {

enum class Fate : std::uint8_t {
  success,
  refused,       // definite: the provider said no, nothing happened
  unauthorized,  // the same, for the credentials or the token (401)
  retryable,     // nothing happened, or the tool is safe: may be tried again later
  unknown,       // it may have happened: time-out, cut connection, 5xx of a write
};

std::string_view word(Fate fate);  // "success", "refused", …

struct ToolOutcome {
  Fate fate = Fate::success;
  std::string data{"{}"};  // JSON; on failure an object {error, code, status, details?}
  std::string error{};     // empty on success: "Asaas API 400: …"
  std::optional<Millis> retry_after{};
};

/// Never fails: an empty answer is {}, one that is no JSON is {"text": …}, bytes that are no text
/// {"base64": …}.
ToolOutcome interpret(const Server& server, const Tool& tool, json::View input,
                      const HttpOutcome& outcome);

/// A tool of a built-in server ("malote/echo", "malote/fail").
ToolOutcome call_builtin(const Tool& tool, json::View input);

/// The data of a failure: {"error", "code", "status"?, "details"?}; status 0 and empty details are
/// left out.
std::string failure_data(std::string_view error, std::string_view code, int status,
                         std::string_view details_json = {});

}  // namespace malote::tools
