// Publishes events over keep-alive connections, one request in flight on each.
//
// Closed loop: every connection sends again as soon as it was answered. Open loop: requests are due
// at fixed times, and their latency counts from when they were due, not from when a connection was
// free, so that a stalled gateway cannot hide its stall. A resilient generator keeps a request
// until it is acknowledged and sends the same bytes again after a refusal or a lost connection;
// otherwise what is not acknowledged at once is counted as an error and forgotten.
// Threads: one, the poller's.

#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "histogram.h"
#include "http_splitter.h"
#include "request_renderer.h"
#include "sockets.h"

namespace malote::bench {

class DeliveryLedger;
class Poller;
struct Ready;

struct GeneratorFigures {
  Nanos started = 0;
  Nanos last_acknowledged = 0;
  std::uint64_t resent_requests = 0;
  Histogram acknowledgement;
  std::map<std::string, std::uint64_t> errors;  // events by HTTP status, "closed", "reset", …
};

class Generator {
 public:
  Generator(const Options& options, Poller& poller, DeliveryLedger& ledger);

  void start();
  void on_ready(const Ready& ready);

  // Sends whatever is due and possible. Call after each batch of ready descriptors, and at
  // next_wake().
  void pump();
  Nanos next_wake() const;

  void stop_issuing() { is_issuing_ = false; }
  bool is_issuing() const { return is_issuing_; }
  // Nothing is issued any more and every request has its answer.
  bool has_finished() const { return !is_issuing_ && in_flight_ == 0; }

  const GeneratorFigures& figures() const { return figures_; }

 private:
  enum class State { disconnected, connecting, idle, sending, waiting, backing_off };

  struct Connection {
    State state = State::disconnected;
    Socket socket;
    HttpSplitter answers;
    std::string request;
    std::size_t sent = 0;
    EventStamp first;
    std::uint32_t count = 0;  // events in the request; 0: no request
    bool watches_writing = false;
  };

  bool may_issue(Nanos now);
  bool has_idle_connection();
  bool is_window_full() const;
  Nanos due_at() const;
  void issue(Nanos now);
  void retry_waiting();
  void connect(std::uint32_t slot);
  void on_connected(std::uint32_t slot);
  void send_from_start(std::uint32_t slot);
  void flush(std::uint32_t slot);
  void watch_writing(std::uint32_t slot, bool writing);
  void read_answers(std::uint32_t slot);
  void on_answer(std::uint32_t slot, std::string_view status);
  void become_idle(std::uint32_t slot);
  void drop(std::uint32_t slot, const char* reason);

  const Options& options_;
  Poller& poller_;
  DeliveryLedger& ledger_;
  RequestRenderer renderer_;
  sockaddr_in gateway_;
  std::vector<Connection> connections_;
  // First come, first served; may hold slots that are idle no more.
  std::deque<std::uint32_t> idle_;
  std::vector<char> read_buffer_;
  std::uint64_t issued_ = 0;
  std::uint64_t in_flight_ = 0;
  bool is_issuing_ = false;
  Nanos retry_at_;
  GeneratorFigures figures_;
};

}  // namespace malote::bench
