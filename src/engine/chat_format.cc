#include "engine/chat_format.h"

#include "base/bytes.h"
#include "base/json_writer.h"

namespace malote::engine {

namespace {

constexpr std::size_t kMaxName = 64;
constexpr std::size_t kMaxDescription = 1024;

std::string function_name(std::string name) {
  constexpr std::string_view kLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
  for (char& c : name) {
    if (kLetters.find(c) == std::string_view::npos) c = '_';
  }
  return name.substr(0, kMaxName);
}

std::string text_or_empty(json::View value) { return std::string{value.as_string().value_or("")}; }

/// A text of JSON; some endpoints write the object itself.
std::string arguments_of(json::View value) {
  return value.is_object() ? std::string{value.raw()} : text_or_empty(value);
}

Unexpected bad_reply(const std::string& why) {
  return fail(Errc::invalid_body, "the chat endpoint's answer " + why);
}

/// The assistant's message as it goes back to the endpoint.
std::string message_of(const ChatReply& reply) {
  json::Writer w;
  w.object().field("role", "assistant").field_or_null("content", std::string_view{reply.text});
  if (!reply.calls.empty()) w.key("tool_calls").array();
  for (const auto& call : reply.calls) {
    w.object().field("id", call.id).field("type", "function").key("function").object();
    w.field("name", call.function).field("arguments", call.arguments).end().end();
  }
  if (!reply.calls.empty()) w.end();
  return std::move(w.end()).text();
}

}  // namespace

ChatFunctions functions_of(const std::vector<AnyTool>& tools) {
  ChatFunctions functions;
  json::Writer w;
  w.array();
  for (const auto& tool : tools) {
    if (functions.tools.size() >= kMaxFunctions) break;
    const std::string name = function_name(tool.call_name());
    if (!functions.tools.emplace(name, tool.name()).second) continue;
    w.object().field("type", "function").key("function").object().field("name", name);
    w.field("description", cut_text(tool.description(), kMaxDescription));
    w.key("parameters").raw(tool.input_schema()).end().end();
  }
  functions.json = std::move(w.end()).text();
  return functions;
}

std::string chat_message(std::string_view role, std::string_view content) {
  json::Writer w;
  return std::move(w.object().field("role", role).field("content", content).end()).text();
}

std::string tool_message(std::string_view call_id, std::string_view content) {
  json::Writer w;
  w.object().field("role", "tool").field("tool_call_id", call_id).field("content", content);
  return std::move(w.end()).text();
}

Result<ChatReply> parse_reply(std::string_view body) {
  const auto document = json::Document::parse(body);
  if (!document) return bad_reply("is no JSON");
  const json::View message = document->root()["choices"].at(0)["message"];
  if (!message.is_object()) return bad_reply("holds no choices[0].message");
  ChatReply reply{.text = text_or_empty(message["content"])};
  for (const auto entry : message["tool_calls"]) {
    const json::View function = entry["function"];
    ChatCall call{.id = text_or_empty(entry["id"]),
                  .function = text_or_empty(function["name"]),
                  .arguments = arguments_of(function["arguments"])};
    if (call.id.empty() || call.function.empty())
      return bad_reply("holds a tool call without an id or a name");
    reply.calls.push_back(std::move(call));
  }
  if (reply.calls.size() > kMaxChatCalls)
    return bad_reply("asks for more than " + std::to_string(kMaxChatCalls) + " tools at once");
  if (reply.text.empty() && reply.calls.empty()) return bad_reply("says nothing");
  reply.message = message_of(reply);
  return reply;
}

}  // namespace malote::engine
