#include "engine/interrupted_calls.h"

#include <vector>

#include "tools/outcome.h"

namespace malote::engine {

namespace {

bool is_interrupted(const ToolCall& call, Timestamp before) {
  return call.status == CallStatus::running && !call.idempotency_key.empty() &&
         call.called_at <= before;
}

void find_interrupted(const ReadTx& tx, ProjectNo project, Timestamp before,
                      std::vector<ToolCall>& found) {
  constexpr int kAtOnce = 100;
  const ToolCallFilter filter{.project = project, .status = "running"};
  for (Page page{.limit = kAtOnce};;) {
    auto some = tx.tool_calls(filter, page);
    for (auto& call : some) {
      page.before = call.no.value;
      if (is_interrupted(call, before)) found.push_back(std::move(call));
    }
    if (some.size() < static_cast<std::size_t>(kAtOnce)) return;
  }
}

}  // namespace

Result<int> settle_interrupted(const Context& context, Timestamp before) {
  std::vector<ToolCall> found;
  MALOTE_CHECK_OK(context.store.read([&](const ReadTx& tx) -> Result<void> {
    for (const auto& project : tx.projects()) find_interrupted(tx, project.no, before, found);
    return {};
  }));
  if (found.empty()) return 0;
  const std::string output = tools::failure_data(
      "the gateway ended, or could not write, while the tool was being called; it may have "
      "happened",
      kInterrupted, 0);
  MALOTE_CHECK_OK(commit_and_wait(context, [&](Tx& tx, Effects&) -> Result<void> {
    for (const auto& one : found) {
      auto call = tx.tool_call(one.project, one.no);
      if (!call || !is_interrupted(*call, before)) continue;
      call->status = CallStatus::error;
      call->error_code = kInterrupted;
      call->output = output;
      tx.update_tool_call(*call);
    }
    return {};
  }));
  return static_cast<int>(found.size());
}

}  // namespace malote::engine
