#include "load_run.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <ostream>

#include "options.h"
#include "report.h"

namespace malote::bench {
namespace {

// The longest sleep: bounds how late a signal or the end of a phase is noticed.
constexpr Nanos kLongestWait = 50 * kMillisecond;

volatile std::sig_atomic_t stop_requests = 0;

}  // namespace

void LoadRun::request_stop() { stop_requests = stop_requests + 1; }

LoadRun::LoadRun(const Options& options)
    : options_(options),
      ledger_({.expected_per_event = options.expected_per_event,
               .remembers_delivery_ids = options.is_resilient}),
      generator_(options, poller_, ledger_),
      sink_(options, poller_, ledger_) {}

void LoadRun::run(std::ostream& out) {
  raise_descriptor_limit();
  if (!options_.sink.empty() && !options_.sink_opens_after_hold) sink_.open();
  generator_.start();
  while (phase_ != Phase::done) {
    wait_and_dispatch();
    generator_.pump();
    sink_.pump();
    advance(out);
  }
  out << make_report({.generator = generator_.figures(),
                      .sink = sink_.figures(),
                      .ledger = ledger_,
                      .run = figures_})
      << std::endl;
}

void LoadRun::wait_and_dispatch() {
  for (const Ready& ready : poller_.wait(time_to_wait())) dispatch(ready);
}

void LoadRun::dispatch(const Ready& ready) {
  switch (ready.owner) {
    case Owner::generator: return generator_.on_ready(ready);
    case Owner::sink: return sink_.on_ready(ready);
    case Owner::listener: return sink_.on_listener_ready();
    case Owner::control: is_hold_released_ = true;
  }
}

Nanos LoadRun::time_to_wait() const {
  const Nanos wake = std::min(generator_.next_wake(), sink_.next_wake());
  return std::min(kLongestWait, wake - now_ns());
}

Nanos LoadRun::last_progress() const {
  return std::max({figures_.issuing_ended, figures_.drain_began, sink_.last_activity(),
                   generator_.figures().last_acknowledged});
}

void LoadRun::advance(std::ostream& out) {
  if (stop_requests > 0) generator_.stop_issuing();
  if (phase_ == Phase::issuing && !generator_.is_issuing()) {
    if (figures_.issuing_ended == 0) on_issuing_ended();
    if (generator_.has_finished()) options_.holds ? begin_hold(out) : begin_drain();
  }
  if (phase_ == Phase::holding && is_hold_released_) on_hold_released(out);
  if (phase_ == Phase::draining && ledger_.missing() == 0) phase_ = Phase::lingering;
  if (stop_requests > 1) {
    give_up();
  } else if (phase_ != Phase::holding && !generator_.is_issuing()) {
    end_when_idle();
  }
}

// A resilient generator may still wait for answers here, which is why the phase can be `issuing`.
void LoadRun::end_when_idle() {
  const Nanos idle = now_ns() - last_progress();
  if (phase_ == Phase::lingering) {
    if (idle >= options_.linger) phase_ = Phase::done;
  } else if (idle >= options_.drain) {
    give_up();
  }
}

void LoadRun::give_up() {
  figures_.gave_up = true;
  phase_ = Phase::done;
}

void LoadRun::on_issuing_ended() {
  figures_.issuing_ended = now_ns();
  figures_.delivered_when_issuing_ended = ledger_.delivered();
}

void LoadRun::begin_drain() {
  phase_ = Phase::draining;
  figures_.drain_began = now_ns();
}

void LoadRun::begin_hold(std::ostream& out) {
  phase_ = Phase::holding;
  poller_.watch(STDIN_FILENO, Owner::control, 0, Poller::Interest::reading);
  out << R"({"phase":"accepted","accepted":)" << ledger_.acknowledged() << "}" << std::endl;
}

void LoadRun::on_hold_released(std::ostream& out) {
  poller_.forget(STDIN_FILENO);
  if (options_.sink_opens_after_hold) sink_.open();
  begin_drain();
  out << R"({"phase":"draining"})" << std::endl;
}

}  // namespace malote::bench
