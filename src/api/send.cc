// A message to a session is answered from the catalogue: codespar_discover finds the tool that
// fits, and the answer names it. No other tool is called, and no language model asked.
#include "api/send.h"

#include "api/decode.h"
#include "api/problem.h"
#include "api/streams.h"
#include "base/bytes.h"

namespace malote::api {

namespace {

constexpr std::size_t kMaxMessage = 16 * 1024;

void write_call(json::Writer& w, const ToolCall& call) {
  w.field("id", engine::text_of(call.no)).field("tool_name", call.tool);
  w.field("server_id", call.server_id);
  w.field("status", call.status == CallStatus::success ? "success" : "error");
  w.field("duration_ms", call.duration.count()).key("input").raw(call.input);
  w.key("output").raw(call.output.empty() ? "null" : call.output);
  w.field_or_null("error_code", std::string_view{call.error_code});
}

void write_reply(json::Writer& w, const SendReply& reply) {
  w.field("message", reply.answer).key("tool_calls").array().object();
  write_call(w, reply.call);
  w.end().end().field("iterations", 1);
}

/// In words, what codespar_discover found.
std::string answer_of(const ToolCall& call) {
  const auto found = json::Document::parse(call.output);
  if (!found || call.status != CallStatus::success)
    return "The catalogue of tools could not be searched.";
  const json::View best = found->root()["recommended"];
  if (!best.is_object())
    return "No tool of the catalogue fits this. Say it in other words, or look through all of "
           "them with codespar_list_tools.";
  const std::string name{best["tool_name"].as_string().value_or("")};
  std::string text = "The tool that fits best is " + name + ": " +
                     std::string{best["description"].as_string().value_or("")};
  for (const auto step : found->root()["next_steps"])
    text += " " + std::string{step.as_string().value_or("")};
  return text + " It was not called: that is for you to do.";
}

bool wants_events(const Call& call) {
  const auto* accept = find_header(call.request.headers, "Accept");
  return accept && to_lower(*accept).find("text/event-stream") != std::string::npos;
}

Response respond_with(const Call& call, const SendReply& reply) {
  if (!wants_events(call)) return json_response(200, encode_reply(reply));
  Response response{.content_type = "text/event-stream"};
  response.headers.emplace_back("Cache-Control", "no-cache, no-transform");
  for (const auto& frame : frames_of(reply)) response.body += frame;
  return response;
}

Result<std::string> decode_message(const Call& call) {
  MALOTE_TRY(const auto document, parse_body(call));
  BodyReader body{document.root()};
  body.require("message");
  auto message = body.text("message", 1, kMaxMessage);
  MALOTE_CHECK_OK(body.result());
  return *message;
}

}  // namespace

std::string encode_reply(const SendReply& reply) {
  json::Writer w;
  write_reply(w.object(), reply);
  return std::move(w.end()).text();
}

std::vector<std::string> frames_of(const SendReply& reply) {
  std::vector<std::string> frames;
  const auto add = [&](std::string_view type, auto&& write) {
    json::Writer w;
    write(w.object().field("type", type));
    frames.push_back(sse_frame(type, std::move(w.end()).text()));
  };
  const ToolCall& call = reply.call;
  add("user_message", [&](json::Writer& w) { w.field("content", reply.message); });
  add("tool_use", [&](json::Writer& w) {
    w.field("id", engine::text_of(call.no)).field("name", call.tool).key("input").raw(call.input);
  });
  add("tool_result", [&](json::Writer& w) {
    write_call(w, call);
    write_call(w.key("toolCall").object(), call);
    w.end();
  });
  add("assistant_text",
      [&](json::Writer& w) { w.field("content", reply.answer).field("iteration", 1); });
  add("done", [&](json::Writer& w) {
    write_reply(w, reply);
    write_reply(w.key("result").object(), reply);
    w.end();
  });
  return frames;
}

void send_message(Call call, Respond respond) {
  auto message = decode_message(call);
  if (!message) return respond(problem(message.error(), call.request_id));
  json::Writer input;
  input.object().field("use_case", *message).end();
  const auto shared = std::make_shared<Call>(std::move(call));
  shared->api.sessions.execute(
      shared->project(), shared->param(0),
      {.tool = "codespar_discover", .input = std::move(input).text()},
      [shared, message = std::move(*message),
       respond = std::move(respond)](const engine::CallAnswer& answer) {
        if (answer.error) return respond(problem(*answer.error, shared->request_id));
        const SendReply reply{
            .message = message, .answer = answer_of(answer.call), .call = answer.call};
        respond(identified(respond_with(*shared, reply), shared->request_id));
      });
}

}  // namespace malote::api
