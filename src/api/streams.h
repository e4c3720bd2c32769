// Server-sent events of things that change: each stream polls what it shows whenever a commit may
// have changed it, and says only what is new. Thread-safe.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "ports/clock.h"
#include "ports/http_types.h"

namespace malote::api {

/// One frame: "event: <name>\ndata: <json>\n\n", after "id: <id>\n" where there is one. `json` has
/// no line ends.
std::string sse_frame(std::string_view event, std::string_view json, std::string_view id = {});

/// What a poll found: the stream is over; all is said for now; or there is more to say at once.
enum class Polled { over, caught_up, more };

/// Asked for what is new. Writes to its own stream.
using StreamPoll = std::function<Polled(ResponseStream& out, Timestamp now)>;

class StatusStreams {
 public:
  explicit StatusStreams(const Clock& clock) : clock_(clock) {}

  /// The answer that begins the stream. `poll` is called at once, and then by tick().
  Response open(StreamPoll poll);

  /// Something was committed. Any thread, quick.
  void nudge() { nudged_ = true; }

  /// Polls what may have changed and sends heartbeats. By one thread, a few times a second.
  void tick();
  /// A tick() that is under way leaves the rest of them. Any thread.
  void end_soon() { ending_ = true; }
  /// Ends all streams. Not beside tick().
  void stop();

  static constexpr Millis kHeartbeat{15'000};
  static constexpr std::size_t kMaxStreams = 1000;

 private:
  struct Open;

  const Clock& clock_;
  std::vector<std::shared_ptr<Open>> open_;  // tick()'s own; polled without the lock
  std::mutex mutex_;                         // of what follows: held for moves only
  std::vector<std::shared_ptr<Open>> arrived_;
  std::size_t count_ = 0;  // of both
  std::atomic<bool> nudged_ = false;
  std::atomic<bool> ending_ = false;
  bool stopped_ = false;
};

}  // namespace malote::api
