// Counters for Prometheus, and the log lines of attempts and refusals. Thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "api/api.h"
#include "engine/dispatcher.h"
#include "ports/clock.h"

namespace malote::app {

/// Read at a scrape, at most once a second: two of them count rows.
struct Gauges {
  std::int64_t in_flight = 0, store_backlog = 0, pending = 0, dead = 0, store_bytes = 0;
  Millis overdue{0};  // how long what has waited longest is due
  Timestamp certificate_expires_at{};
};

/// Whoever is refused may come ten thousand times a second: one of them a second is said, with how
/// many were not. Any thread.
class RefusalLog {
 public:
  /// The line to write, if any.
  std::optional<std::string> on_refused(const std::string& server_id, const std::string& reason,
                                        Timestamp now);

 private:
  std::mutex mutex_;
  std::optional<Timestamp> said_at_;
  std::uint64_t unsaid_ = 0;
};

class Metrics final : public engine::AttemptObserver,
                      public engine::ToolObserver,
                      public api::TrafficObserver {
 public:
  Metrics(const Clock& clock, std::function<Gauges()> gauges);
  ~Metrics() override;

  void on_attempt(const Trigger& trigger, const engine::FinishedDelivery& finished,
                  const Event& event) override;
  void on_tool_request(const std::string& server_id, tools::Fate fate, Millis duration) override;
  void on_inbound(const std::string& server_id, const engine::IntakeAnswer& answer) override;
  void on_published(std::size_t events) override;
  void on_run_ended(RunState state);

  std::string text() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace malote::app
