#include "api/streams.h"

#include <utility>

#include "api/problem.h"
#include "base/json_writer.h"

namespace malote::api {

std::string sse_frame(std::string_view event, std::string_view json) {
  std::string frame = "event: ";
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
  Timestamp look_at{};  // without a commit: what changes with time alone
};

Response StatusStreams::open(StreamPoll poll) {
  const auto open = std::make_shared<Open>();
  open->poll = std::move(poll);
  Response response{.content_type = "text/event-stream"};
  response.headers.emplace_back("Cache-Control", "no-cache, no-transform");
  response.stream = [this, open](std::shared_ptr<ResponseStream> out) {
    const std::lock_guard guard{mutex_};
    if (stopped_ || open_.size() >= kMaxStreams) return out->close();
    open->out = std::move(out);
    open->beat_at = clock_.now() + kHeartbeat;
    open_.push_back(open);
    nudged_ = true;
  };
  return response;
}

void StatusStreams::tick() {
  const Timestamp now = clock_.now();
  const bool changed = nudged_.exchange(false);
  const std::lock_guard guard{mutex_};
  std::erase_if(open_, [&](const std::shared_ptr<Open>& open) {
    if (changed || now >= open->look_at) {
      open->look_at = now + Millis{1000};
      if (!open->poll(*open->out, now)) return open->out->close(), true;
    }
    if (now < open->beat_at) return false;
    open->beat_at = now + kHeartbeat;
    return !open->out->write(": heartbeat " + std::to_string(to_ms(now)) + "\n\n");
  });
}

void StatusStreams::stop() {
  const std::lock_guard guard{mutex_};
  stopped_ = true;
  for (const auto& open : open_) open->out->close();
  open_.clear();
}

}  // namespace malote::api
