#include "app/attempt_log.h"

#include "base/log.h"

namespace malote::app {

std::string_view host_of(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find_first_of("/?#\\"));
  const auto at = url.rfind('@');
  if (at != std::string_view::npos) url.remove_prefix(at + 1);
  return url;
}

void AttemptLog::on_attempt(const Trigger& trigger, const engine::FinishedDelivery& finished,
                            const Event& event) {
  const Delivery& delivery = finished.delivery;
  const Attempt& attempt = finished.attempt;
  const bool wanted = all_ || delivery.state != DeliveryState::delivered;
  if (!wanted || !log::is_enabled(log::Level::info)) return;
  const auto trace = engine::trace_attempt(traces_, event, delivery.key, attempt.number);
  log::Line line{"delivery.attempted"};
  line.field("event_id", text_of(event.key)).field("event_type", event.type);
  line.field("trigger_id", trigger.id).field("delivery_id", text_of(delivery.key));
  line.field("attempt", attempt.number).field("state", word(delivery.state));
  if (attempt.response_status > 0) line.field("status", attempt.response_status);
  if (!attempt.error.empty()) line.field("error", attempt.error);
  line.field("duration_ms", attempt.duration.count());
  line.field("bytes", static_cast<std::int64_t>(finished.sent_bytes));
  if (delivery.state == DeliveryState::failed)
    line.field("next_attempt_at", format_rfc3339(delivery.due_at));
  line.field("host", host_of(trigger.url));
  line.field("trace_id", trace.trace_id).field("span_id", trace.span_id);
  line.write(log::Level::info);
}

}  // namespace malote::app
