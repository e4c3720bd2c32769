#include "report.h"

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

#include "delivery_ledger.h"
#include "generator.h"
#include "http_sink.h"
#include "load_run.h"

namespace malote::bench {
namespace {

// Builds one JSON object. Names and texts are ours or three-digit statuses: nothing to escape.
class JsonObject {
 public:
  void add(std::string_view name, std::uint64_t value) { add_raw(name, std::to_string(value)); }

  void add(std::string_view name, double value) {
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%.3f", value);
    add_raw(name, text.data());
  }

  void add_raw(std::string_view name, std::string_view json) {
    if (!members_.empty()) members_ += ',';
    members_ += '"';
    members_ += name;
    members_ += "\":";
    members_ += json;
  }

  std::string text() const { return "{" + members_ + "}"; }

 private:
  std::string members_;
};

double per_second(std::uint64_t count, Nanos duration) {
  return duration > 0 ? static_cast<double>(count) / to_seconds(duration) : 0;
}

double own_cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::string latency(const Histogram& histogram) {
  JsonObject object;
  object.add("count", histogram.count());
  object.add("p50_ms", to_millis(histogram.quantile(0.50)));
  object.add("p95_ms", to_millis(histogram.quantile(0.95)));
  object.add("p99_ms", to_millis(histogram.quantile(0.99)));
  object.add("max_ms", to_millis(histogram.max()));
  return object.text();
}

std::string errors(const GeneratorFigures& generator) {
  JsonObject object;
  for (const auto& [reason, events] : generator.errors) object.add(reason, events);
  return object.text();
}

// From the first second with a receipt on.
std::string each_second(const SinkFigures& sink) {
  const auto& counts = sink.received_per_second;
  std::string list = "[";
  for (auto count = std::ranges::find_if(counts, [](auto c) { return c > 0; });
       count != counts.end(); ++count) {
    if (list.size() > 1) list += ',';
    list += std::to_string(*count);
  }
  return list + "]";
}

void add_acceptance(const GeneratorFigures& generator, std::uint64_t accepted, JsonObject& object) {
  object.add("accepted", accepted);
  object.add("accepted_per_s",
             per_second(accepted, generator.last_acknowledged - generator.started));
  object.add("ack_p50_ms", to_millis(generator.acknowledgement.quantile(0.50)));
  object.add("ack_p99_ms", to_millis(generator.acknowledgement.quantile(0.99)));
  object.add("ack_max_ms", to_millis(generator.acknowledgement.max()));
  object.add("resent_requests", generator.resent_requests);
  object.add_raw("errors", errors(generator));
}

void add_delivery(const ReportInput& input, JsonObject& object) {
  const DeliveryLedger& ledger = input.ledger;
  const SinkFigures& sink = input.sink;
  const RunFigures& run = input.run;
  object.add("delivered", ledger.delivered());
  object.add("delivered_per_s",
             per_second(ledger.delivered(), sink.last_received - sink.first_received));
  object.add(
      "delivered_per_s_while_accepting",
      per_second(run.delivered_when_issuing_ended, run.issuing_ended - input.generator.started));
  object.add("drain_s", to_seconds(std::max<Nanos>(0, sink.last_received - run.drain_began)));
  object.add("lost", ledger.missing());
  object.add("duplicates", ledger.duplicates());
  object.add("duplicates_with_other_id", ledger.duplicates_with_other_id());
  object.add("foreign", ledger.foreign());
  object.add("refused", sink.refused);
  object.add("unreadable", sink.unreadable);
}

void add_latency(const SinkFigures& sink, JsonObject& object) {
  const Histogram& main = sink.ok.count() > 0 ? sink.ok : sink.fail10;
  object.add("p50_ms", to_millis(main.quantile(0.50)));
  object.add("p95_ms", to_millis(main.quantile(0.95)));
  object.add("p99_ms", to_millis(main.quantile(0.99)));
  object.add("max_ms", to_millis(main.max()));
  JsonObject groups;
  groups.add_raw("ok", latency(sink.ok));
  groups.add_raw("fail10", latency(sink.fail10));
  groups.add_raw("hang", latency(sink.hang));
  object.add_raw("groups", groups.text());
}

}  // namespace

std::string make_report(const ReportInput& input) {
  JsonObject object;
  const std::uint64_t accepted = input.ledger.acknowledged();
  add_acceptance(input.generator, accepted, object);
  add_delivery(input, object);
  add_latency(input.sink, object);
  object.add_raw("delivered_each_s", each_second(input.sink));
  const double cpu = own_cpu_seconds();
  const std::uint64_t handled = std::max<std::uint64_t>(1, accepted);
  object.add("load_cpu_s", cpu);
  object.add("load_cpu_us_per_event", cpu * 1e6 / static_cast<double>(handled));
  object.add_raw("gave_up", input.run.gave_up ? "true" : "false");
  return object.text();
}

}  // namespace malote::bench
