// A session: what a client of the API calls tools in. A tool call is one such call, kept for people
// and programs to look at, and so that a repeated one is answered instead of done again.
#pragma once

#include <string>
#include <vector>

#include "base/ids.h"
#include "base/time.h"

namespace malote {

enum class SessionStatus : std::uint8_t { active, closed };
std::string_view word(SessionStatus status);

struct Session {
  SessionNo no{};
  std::string id{};  // ses_ + 16
  ProjectNo project{};
  std::string user_id{};
  std::vector<std::string> servers{};
  std::string metadata{"{}"};       // JSON object of texts
  std::string mocks{};              // JSON object by tool; empty for none
  std::string mock_counters{"{}"};  // JSON object: tool → how many of its mocks were used
  SessionStatus status = SessionStatus::active;
  Timestamp created_at{};
  Timestamp closed_at{};
  Timestamp last_used_at{};
  std::int64_t tool_calls = 0;
};

enum class CallStatus : std::uint8_t { running, success, error };
std::string_view word(CallStatus status);

struct ToolCall {
  ToolCallNo no{};  // outside: tc_<no>
  ProjectNo project{};
  SessionNo session{};
  std::string session_id{};
  std::string server_id{};
  std::string tool{};
  CallStatus status = CallStatus::running;
  Millis duration{};
  std::string error_code{};
  std::string input{"{}"};  // JSON
  std::string output{};     // JSON; empty while it runs
  std::string result{};     // the whole answer as JSON, for who asks again; empty while it runs
  std::string routing{};    // JSON: which routes were tried; empty for none
  std::string idempotency_key{};  // handed to the provider
  std::string dedupe_key{};       // the caller's own; unique in the project; may be empty
  std::string fingerprint{};      // of tool and input, when there is a dedupe_key
  Timestamp called_at{};
};

}  // namespace malote
