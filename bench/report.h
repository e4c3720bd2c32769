// The JSON object that a run prints: rates, latencies, losses, repeats.
// Threads: any.

#pragma once

#include <string>

#include "delivery_ledger.h"
#include "generator.h"
#include "http_sink.h"
#include "load_run.h"
#include "options.h"

namespace malote::bench {

struct ReportInput {
  const Options& options;
  const GeneratorFigures& generator;
  const SinkFigures& sink;
  const DeliveryLedger& ledger;
  const RunFigures& run;
};

std::string make_report(const ReportInput& input);

}  // namespace malote::bench
