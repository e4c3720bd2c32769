// The other end of engine/listeners.h: asks a gateway for a listener's deliveries, posts each to a
// local program and reports what came of it. What was made is noted in a journal before it is
// reported, so neither an end of this process nor of the gateway makes it twice.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "app/cli_output.h"
#include "app/listen_journal.h"

namespace malote::app {

struct ListenerOptions {
  Target gateway{};
  std::string name{};
  std::vector<std::string> events{"*"};
  std::string server_id{};   // only events of this provider; empty: all
  std::string forward_to{};  // the local program's URL
  Millis timeout{30'000};    // of one request to it
  int at_once = 4;           // requests to it
  int retries = 3;           // here, before the gateway is told that it failed
  std::string state_folder{};
};

/// One delivery that was made, for people to read.
struct Forwarded {
  int number = 0;  // of this run: 1, 2, …
  std::string delivery_id{}, event_id{}, type{};
  int attempt = 0;
  HttpOutcome outcome{};
};

class ListenerClient {
 public:
  /// Callbacks come on threads of this object, one at a time.
  struct Observer {
    std::function<void(const Forwarded&)> forwarded{};
    std::function<void(const std::string& text)> noted{};  // something a person wants to know
  };

  ListenerClient(ListenerOptions options, Observer observer)
      : options_(std::move(options)), observer_(std::move(observer)) {}
  ~ListenerClient();

  /// Makes or finds the listener and begins; waits for a gateway that is away. Returns the secret
  /// that signs its deliveries. Throws std::runtime_error when the gateway refuses.
  std::string start();
  /// Sends a delivery of this run once more, by its number, or the last one (0): it comes again as
  /// a new delivery. What to tell the person.
  std::string resend(int number);
  /// Takes nothing more; ends start() and wait(), too. How many are under way. Any thread.
  std::size_t end_soon();
  /// Until end_soon(), or until the gateway refuses for good: then why, else empty.
  std::string wait();
  /// Ends after what is being forwarded, and says goodbye.
  void stop();

 private:
  struct Handed {
    std::string delivery_id{}, event_id{}, type{};
    int attempt = 0;
    HttpRequest request{};
    std::pair<std::string, int> id() const { return {delivery_id, attempt}; }
  };

  HttpOutcome call(const char* method, const std::string& path, const std::string& body,
                   Millis timeout) const;
  std::string poll_body();
  void run_polls();
  bool take(const HttpOutcome& answer);
  void run_forwards();
  void forward(Handed& handed);
  HttpOutcome try_forward(const HttpRequest& request);
  void report(const Handed& handed, const HttpOutcome& outcome);
  void note_once(const std::string& text);
  void end_refused(std::string why);
  bool pause(Millis time);

  const ListenerOptions options_;
  const Observer observer_;
  std::string trigger_id_;
  std::mutex observer_mutex_;
  std::mutex journal_mutex_;
  std::optional<ListenJournal> journal_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Handed> queue_;
  std::set<std::pair<std::string, int>> holding_;  // queued, or being forwarded
  std::vector<std::string> made_;                  // delivery ids by number
  std::string trouble_;                            // with the gateway; told once
  std::string refused_;                            // why the gateway takes no poll any more
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace malote::app
