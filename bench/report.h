// The JSON object that a run prints: rates, latencies, losses, repeats.
// Threads: any.

#pragma once

#include <string>

namespace malote::bench {

class DeliveryLedger;
struct GeneratorFigures;
struct RunFigures;
struct SinkFigures;

struct ReportInput {
  const GeneratorFigures& generator;
  const SinkFigures& sink;
  const DeliveryLedger& ledger;
  const RunFigures& run;
};

std::string make_report(const ReportInput& input);

}  // namespace malote::bench
