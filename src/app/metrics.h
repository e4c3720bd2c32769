// Counters for Prometheus, and the one wide log line per attempt. Thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "api/api.h"
#include "engine/dispatcher.h"
#include "ports/clock.h"

namespace malote::app {

/// Read at a scrape, at most once a second: two of them count rows.
struct Gauges {
  std::int64_t in_flight = 0, store_backlog = 0, pending = 0, dead = 0, store_bytes = 0;
};

class Metrics final : public engine::AttemptObserver, public api::TrafficObserver {
 public:
  Metrics(const Clock& clock, std::function<Gauges()> gauges);
  ~Metrics() override;

  void on_attempt(const Trigger& trigger, const engine::FinishedDelivery& finished,
                  const Event& event) override;
  void on_inbound(const std::string& server_id, const engine::IntakeAnswer& answer) override;
  void on_published(std::size_t events) override;

  std::string text() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace malote::app
