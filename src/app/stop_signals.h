// The signals that end a program, or have it read its files again, taken by whoever waits for them
// instead of by a handler.
#pragma once

#include <csignal>

namespace malote::app {

/// REQUIRES: made before any thread is started, which then has them blocked, too.
class StopSignals {
 public:
  StopSignals() {
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGCHLD, SIG_DFL);  // where it is ignored, no child can be waited for
    sigemptyset(&set_);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set_, signal);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  }
  /// Returns the next one that came.
  int wait() const {
    int signal = 0;
    sigwait(&set_, &signal);
    return signal;
  }
  /// Whether one has come, without waiting; takes it.
  bool came() const {
    const timespec at_once{};
    return sigtimedwait(&set_, nullptr, &at_once) > 0;
  }

 private:
  sigset_t set_{};
};

}  // namespace malote::app
