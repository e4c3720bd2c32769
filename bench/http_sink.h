// The receiving end of the load program: takes deliveries, stamps their receipt, answers.
//
//   /ok, /t/<n>  200 at once
//   /fail10      500 to a tenth of the attempts, by a hash of delivery id and attempt; a fifth
//                attempt always succeeds, so that a run can demand that nothing is lost
//   /hang        200 after a long while
//
// A delivery counts once it is answered with 200. Those to /hang are figures of their own and not
// part of the ledger: whether the gateway still waits for them is its own business.
// Threads: one, the poller's.

#pragma once

#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

#include "clock.h"
#include "histogram.h"
#include "http_splitter.h"
#include "sockets.h"

namespace malote::bench {

class DeliveryLedger;
class Poller;
struct EventStamp;
struct Options;
struct Ready;

struct SinkFigures {
  Histogram ok;                  // send → receipt
  Histogram fail10;              // send → receipt of the attempt that succeeded
  Histogram hang;                // send → receipt of every attempt
  std::uint64_t refused = 0;     // answered 500
  std::uint64_t unreadable = 0;  // unknown path, or no stamp in the body
  Nanos first_received = 0;
  Nanos last_received = 0;
  std::vector<std::uint32_t> received_per_second;  // by second since the process started
};

class HttpSink {
 public:
  HttpSink(const Options& options, Poller& poller, DeliveryLedger& ledger);

  void open();
  void on_listener_ready();
  void on_ready(const Ready& ready);

  // Answers the hanging requests whose time has come.
  void pump();
  Nanos next_wake() const;

  const SinkFigures& figures() const { return figures_; }
  // Time of the last attempt that was not to /hang, for telling "no progress".
  Nanos last_activity() const { return last_activity_; }

 private:
  struct Connection {
    Socket socket;
    HttpSplitter requests;
    std::uint32_t generation = 0;  // how often the slot was taken
  };

  struct Hanging {
    Nanos answer_at;
    std::uint32_t slot;
    std::uint32_t generation;
  };

  std::uint32_t take_slot();
  void read_requests(std::uint32_t slot);
  void on_request(std::uint32_t slot, const HttpMessage& request);
  void answer_delivery(std::uint32_t slot, std::string_view target, const HttpMessage& request);
  void record(std::size_t path, EventStamp stamp, const HttpMessage& request, Histogram& latency);
  void answer(std::uint32_t slot, std::string_view response);
  void close(std::uint32_t slot);

  const Options& options_;
  Poller& poller_;
  DeliveryLedger& ledger_;
  Socket listener_;
  std::vector<Connection> connections_;
  std::vector<std::uint32_t> free_slots_;
  std::deque<Hanging> hanging_;  // in the order of answer_at, as all hang equally long
  std::vector<char> read_buffer_;
  Nanos last_activity_ = 0;
  SinkFigures figures_;
};

}  // namespace malote::bench
