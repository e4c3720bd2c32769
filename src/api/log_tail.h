// The stream of a project's tool calls, as they are logged: each when it is made, and once more
// when it ends if it was running then. One stream's; by the thread that polls streams.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "api/streams.h"
#include "engine/context.h"
#include "ports/session_store.h"

namespace malote::api {

/// A call as one entry of the log.
std::string encode_log(const ToolCall& call);

class LogTail {
 public:
  LogTail(const engine::Context& context, ToolCallFilter filter)
      : context_(context), filter_(std::move(filter)) {}

  /// As StreamPoll. What is there at the first look is not shown, but for the ends of calls that
  /// run still.
  Polled poll(ResponseStream& out);

 private:
  std::vector<ToolCall> some_calls(const ReadTx& tx, std::int64_t before) const;
  void begin(const ReadTx& tx);
  void note(const ToolCall& call);
  void add_ended(const ReadTx& tx, std::string& frames);
  void add_new(const ReadTx& tx, std::string& frames);
  void add(const ToolCall& call, std::string& frames) const;

  const engine::Context& context_;
  const ToolCallFilter filter_;
  std::int64_t seen_ = -1;            // the newest that was looked at; -1 before the first look
  std::set<std::int64_t> running_{};  // those among them whose end is to come
};

}  // namespace malote::api
