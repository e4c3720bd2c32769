// What becomes of a message sent to a session, as the frames of the streamed form.
#pragma once

#include <string>
#include <vector>

#include "model/session.h"

namespace malote::api {

struct SendReply {
  std::string message{};  // what the client sent
  std::string answer{};   // what it is told
  ToolCall call{};        // the call that was made for it
};

/// {"message","tool_calls","iterations"}: the answer in one piece.
std::string encode_reply(const SendReply& reply);

/// Server-sent events, complete frames in order. Each says its kind twice, in the event's name and
/// as "type", for clients read one or the other.
std::vector<std::string> frames_of(const SendReply& reply);

}  // namespace malote::api
