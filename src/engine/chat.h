// A message to a session, answered by a language model behind an OpenAI-compatible chat endpoint:
// the model is asked with the session's tools as functions; what it wants called is called in the
// session as execute does, and told to it, until it answers. Nothing of a conversation is kept but
// the tool calls.
//
// answer() may be called on any thread; the rest happens on the thread of `self`, one thing after
// the other.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/chat_format.h"
#include "engine/sessions.h"

namespace malote::engine {

struct ChatSettings {
  std::string base_url{};  // "https://api.example.com/v1"; empty: there is no chat
  std::string model{};
  std::string system{};  // what the model is told first; may be empty
  Secret api_key{};      // may be empty: none is sent
  int max_iterations = 10;
  Millis timeout{60'000};  // of one answer of the model
};

/// Something that happened on the way: a text of the model, or a tool that was called.
struct ChatStep {
  int iteration = 0;
  std::string text{};
  std::optional<ToolCall> call{};
};

struct ChatEnd {
  std::string message{};
  std::vector<ToolCall> calls{};
  int iterations = 0;     // answers of the model
  bool aborted = false;   // at the limit of iterations, or because nobody listens any more
  std::string failure{};  // why it came to no end; empty when it did
};

struct ChatWish {
  ProjectNo project{};
  Session session{};
  std::string message{};
  std::string dedupe_key{};  // the n-th tool called for it has the key "<dedupe_key>#n"
  Millis time{55'000};       // for all of it
  std::function<bool(const ChatStep&)> on_step{};  // false: stop; may be empty
  std::function<void(ChatEnd)> done{};             // once, on the thread of `self`
};

class Chat {
 public:
  Chat(const Context& context, HttpClient& http, Executor& self, Sessions& sessions)
      : context_(context), http_(http), self_(self), sessions_(sessions) {}

  /// Once, before anything is answered.
  void set_up(ChatSettings settings) { settings_ = std::move(settings); }
  bool is_set_up() const { return !settings_.base_url.empty(); }

  void answer(ChatWish wish);

  /// Conversations end at their next step. By the thread of `self`.
  void stop() { stopped_ = true; }

 private:
  struct Talk;
  using TalkPtr = std::shared_ptr<Talk>;

  void ask(const TalkPtr& talk);
  void on_outcome(const TalkPtr& talk, const HttpOutcome& outcome);
  void next_call(const TalkPtr& talk);
  void on_call(const TalkPtr& talk, const CallAnswer& answer);
  bool report(const TalkPtr& talk, ChatStep step);
  void say(const TalkPtr& talk, const std::string& message);
  void fail_with(const TalkPtr& talk, const std::string& why);
  void end(const TalkPtr& talk);

  const Context& context_;
  HttpClient& http_;
  Executor& self_;
  Sessions& sessions_;
  ChatSettings settings_{};
  bool stopped_ = false;
};

}  // namespace malote::engine
