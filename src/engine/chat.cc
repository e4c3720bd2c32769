#include "engine/chat.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "base/json_writer.h"
#include "base/redact.h"

namespace malote::engine {

namespace {

constexpr std::size_t kMaxReply = 1024 * 1024;
constexpr std::size_t kMaxToolText = 32 * 1024;       // of a result, for the model
constexpr std::size_t kMaxTalk = 4 * 1024 * 1024;     // of all messages
constexpr std::size_t kMaxResults = 8 * 1024 * 1024;  // of all tools, for the client
constexpr std::size_t kMaxShown = 300;                // of the endpoint's answer in an error

}  // namespace

struct Chat::Talk {
  ChatWish wish{};
  ChatFunctions functions{};
  std::string messages{};  // JSON objects with commas between
  Timestamp deadline{};
  std::vector<ChatCall> calls{};  // of the last reply
  std::size_t next_call = 0;
  int called = 0;
  std::size_t results = 0;  // bytes
  ChatEnd end{};
};

void Chat::answer(ChatWish wish) {
  const auto talk = std::make_shared<Talk>();
  talk->wish = std::move(wish);
  self_.post([this, talk] {
    talk->deadline = context_.clock.now() + talk->wish.time;
    talk->functions = functions_of(tools_of(context_.tools, talk->wish.session.servers));
    if (!settings_.system.empty()) say(talk, chat_message("system", settings_.system));
    say(talk, chat_message("user", talk->wish.message));
    ask(talk);
  });
}

void Chat::say(const TalkPtr& talk, const std::string& message) {
  talk->messages += (talk->messages.empty() ? "" : ",") + message;
}

// --- the model -----------------------------------------------------------------------------------

void Chat::ask(const TalkPtr& talk) {
  if (talk->end.iterations >= settings_.max_iterations) {
    talk->end.aborted = true;
    talk->end.message += talk->end.message.empty() ? "" : "\n";
    talk->end.message += "The limit of " + std::to_string(settings_.max_iterations) +
                         " steps was reached before the work was done.";
    return end(talk);
  }
  const Millis left = std::min(talk->deadline - context_.clock.now(), talk->wish.time);
  if (left <= Millis{0}) return fail_with(talk, "there was no time left");
  if (talk->messages.size() > kMaxTalk) return fail_with(talk, "the conversation became too long");
  json::Writer w;
  w.object().field("model", settings_.model).key("messages").raw("[" + talk->messages + "]");
  if (!talk->functions.tools.empty()) w.key("tools").raw(talk->functions.json);
  HttpRequest request{.url = settings_.base_url + "/chat/completions",
                      .headers = {{"Content-Type", "application/json"}},
                      .body = std::move(w.end()).text(),
                      .timeout = std::min(left, settings_.timeout),
                      .response_limit = kMaxReply,
                      .response_kept = kMaxReply};
  if (!settings_.api_key.empty())
    request.headers.emplace_back("Authorization",
                                 "Bearer " + std::string{settings_.api_key.reveal()});
  http_.start(std::move(request), [this, talk](HttpOutcome outcome) {
    self_.post([this, talk, outcome = std::move(outcome)]() mutable {
      redact(outcome.body, settings_.api_key.reveal());
      on_outcome(talk, outcome);
    });
  });
}

void Chat::on_outcome(const TalkPtr& talk, const HttpOutcome& outcome) {
  if (outcome.status == 0)
    return fail_with(talk, "the chat endpoint did not answer: " + outcome.error);
  if (outcome.status < 200 || outcome.status > 299) {
    const std::string said = is_valid_utf8(outcome.body) ? outcome.body : "";
    return fail_with(talk, "the chat endpoint answered " + std::to_string(outcome.status) + ": " +
                               std::string{cut_text(said, kMaxShown)});
  }
  auto reply = parse_reply(outcome.body);
  if (!reply) return fail_with(talk, reply.error().message);
  ++talk->end.iterations;
  if (!reply->text.empty()) {
    talk->end.message = reply->text;
    if (!report(talk, {.text = reply->text})) return;
  }
  if (reply->calls.empty()) return end(talk);
  say(talk, reply->message);
  talk->calls = std::move(reply->calls);
  talk->next_call = 0;
  next_call(talk);
}

// --- what it wants called ------------------------------------------------------------------------

void Chat::next_call(const TalkPtr& talk) {
  if (talk->next_call >= talk->calls.size()) return ask(talk);
  if (talk->deadline <= context_.clock.now()) return fail_with(talk, "there was no time left");
  const ChatCall& call = talk->calls[talk->next_call];
  const auto told = [&](const std::string& fault) {
    say(talk, tool_message(call.id, fault));
    ++talk->next_call;
    next_call(talk);
  };
  const auto tool = talk->functions.tools.find(call.function);
  if (tool == talk->functions.tools.end()) return told("Error: there is no such tool.");
  const auto input = json::Document::parse(trim(call.arguments).empty() ? "{}" : call.arguments);
  if (!input || !input->root().is_object())
    return told("Error: the arguments are no JSON object; nothing was called.");
  const std::string& key = talk->wish.dedupe_key;
  sessions_.execute(
      talk->wish.project, talk->wish.session.id,
      {.tool = tool->second,
       .input = std::string{input->root().raw()},
       .dedupe_key = key.empty() ? "" : key + "#" + std::to_string(++talk->called)},
      [this, talk](CallAnswer answer) {
        self_.post([this, talk, answer = std::move(answer)] { on_call(talk, answer); });
      });
}

void Chat::on_call(const TalkPtr& talk, const CallAnswer& answer) {
  if (answer.error) return fail_with(talk, answer.error->message);
  std::string_view text = answer.body;
  if (!answer.refusal_code.empty()) text = answer.call.output;
  say(talk, tool_message(talk->calls[talk->next_call].id, cut_text(text, kMaxToolText)));
  ++talk->next_call;
  if (answer.call.no) {
    talk->results += answer.call.input.size() + answer.call.output.size();
    if (talk->results > kMaxResults)
      return fail_with(talk, "what the tools answered became too long");
    talk->end.calls.push_back(answer.call);
    if (!report(talk, {.call = answer.call})) return;
  }
  next_call(talk);
}

// --- the end -------------------------------------------------------------------------------------

/// False when the conversation ended here.
bool Chat::report(const TalkPtr& talk, ChatStep step) {
  step.iteration = talk->end.iterations;
  const bool listens = !talk->wish.on_step || talk->wish.on_step(step);
  if (listens && !stopped_) return true;
  talk->end.aborted = true;
  stopped_ ? fail_with(talk, "the gateway is stopping") : end(talk);
  return false;
}

void Chat::fail_with(const TalkPtr& talk, const std::string& why) {
  talk->end.failure = why;
  end(talk);
}

void Chat::end(const TalkPtr& talk) { talk->wish.done(std::move(talk->end)); }

}  // namespace malote::engine
