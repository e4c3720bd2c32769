#include "app/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "base/log.h"
#include "core/delivery_rules.h"

namespace malote::app {

namespace {

const prometheus::Histogram::BucketBoundaries kSeconds{0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                                       0.5,   1,    2.5,   5,    10};
constexpr Millis kGaugesKept{1000};

double seconds_of(Millis ms) { return std::chrono::duration<double>(ms).count(); }

/// Anyone may scrape, and counting rows takes time: what was read is kept for a moment, and only
/// one thread reads it anew.
class KeptGauges {
 public:
  KeptGauges(const Clock& clock, std::function<Gauges()> read)
      : clock_(clock), read_(std::move(read)) {}

  Gauges get() {
    {
      const std::lock_guard guard{mutex_};
      const Millis age = clock_.now() - read_at_;
      if (kept_ && age >= Millis{0} && age < kGaugesKept) return *kept_;
      read_at_ = clock_.now();
    }
    const Gauges now = read_();
    const std::lock_guard guard{mutex_};
    kept_ = now;
    return now;
  }

 private:
  const Clock& clock_;
  const std::function<Gauges()> read_;
  std::mutex mutex_;
  Timestamp read_at_{};
  std::optional<Gauges> kept_;
};

}  // namespace

std::optional<std::string> RefusalLog::on_refused(const std::string& server_id,
                                                  const std::string& reason, Timestamp now) {
  constexpr Millis kPause{1000};
  const std::lock_guard guard{mutex_};
  const bool soon = said_at_ && now >= *said_at_ && now - *said_at_ < kPause;
  if (soon) {
    ++unsaid_;
    return {};
  }
  std::string line = "inbound.refused server_id=" + server_id + " reason=" + reason;
  if (unsaid_ > 0) line += " others_since_the_last_line=" + std::to_string(unsaid_);
  said_at_ = now;
  unsaid_ = 0;
  return line;
}

class Metrics::Impl {
 public:
  Impl(const Clock& now, std::function<Gauges()> read) : clock(now), gauges(now, std::move(read)) {}

