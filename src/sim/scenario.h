// One seed: draws a world's settings and faults (swarm: each run enables some of them), lets
// clients, providers and operators work on the gateway, kills it, heals everything at the end of
// the faulty phase and requires that all settles.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace malote::sim {

struct Verdict {
  std::string broken{};  // the invariant; empty when all hold
  std::string trace{};
  std::uint64_t hash = 0;
  std::int64_t deliveries = 0, attempts = 0, virtual_ms = 0;
};

struct ScenarioOptions {
  std::uint64_t seed = 1;
  int hours = 2;
  std::string_view plant{};
  bool verbose = false;
};

Verdict run_scenario(const ScenarioOptions& options);

}  // namespace malote::sim
