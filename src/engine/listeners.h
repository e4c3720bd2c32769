// Deliveries to processes that nothing can connect to, such as a program on a developer's machine:
// they come and ask.
//
// A listener is a trigger whose URL begins with "listener:". Its deliveries are rows like any
// others, signed, retried and counted in the same way; only the last step differs, so this stands
// between the dispatcher and the network. While nobody listens is_there() says so and they wait in
// the store. Processes ("instances") take them with poll() and tell with report() what came of
// them. Those of one listener share its deliveries; for a copy each, they use listeners of
// different names.
//
// An instance says with each poll what it holds: what got lost on the way to it is handed out again
// at once. One that was not heard of for kGone is gone; what it held goes to another, or back into
// the store, untried. So a delivery is handed out again only when its outcome was not heard, and
// then under the same id and attempt number, by which the instance knows what it has done already.
//
// Thread-safe. Callbacks are called without a lock held.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/triggers.h"
#include "ports/clock.h"
#include "ports/executor.h"
#include "ports/http_client.h"

namespace malote::engine {

bool is_listener_url(std::string_view url);

/// Makes the project's listener of that name, or changes it; in any case it is active afterwards.
/// Its secret is told each time: whoever may write triggers may replace it, too.
Result<CreatedTrigger> open_listener(const Context& context, Tx& tx, Effects& effects,
                                     ProjectNo project, std::string_view name, TriggerPatch wish);

class Listeners final : public HttpClient {
 public:
  /// A delivery's id and the number of the attempt.
  using AttemptId = std::pair<std::string, int>;
  using Handed = std::vector<std::pair<AttemptId, HttpRequest>>;
  using Answer = std::function<void(Handed)>;

  struct Poll {
    std::string url{};  // the listener's
    TriggerNo trigger{};
    std::string instance{};
    std::vector<AttemptId> holding{};
    int max = 1;    // to be handed out at once; 0 only says what is held
    Millis wait{};  // for the first of them; kLongestWait at most
  };

  /// `arrived` is told of a listener that was not there before: its lane may be looked at again.
  Listeners(const Clock& clock, HttpClient& network, Executor& executor,
            std::function<void(TriggerNo)> arrived)
      : clock_(clock), network_(network), executor_(executor), arrived_(std::move(arrived)) {}

  void start(HttpRequest request, Done done) override;
  bool is_there(std::string_view url) override;

  /// `answer` is called once: with deliveries, or with none when the time is up, a newer poll of
  /// the same instance came, or the gateway stops. Errc::overloaded when too many listen.
  Result<void> poll(Poll poll, Answer answer);

  /// The instance goes away; what it holds goes to another, or back into the store.
  void leave(std::string_view url, const std::string& instance);

  /// What came of an attempt. False where it is not known to be handed out: its outcome was heard
  /// already, or will be asked for again.
  bool report(std::string_view url, const AttemptId& id, HttpOutcome outcome);

  /// Answers polls whose time is up and lets go of what is gone. A few times a second.
  void tick();
  /// Gives everything back, and from then on is not there.
  void stop();

  static constexpr Millis kLongestWait{20'000};
  static constexpr Millis kGone{15'000};
  static constexpr std::size_t kMaxInstances = 64;  // of one listener
  static constexpr std::size_t kMaxListeners = 1000;

 private:
  struct Held {
    HttpRequest request{};
    Done done{};
    std::string instance{};
    Timestamp handed_at{};
  };
  struct Instance {
    Timestamp seen{};
    Timestamp answer_by{};
    int max = 1;
    Answer answer{};  // of a poll that waits
  };
  struct Box {
    std::deque<std::pair<AttemptId, Held>> waiting{};
    std::map<AttemptId, Held> held{};
    std::map<std::string, Instance> instances{};
  };
  using Calls = std::vector<std::function<void()>>;  // to be made once the lock is free

  void hand_out(Box& box, Calls& calls);
  static void take_back(Box& box, const std::function<bool(const AttemptId&, const Held&)>& which);
  void look_after(Box& box, Calls& calls);
  static void let_go(Box& box, Calls& calls);
  static void answer_with(Instance& instance, Handed handed, Timestamp now, Calls& calls);

  const Clock& clock_;
  HttpClient& network_;
  Executor& executor_;
  const std::function<void(TriggerNo)> arrived_;
  std::mutex mutex_;
  std::map<std::string, Box, std::less<>> boxes_;  // by URL; those that have an instance
  bool stopped_ = false;
};

}  // namespace malote::engine
