// A message to a session. Where a chat endpoint is configured, its model answers and may call the
// session's tools. Else it is answered from the catalogue: codespar_discover finds the tool that
// fits, and the answer names it; no other tool is called.
#include "api/send.h"

#include <mutex>
#include <utility>

#include "api/decode.h"
#include "api/problem.h"
#include "api/streams.h"
#include "base/bytes.h"
#include "engine/chat.h"

namespace malote::api {

namespace {

constexpr std::size_t kMaxMessage = 16 * 1024;
constexpr Millis kStreamTime{
    300'000};  // one answer's client gives up after a minute, not a stream's

void write_call(json::Writer& w, const ToolCall& call) {
  w.field("id", engine::text_of(call.no)).field("tool_name", call.tool);
  w.field("server_id", call.server_id);
  w.field("status", call.status == CallStatus::success ? "success" : "error");
  w.field("duration_ms", call.duration.count()).key("input").raw(call.input);
  w.key("output").raw(call.output.empty() ? "null" : call.output);
  w.field_or_null("error_code", std::string_view{call.error_code});
}

void write_calls(json::Writer& w, const SendReply& reply) {
  w.key("tool_calls").array();
  for (const auto& call : reply.calls) {
    write_call(w.object(), call);
    w.end();
  }
  w.end().field("iterations", reply.iterations);
}

void write_reply(json::Writer& w, const SendReply& reply) {
  w.field("message", reply.message);
  write_calls(w, reply);
  if (reply.aborted) w.field("aborted", true);
}

template <class Write>
std::string frame_of(std::string_view type, Write write) {
  json::Writer w;
  write(w.object().field("type", type));
  return sse_frame(type, std::move(w.end()).text());
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

Result<std::string> decode_message(const Call& call) {
  MALOTE_TRY(const auto document, parse_body(call));
  BodyReader body{document.root()};
  body.require("message");
  auto message = body.text("message", 1, kMaxMessage);
  MALOTE_CHECK_OK(body.result());
  return *message;
}

struct Sent {
  Call call;
  std::string message{};
  Respond respond{};
};
using SentPtr = std::shared_ptr<Sent>;

// --- from the catalogue --------------------------------------------------------------------------

Response respond_with(const Sent& sent, const ToolCall& call) {
  const SendReply reply{.message = answer_of(call), .calls = {call}};
  if (!wants_events(sent.call)) return json_response(200, encode_reply(reply));
  Response response{.content_type = "text/event-stream"};
  response.headers.emplace_back("Cache-Control", "no-cache, no-transform");
  response.body = user_frame(sent.message) + call_frames(call) + text_frame(reply.message, 1) +
                  done_frame(reply);
  return response;
}

void answer_from_catalogue(const SentPtr& sent) {
  json::Writer input;
  input.object().field("use_case", sent->message).end();
  const Call& call = sent->call;
  call.api.sessions.execute(call.project(), call.param(0),
                            {.tool = "codespar_discover", .input = std::move(input).text()},
                            [sent](const engine::CallAnswer& answer) {
                              const std::string& id = sent->call.request_id;
                              if (answer.error) return sent->respond(problem(*answer.error, id));
                              sent->respond(identified(respond_with(*sent, answer.call), id));
                            });
}

// --- by a model ----------------------------------------------------------------------------------

/// Frames on their way from the conversation to the stream.
class FrameQueue {
 public:
  /// False when the client is gone.
  bool push(const std::string& frames, bool is_last = false) {
    const std::lock_guard guard{mutex_};
    frames_ += frames;
    is_over_ = is_over_ || is_last;
    return !is_gone_;
  }
  /// False when the stream is over.
  bool drain(ResponseStream& out) {
    std::string frames;
    bool is_over = false;
    {
      const std::lock_guard guard{mutex_};
      frames.swap(frames_);
      is_over = is_over_;
    }
    const bool taken = frames.empty() || out.write(std::move(frames));
    const std::lock_guard guard{mutex_};
    is_gone_ = !taken;
    return taken && !is_over;
  }

 private:
  std::mutex mutex_;
  std::string frames_{};
  bool is_over_ = false;
  bool is_gone_ = false;
};

SendReply reply_of(engine::ChatEnd end) {
  return {.message = end.failure.empty() ? std::move(end.message) : std::move(end.failure),
          .calls = std::move(end.calls),
          .iterations = end.iterations,
          .aborted = end.aborted};
}

constexpr std::string_view kFailed = "chat_loop_failed";

void answer_in_one_piece(const SentPtr& sent, engine::ChatWish wish) {
  wish.done = [sent](engine::ChatEnd end) {
    const bool failed = !end.failure.empty();
    const SendReply reply = reply_of(std::move(end));
    const std::string& id = sent->call.request_id;
    sent->respond(identified(failed ? json_response(500, encode_failure(reply, id))
                                    : json_response(200, encode_reply(reply)),
                             id));
  };
  sent->call.api.chat->answer(std::move(wish));
}

void answer_by_events(const SentPtr& sent, engine::ChatWish wish) {
  StatusStreams& streams = sent->call.api.streams;
  const auto queue = std::make_shared<FrameQueue>();
  queue->push(user_frame(sent->message));
  Response response = streams.open([queue](ResponseStream& out, Timestamp) {
    return queue->drain(out) ? Polled::caught_up : Polled::over;
  });
  const bool is_open = response.status == 200;
  sent->respond(identified(std::move(response), sent->call.request_id));
  if (!is_open) return;
  wish.time = kStreamTime;
  wish.on_step = [queue, &streams](const engine::ChatStep& step) {
    const bool listens =
        queue->push(step.call ? call_frames(*step.call) : text_frame(step.text, step.iteration));
    streams.nudge();
    return listens;
  };
  wish.done = [queue, &streams](engine::ChatEnd end) {
    const bool failed = !end.failure.empty();
    const SendReply reply = reply_of(std::move(end));
    queue->push(failed ? error_frame(kFailed, reply.message) : done_frame(reply), true);
    streams.nudge();
  };
  sent->call.api.chat->answer(std::move(wish));
}

/// On a worker: reads the session.
void answer_by_model(const SentPtr& sent) {
  const Call& call = sent->call;
  engine::ChatWish wish{.project = call.project(), .message = sent->message};
  const auto found = call.api.context.store.read([&](const ReadTx& tx) -> Result<void> {
    MALOTE_TRY(wish.session, call.api.sessions.get(tx, call.project(), call.param(0)));
    if (wish.session.status == SessionStatus::active) return {};
    return fail(Errc::session_not_active, "the session is closed; create another one");
  });
  if (!found) return sent->respond(problem(found.error(), call.request_id));
  const auto* key = find_header(call.request.headers, "Idempotency-Key");
  if (key) wish.dedupe_key = *key;
  constexpr std::size_t kRoom = 8;  // for what the conversation adds to it
  if (wish.dedupe_key.size() + kRoom > kMaxIdempotencyKey) {
    return sent->respond(
        problem(make_issue(Errc::invalid_body, "Idempotency-Key", "is longer than 247 bytes"),
                call.request_id));
  }
  return wants_events(call) ? answer_by_events(sent, std::move(wish))
                            : answer_in_one_piece(sent, std::move(wish));
}

}  // namespace

std::string encode_reply(const SendReply& reply) {
  json::Writer w;
  write_reply(w.object(), reply);
  return std::move(w.end()).text();
}

std::string encode_failure(const SendReply& reply, const std::string& request_id) {
  json::Writer w;
  w.object().field("error", kFailed).field("code", kFailed).field("message", reply.message);
  write_calls(w, reply);
  return std::move(w.field("status", 500).field("request_id", request_id).end()).text();
}

std::string user_frame(std::string_view message) {
  return frame_of("user_message", [&](json::Writer& w) { w.field("content", message); });
}

std::string call_frames(const ToolCall& call) {
  const auto use = frame_of("tool_use", [&](json::Writer& w) {
    w.field("id", engine::text_of(call.no)).field("name", call.tool).key("input").raw(call.input);
  });
  return use + frame_of("tool_result", [&](json::Writer& w) {
           write_call(w, call);
           write_call(w.key("toolCall").object(), call);
           w.end();
         });
}

std::string text_frame(std::string_view text, int iteration) {
  return frame_of("assistant_text",
                  [&](json::Writer& w) { w.field("content", text).field("iteration", iteration); });
}

std::string done_frame(const SendReply& reply) {
  return frame_of("done", [&](json::Writer& w) {
    write_reply(w, reply);
    write_reply(w.key("result").object(), reply);
    w.end();
  });
}

std::string error_frame(std::string_view code, std::string_view message) {
  return frame_of("error",
                  [&](json::Writer& w) { w.field("error", code).field("message", message); });
}

void send_message(Call call, Respond respond) {
  auto message = decode_message(call);
  if (!message) return respond(problem(message.error(), call.request_id));
  Api& api = call.api;
  const auto sent =
      std::make_shared<Sent>(Sent{std::move(call), std::move(*message), std::move(respond)});
  if (!api.chat || !api.chat->is_set_up()) return answer_from_catalogue(sent);
  api.workers.post([sent] { answer_by_model(sent); });
}

}  // namespace malote::api
