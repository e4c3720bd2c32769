// Sessions and the tool calls made in them. Every call is a row before it is made, so that it can
// be seen, answered again when it is repeated, and gone on with after a crash.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/meta_builtin.h"
#include "engine/tool_caller.h"

namespace malote::engine {

struct SessionWish {
  std::string user_id{};
  std::vector<std::string> servers{};
  std::string metadata{"{}"};
  std::string mocks{};  // JSON object, checked by check_mocks(); empty for none
};

struct CallWish {
  std::string tool{};
  std::string input{"{}"};   // a JSON object
  std::string dedupe_key{};  // the caller's: a repeated call is answered, not made again
};

/// What became of a call, for the API.
struct CallAnswer {
  std::optional<Error> error{};  // it was not made: unknown or closed session, conflict
  std::string body{};            // the tool result as JSON
  std::string refusal_code{};    // a mock's refusal of a provider tool: the body is its data
  ToolCall call{};               // no 0: nothing was logged
};

class Sessions {
 public:
  using Done = std::function<void(CallAnswer)>;

  Sessions(const Context& context, ToolCaller& caller) : context_(context), caller_(caller) {}

  Result<Session> create(Tx& tx, ProjectNo project, const SessionWish& wish) const;
  /// Idempotent. Raises session.closed.
  Result<Session> close(Tx& tx, Effects& effects, ProjectNo project, std::string_view id) const;
  Result<Session> get(const ReadTx& tx, ProjectNo project, std::string_view id) const;

  /// Any thread; `done` is called once, on some other thread or this one.
  void execute(ProjectNo project, std::string session_id, CallWish wish, Done done);

  /// A call that the client made itself and only records.
  Result<ToolCall> record(Tx& tx, ProjectNo project, std::string_view session_id,
                          ToolCall call) const;

 private:
  struct Begun;
  Result<void> begin(Tx& tx, Begun& begun) const;
  bool consume_mock(Tx& tx, Session& session, Begun& begun) const;
  bool was_interrupted(const Begun& begun) const;
  void carry_out(const std::shared_ptr<Begun>& begun);
  void call_builtin(const std::shared_ptr<Begun>& begun);
  void finish(const std::shared_ptr<Begun>& begun, ToolResult result);
  bool join(const std::shared_ptr<Begun>& begun);
  void answer(const std::shared_ptr<Begun>& begun);

  const Context& context_;
  ToolCaller& caller_;
  std::mutex mutex_;
  // Calls under way, by number: whoever repeats one waits for it.
  std::map<std::int64_t, std::vector<std::shared_ptr<Begun>>> running_;
};

/// The first thing wrong with a session's mocks: an issue with its JSON pointer. Never names what
/// was submitted.
Result<void> check_mocks(json::View mocks);
inline constexpr std::size_t kMaxMocks = 65'536;  // UTF-16 code units of the compact form

/// Whether the session's calls are answered by its mocks, and reach no provider.
bool is_mocked(const Session& session);

inline std::string text_of(ToolCallNo no) { return "tc_" + std::to_string(no.value); }
/// "tc_17" or "17".
std::optional<ToolCallNo> parse_tool_call_no(std::string_view text);

}  // namespace malote::engine