  const Clock& clock;
  RefusalLog refusals;
  KeptGauges gauges;
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& attempts =
      prometheus::BuildCounter()
          .Name("malote_delivery_attempts_total")
          .Help("Finished delivery attempts by outcome")
          .Register(registry);
  prometheus::Counter& delivered = attempts.Add({{"outcome", "delivered"}});
  prometheus::Counter& failed = attempts.Add({{"outcome", "failed"}});
  prometheus::Counter& dead = attempts.Add({{"outcome", "dead"}});
  prometheus::Histogram& duration = prometheus::BuildHistogram()
                                        .Name("malote_delivery_attempt_seconds")
                                        .Help("Duration of a delivery attempt")
                                        .Register(registry)
                                        .Add({}, kSeconds);
  prometheus::Histogram& lag = prometheus::BuildHistogram()
                                   .Name("malote_delivery_lag_seconds")
                                   .Help("From acceptance of an event to its successful delivery")
                                   .Register(registry)
                                   .Add({}, kSeconds);
  prometheus::Family<prometheus::Counter>& inbound = prometheus::BuildCounter()
                                                         .Name("malote_inbound_requests_total")
                                                         .Help("Requests of providers by verdict")
                                                         .Register(registry);
  prometheus::Counter& published = prometheus::BuildCounter()
                                       .Name("malote_events_published_total")
                                       .Help("Events published through the API")
                                       .Register(registry)
                                       .Add({});
  prometheus::Family<prometheus::Counter>& runs = prometheus::BuildCounter()
                                                      .Name("malote_loop_runs_total")
                                                      .Help("Runs of loops that ended, by how")
                                                      .Register(registry);
  prometheus::Counter& runs_completed = runs.Add({{"state", "completed"}});
  prometheus::Counter& runs_failed = runs.Add({{"state", "failed"}});
  prometheus::Family<prometheus::Counter>& tool_requests =
      prometheus::BuildCounter()
          .Name("malote_tool_requests_total")
          .Help("Requests to providers by tools, by what came of them")
          .Register(registry);
  prometheus::Histogram& tool_duration = prometheus::BuildHistogram()
                                             .Name("malote_tool_request_seconds")
                                             .Help("Duration of a tool's request to a provider")
                                             .Register(registry)
                                             .Add({}, kSeconds);
  prometheus::Family<prometheus::Gauge>& queue =
      prometheus::BuildGauge()
          .Name("malote_queue")
          .Help("What waits: pending deliveries, dead letters, in flight, writes")
          .Register(registry);
  prometheus::Gauge& queue_pending = queue.Add({{"of", "pending"}});
  prometheus::Gauge& queue_dead = queue.Add({{"of", "dead"}});
  prometheus::Gauge& queue_in_flight = queue.Add({{"of", "in_flight"}});
  prometheus::Gauge& queue_writes = queue.Add({{"of", "writes"}});
  prometheus::Gauge& overdue =
      prometheus::BuildGauge()
          .Name("malote_queue_overdue_seconds")
          .Help("How long what has waited longest in the queue is due already")
          .Register(registry)
          .Add({});
  prometheus::Gauge& certificate =
      prometheus::BuildGauge()
          .Name("malote_certificate_expires_timestamp_seconds")
          .Help("When the certificate of https ends, Unix time; 0 without https")
          .Register(registry)
          .Add({});
  prometheus::Gauge& bytes = prometheus::BuildGauge()
                                 .Name("malote_store_bytes")
                                 .Help("Bytes in use in the store")
                                 .Register(registry)
                                 .Add({});
};

Metrics::Metrics(const Clock& clock, std::function<Gauges()> gauges)
    : impl_(std::make_unique<Impl>(clock, std::move(gauges))) {}
Metrics::~Metrics() = default;

void Metrics::on_attempt(const Trigger& /*trigger*/, const engine::FinishedDelivery& finished,
                         const Event& event) {
  const auto& d = finished.delivery;
  impl_->duration.Observe(seconds_of(finished.attempt.duration));
  const bool success = core::is_success(finished.outcome);
  (success ? impl_->delivered : impl_->failed).Increment();
  if (success) impl_->lag.Observe(seconds_of(finished.finished_at - event.received_at));
  if (d.state == DeliveryState::dead) impl_->dead.Increment();
}

void Metrics::on_tool_request(const std::string& server_id, tools::Fate fate, Millis duration) {
  // All series of a server begin together: increase() does not see the first count of one.
  using tools::Fate;
  for (const auto one :
       {Fate::success, Fate::refused, Fate::unauthorized, Fate::retryable, Fate::unknown}) {
    impl_->tool_requests.Add({{"server_id", server_id}, {"outcome", std::string{tools::word(one)}}})
        .Increment(one == fate ? 1 : 0);
  }
  impl_->tool_duration.Observe(seconds_of(duration));
}

void Metrics::on_run_ended(RunState state) {
  (state == RunState::completed ? impl_->runs_completed : impl_->runs_failed).Increment();
}

void Metrics::on_inbound(const std::string& server_id, const engine::IntakeAnswer& answer) {
  // An unknown path must not create a time series: only names that a connection was found for.
  const bool known = answer.kind != engine::IntakeAnswer::Kind::failed;
  impl_->inbound
      .Add({{"server_id", known ? server_id : "unknown"},
            {"verdict", std::string{engine::word(answer.kind)}},
            {"reason", answer.reason}})
      .Increment();
  if (!engine::is_refusal(answer.kind)) return;
  const auto line = impl_->refusals.on_refused(server_id, answer.reason, impl_->clock.now());
  if (line) log::info(*line);
}

void Metrics::on_published(std::size_t events) {
  impl_->published.Increment(static_cast<double>(events));
}

std::string Metrics::text() const {
  const Gauges now = impl_->gauges.get();
  impl_->queue_pending.Set(static_cast<double>(now.pending));
  impl_->queue_dead.Set(static_cast<double>(now.dead));
  impl_->queue_in_flight.Set(static_cast<double>(now.in_flight));
  impl_->queue_writes.Set(static_cast<double>(now.store_backlog));
  impl_->overdue.Set(seconds_of(now.overdue));
  impl_->certificate.Set(static_cast<double>(to_unix_s(now.certificate_expires_at)));
  impl_->bytes.Set(static_cast<double>(now.store_bytes));
  return prometheus::TextSerializer{}.Serialize(impl_->registry.Collect());
}

}  // namespace malote::app
