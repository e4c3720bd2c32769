#include "api/streams.h"

#include <utility>

#include "api/problem.h"
#include "base/json_writer.h"

namespace malote::api {

namespace {

/// Without a commit: for what changes with time alone.
constexpr Millis kLookAgain{1000};

}  // namespace

std::string sse_frame(std::string_view event, std::string_view json, std::string_view id) {
  std::string frame;
  if (!id.empty()) frame.append("id: ").append(id).append("\n");
  frame += "event: ";
  frame += event;
  frame += "\ndata: ";
  frame += json;
  frame += "\n\n";
  return frame;
}

struct StatusStreams::Open {
  StreamPoll poll{};
  std::shared_ptr<ResponseStream> out{};
  Timestamp beat_at{};
  Timestamp look_at{};
};

Response StatusStreams::open(StreamPoll poll) {
  {
    const std::lock_guard guard{mutex_};
    if (stopped_ || count_ >= kMaxStreams) {
      Response full = problem(
          make_error(Errc::overloaded, "too many streams are open; close some, or poll"), "");
      full.headers.emplace_back("Retry-After", "30");
      return full;
    }
  }
  const auto open = std::make_shared<Open>();
  open->poll = std::move(poll);
  Response response{.content_type = "text/event-stream"};
  response.headers.emplace_back("Cache-Control", "no-cache, no-transform");
  response.stream = [this, open](std::shared_ptr<ResponseStream> out) {
    const std::lock_guard guard{mutex_};
    if (stopped_ || count_ >= kMaxStreams) return out->close();
    open->out = std::move(out);
    open->beat_at = clock_.now() + kHeartbeat;
    arrived_.push_back(open);
    ++count_;
  };
  return response;
}

void StatusStreams::tick() {
  const Timestamp now = clock_.now();
  const bool changed = nudged_.exchange(false);
  {
    const std::lock_guard guard{mutex_};
    open_.insert(open_.end(), arrived_.begin(), arrived_.end());
    arrived_.clear();
  }
  std::erase_if(open_, [&](const std::shared_ptr<Open>& open) {
    if (ending_) return false;
    if (changed || now >= open->look_at) {
      const Polled polled = open->poll(*open->out, now);
      if (polled == Polled::over) return open->out->close(), true;
      open->look_at = polled == Polled::more ? now : now + kLookAgain;
    }
    if (now < open->beat_at) return false;
    open->beat_at = now + kHeartbeat;
    return !open->out->write(": heartbeat " + std::to_string(to_ms(now)) + "\n\n");
  });
  const std::lock_guard guard{mutex_};
  count_ = open_.size() + arrived_.size();
}

void StatusStreams::stop() {
  const std::lock_guard guard{mutex_};
  stopped_ = true;
  open_.insert(open_.end(), arrived_.begin(), arrived_.end());
  for (const auto& open : open_) open->out->close();
  open_.clear();
  arrived_.clear();
}

}  // namespace malote::api
