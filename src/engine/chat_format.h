// The form of an OpenAI-compatible chat endpoint (POST …/chat/completions): tools as functions, a
// conversation as messages, what the model answered. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/tool_search.h"

namespace malote::engine {

/// Tools as functions. A function's name takes 1-64 letters, digits, "_" and "-", so names are
/// written in that form; what would come twice is left out.
struct ChatFunctions {
  std::string json{"[]"};                                   // the list that the endpoint takes
  std::map<std::string, std::string, std::less<>> tools{};  // a tool's name by its function's
};
inline constexpr std::size_t kMaxFunctions = 128;  // that such endpoints take
ChatFunctions functions_of(const std::vector<AnyTool>& tools);

std::string chat_message(std::string_view role, std::string_view content);
std::string tool_message(std::string_view call_id, std::string_view content);

/// What the model wants called.
struct ChatCall {
  std::string id{}, function{}, arguments{};  // arguments: JSON as the model wrote it
};

struct ChatReply {
  std::string text{};
  std::vector<ChatCall> calls{};
  std::string message{};  // for the conversation: the assistant's message with its calls
};
inline constexpr std::size_t kMaxChatCalls = 16;  // of one reply

/// Errors (Errc::invalid_body) say what is wrong with the answer.
Result<ChatReply> parse_reply(std::string_view body);

}  // namespace malote::engine
