// malote sim: the engine and the SQLite store under virtual time, with faults drawn from a seed.
#pragma once

#include <string>

namespace malote::sim {

struct SimOptions {
  std::string seeds{"1..200"};  // one seed, or a range A..B
  int hours = 2;                // virtual hours of faults; then everything must settle
  std::string plant{};          // a planted defect's name; "list" prints them
  bool verbose = false;
};

/// 0 when every seed passes, 1 when one fails (it prints how to replay it), 2 for wrong options.
int run(const SimOptions& options);

}  // namespace malote::sim
