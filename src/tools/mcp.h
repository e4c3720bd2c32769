// What a client of the Model Context Protocol says and hears (https://modelcontextprotocol.io,
// streamable HTTP): JSON-RPC 2.0 messages by POST, answered as JSON or as server-sent events.
// Pure: nothing is sent here.
#pragma once

#include <string>
#include <string_view>

#include "ports/http_types.h"
#include "tools/outcome.h"
#include "tools/server.h"

namespace malote::tools {

/// The version that is asked for; a server may choose another one that is known.
inline constexpr std::string_view kMcpVersion = "2025-06-18";
bool is_mcp_version(std::string_view version);
/// The member of a call's `_meta` that holds the idempotency key of a write.
inline constexpr std::string_view kMcpIdempotencyKey = "malote/idempotency-key";

/// A request; without an id a notification. `params` is JSON.
std::string rpc_message(std::string_view id, std::string_view method, std::string_view params);

/// The response to the request `id` in an answer's body, which may hold other messages, too; empty
/// when it is not there.
std::string rpc_answer(std::string_view body, std::string_view id);

/// Tells when an event stream that may stay open has said what `id` waits for. To be asked with all
/// of the body after each piece of it; looks at every event once.
class AnswerWatch {
 public:
  explicit AnswerWatch(std::string_view id) : id_(id) {}
  bool operator()(std::string_view body);

 private:
  std::string id_;
  std::size_t looked_ = 0;
};

/// What came of tools/call, as interpret(). The body of a 2xx outcome is the JSON-RPC response or
/// empty. The data is structuredContent, else the text of the content (as JSON where it is), else
/// {"content": […]}. A result with isError is a refusal with its text.
ToolOutcome interpret_mcp(const Server& server, const Tool& tool, const HttpOutcome& outcome);

}  // namespace malote::tools
