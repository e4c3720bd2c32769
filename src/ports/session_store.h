// What the store knows of sessions and tool calls: part of ReadTx and Tx (ports/store.h).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/session.h"
#include "ports/page.h"

namespace malote {

struct SessionFilter {
  ProjectNo project{};
  std::string status{}, user_id{};
};

struct ToolCallFilter {
  ProjectNo project{};
  SessionNo session{};
  std::string server_id{}, tool{}, status{};
  Timestamp since{};  // by called_at
};

class SessionReads {
 public:
  virtual ~SessionReads() = default;
  virtual std::optional<Session> session(ProjectNo project, std::string_view id) const = 0;
  virtual std::vector<Session> sessions(const SessionFilter& filter, Page page) const = 0;
  virtual std::optional<ToolCall> tool_call(ProjectNo project, ToolCallNo no) const = 0;
  virtual std::optional<ToolCall> tool_call_by_dedupe(ProjectNo project,
                                                      std::string_view key) const = 0;
  virtual std::vector<ToolCall> tool_calls(const ToolCallFilter& filter, Page page) const = 0;
  virtual std::int64_t count_tool_calls(const ToolCallFilter& filter) const = 0;
};

class SessionWrites {
 public:
  virtual ~SessionWrites() = default;
  virtual void insert_session(Session& session) = 0;  // assigns no
  virtual void update_session(const Session& session) = 0;
  virtual void insert_tool_call(ToolCall& call) = 0;  // assigns no
  virtual void update_tool_call(const ToolCall& call) = 0;
};

}  // namespace malote
