// One run of the load program, from the first request to the report: publish, perhaps hold, drain,
// linger for repeats.
//
// Generator and sink share one thread and one poller. A second thread would cost the gateway more
// of the two cores than it gives: one thread collects the work of both into one epoll batch.
// Errors: what makes the run impossible throws std::runtime_error with a readable line.
// Threads: one; request_stop() is safe in a signal handler.

#pragma once

#include <cstdint>
#include <iosfwd>

#include "clock.h"
#include "delivery_ledger.h"
#include "generator.h"
#include "http_sink.h"
#include "poller.h"

namespace malote::bench {

struct Options;

// Read at the boundaries of the run's phases.
struct RunFigures {
  Nanos issuing_ended = 0;
  std::uint64_t delivered_when_issuing_ended = 0;
  Nanos drain_began = 0;
  bool gave_up = false;  // the drain ended for lack of progress
};

class LoadRun {
 public:
  explicit LoadRun(const Options& options);

  // Returns when all is done. Prints the hold's lines on `out`, and the report at the end.
  void run(std::ostream& out);

  // The first call ends publishing, the second one waiting.
  static void request_stop();

 private:
  enum class Phase { issuing, holding, draining, lingering, done };

  void wait_and_dispatch();
  void dispatch(const Ready& ready);
  Nanos time_to_wait() const;
  void advance(std::ostream& out);
  void end_when_idle();
  void give_up();
  void on_issuing_ended();
  void begin_hold(std::ostream& out);
  void begin_drain();
  void on_hold_released(std::ostream& out);
  Nanos last_progress() const;

  const Options& options_;
  Poller poller_;
  DeliveryLedger ledger_;
  Generator generator_;
  HttpSink sink_;
  Phase phase_ = Phase::issuing;
  bool is_hold_released_ = false;
  RunFigures figures_;
};

}  // namespace malote::bench
