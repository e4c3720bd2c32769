// Inbox mode: the event is kept in a local SQLite file and answered at once; handlers run from
// there, again after a failure, and what never succeeds is parked for a person.
//
//   auto inbox = std::make_shared<Inbox>("inbox.db");
//   auto hooks = WebhookHandler::Builder{"standard"}.secret(…).on(…).inbox(inbox).build();
//
// The file outlives the process: events that were answered with 200 and not handled are handled
// after the next start. One process per file.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "malote/receiver/event.h"
#include "malote/receiver/verifier.h"

namespace malote::receiver {

struct InboxOptions {
  /// Before each further try; after the last one the event is parked.
  std::vector<std::chrono::seconds> retries{std::chrono::seconds{5}, std::chrono::seconds{30},
                                            std::chrono::minutes{2}, std::chrono::minutes{10},
                                            std::chrono::hours{1},   std::chrono::hours{6}};
  std::chrono::seconds keep_done{7 * 24 * 3600};  // as long as copies are recognised
  Clock clock = system_clock;
};

struct ParkedEvent {
  Event event{};
  std::string reason{};
  int attempts = 0;
};

class Inbox {
 public:
  /// Throws std::runtime_error when the file cannot be opened or is in use.
  explicit Inbox(const std::string& path, InboxOptions options = {});
  ~Inbox();

  /// True when it is new; it is on disk then. Throws when it cannot be kept.
  bool append(const Event& event);

  /// What handling came to.
  struct Result {
    enum class Kind { done, failed, parked } kind{};
    std::string reason{};
    std::chrono::seconds after{0};  // failed: not before
  };
  using Handle = std::function<Result(const Event&, int attempt)>;
  /// Handles what is due, one event after the other; false when nothing was. WebhookHandler calls
  /// this from a thread of its own.
  bool work(const Handle& handle);
  /// Waits until there may be something to do, at most a second.
  void wait();
  void interrupt();  // ends a wait()

  std::vector<ParkedEvent> parked(int limit = 100) const;
  /// Handles a parked event again; false when no parked event has this key.
  bool retry(std::string_view key);
  std::int64_t waiting() const;  // events that are neither done nor parked

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace malote::receiver
