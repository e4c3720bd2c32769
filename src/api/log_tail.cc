#include "api/log_tail.h"

#include <algorithm>

#include "api/codec.h"
#include "engine/sessions.h"

namespace malote::api {

namespace {

constexpr int kAtOnce = 100;
constexpr std::size_t kMaxRunning = 1000;  // those that clients record may run for ever

}  // namespace

std::string encode_log(const ToolCall& call) {
  json::Writer w;
  w.object().field("id", engine::text_of(call.no)).field("tool", call.tool);
  w.field("server", call.server_id).field("status", word(call.status));
  w.field("duration_ms", call.duration.count()).field("session_id", call.session_id);
  write_time(w, "called_at", call.called_at);
  w.field_or_null("error", std::string_view{call.error_code});
  return std::move(w.end()).text();
}

Polled LogTail::poll(ResponseStream& out) {
  std::string frames;
  const auto read = context_.store.read([&](const ReadTx& tx) -> Result<void> {
    if (seen_ < 0) {
      begin(tx);
      frames = ": connected\n\n";
    } else {
      add_ended(tx, frames);
      add_new(tx, frames);
    }
    return {};
  });
  if (!read) return Polled::caught_up;  // the next commit asks again
  const bool listens = frames.empty() || out.write(std::move(frames));
  return listens ? Polled::caught_up : Polled::over;
}

/// Newest first. What a call matches may change while it runs, so none is passed over here.
std::vector<ToolCall> LogTail::some_calls(const ReadTx& tx, std::int64_t before) const {
  return tx.tool_calls({.project = filter_.project}, {.limit = kAtOnce, .before = before});
}

void LogTail::begin(const ReadTx& tx) {
  seen_ = 0;
  for (const auto& call : some_calls(tx, 0)) note(call);
}

void LogTail::note(const ToolCall& call) {
  seen_ = std::max(seen_, call.no.value);
  if (call.status == CallStatus::running) running_.insert(call.no.value);
  if (running_.size() > kMaxRunning) running_.erase(running_.begin());
}

void LogTail::add_ended(const ReadTx& tx, std::string& frames) {
  for (auto at = running_.begin(); at != running_.end();) {
    const auto call = tx.tool_call(filter_.project, ToolCallNo{*at});
    const bool runs = call && call->status == CallStatus::running;
    if (call && !runs) add(*call, frames);
    at = runs ? std::next(at) : running_.erase(at);
  }
}

void LogTail::add_new(const ReadTx& tx, std::string& frames) {
  std::vector<ToolCall> fresh;
  bool is_more = true;
  for (std::int64_t before = 0; is_more;) {
    auto some = some_calls(tx, before);
    is_more = some.size() == static_cast<std::size_t>(kAtOnce) && some.back().no.value > seen_;
    if (is_more) before = some.back().no.value;
    for (auto& call : some) {
      if (call.no.value <= seen_) break;
      call.input = call.output = call.result = call.routing = {};  // large, and not shown
      fresh.push_back(std::move(call));
    }
  }
  for (auto call = fresh.rbegin(); call != fresh.rend(); ++call) {
    note(*call);
    add(*call, frames);
  }
}

void LogTail::add(const ToolCall& call, std::string& frames) const {
  const bool fits = (filter_.server_id.empty() || filter_.server_id == call.server_id) &&
                    (filter_.tool.empty() || filter_.tool == call.tool) &&
                    (filter_.status.empty() || filter_.status == word(call.status));
  if (fits) frames += "data: " + encode_log(call) + "\n\n";
}

}  // namespace malote::api
