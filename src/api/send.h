// What becomes of a message sent to a session, in one piece or as the frames of the streamed form.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/session.h"

namespace malote::api {

struct SendReply {
  std::string message{};          // what the client is told in the end
  std::vector<ToolCall> calls{};  // that were made for it
  int iterations = 1;
  bool aborted = false;  // it ended before the work was done
};

/// {"message","tool_calls","iterations"}: the answer in one piece.
std::string encode_reply(const SendReply& reply);

/// {"error","code","message","tool_calls","iterations","status","request_id"} of a reply that
/// failed; its message says why.
std::string encode_failure(const SendReply& reply, const std::string& request_id);

// Server-sent events, complete frames. Each says its kind twice, in the event's name and as "type",
// for clients read one or the other.
std::string user_frame(std::string_view message);
std::string call_frames(const ToolCall& call);  // that it was made, and what came of it
std::string text_frame(std::string_view text, int iteration);
std::string done_frame(const SendReply& reply);
std::string error_frame(std::string_view code, std::string_view message);

}  // namespace malote::api
