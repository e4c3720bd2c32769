#include "sim/sim_main.h"

#include <charconv>
#include <chrono>
#include <cstdio>
#include <optional>

#include "base/log.h"
#include "sim/plants.h"
#include "sim/scenario.h"

namespace malote::sim {

namespace {

constexpr std::uint64_t kEveryTwentieth = 20;  // seeds that are run twice: 5 %

struct Range {
  std::uint64_t from = 1, to = 1;
};

std::optional<Range> parse_range(std::string_view text) {
  const auto number = [](std::string_view digits) -> std::optional<std::uint64_t> {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc{} || end != digits.data() + digits.size()) return {};
    return value;
  };
  const auto dots = text.find("..");
  const auto from = number(text.substr(0, dots));
  const auto to = dots == std::string_view::npos ? from : number(text.substr(dots + 2));
  if (!from || !to || *to < *from) return {};
  return Range{*from, *to};
}

int list_plants() {
  for (const auto& [name, what] : plants()) {
    std::printf("%-24.*s %.*s\n", static_cast<int>(name.size()), name.data(),
                static_cast<int>(what.size()), what.data());
  }
  return 0;
}

Verdict judge(const SimOptions& options, std::uint64_t seed) {
  const ScenarioOptions scenario{seed, options.hours, options.plant, options.verbose};
  Verdict verdict = run_scenario(scenario);
  if (!verdict.broken.empty() || seed % kEveryTwentieth != 0) return verdict;
  ScenarioOptions silent = scenario;
  silent.verbose = false;
  if (run_scenario(silent).hash != verdict.hash) {
    verdict.broken = "two runs of the seed differ: something is not deterministic";
  }
  return verdict;
}

void report_failure(const SimOptions& options, std::uint64_t seed, const Verdict& verdict) {
  std::printf("seed %llu FAILED: %s\n%s  replay: malote sim --seeds %llu --hours %d --verbose\n",
              static_cast<unsigned long long>(seed), verdict.broken.c_str(), verdict.trace.c_str(),
              static_cast<unsigned long long>(seed), options.hours);
}

}  // namespace

int run(const SimOptions& options) {
  if (options.plant == "list") return list_plants();
  const auto range = parse_range(options.seeds);
  const bool known = options.plant.empty() || is_plant(options.plant);
  if (!range || !known || options.hours < 1) {
    std::fprintf(stderr, "malote sim: %s\n",
                 !known ? "no such plant; --plant list shows them"
                        : "--seeds takes A or A..B, --hours at least 1");
    return 2;
  }
  log::set_level(log::Level::off);  // faults are meant here, and told by the trace
  // How long the run took, for people; nothing simulated sees it.
  const auto began = std::chrono::steady_clock::now();
  Verdict sum;
  std::uint64_t passed = 0, failed = 0;
  for (std::uint64_t seed = range->from; seed <= range->to; ++seed) {
    const Verdict verdict = judge(options, seed);
    sum.deliveries += verdict.deliveries;
    sum.attempts += verdict.attempts;
    sum.virtual_ms += verdict.virtual_ms;
    ++(verdict.broken.empty() ? passed : failed);
    if (verdict.broken.empty()) continue;
    if (!options.plant.empty()) {
      std::printf("planted %s: found by seed %llu: %s\n", options.plant.c_str(),
                  static_cast<unsigned long long>(seed), verdict.broken.c_str());
      return 0;
    }
    report_failure(options, seed, verdict);
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  if (!options.plant.empty()) std::printf("planted %s: NOT found\n", options.plant.c_str());
  std::printf(
      "%llu seeds: %llu passed, %llu failed (%lld deliveries, %lld attempts, %lld virtual hours, "
      "%.1fs)\n",
      static_cast<unsigned long long>(passed + failed), static_cast<unsigned long long>(passed),
      static_cast<unsigned long long>(failed), static_cast<long long>(sum.deliveries),
      static_cast<long long>(sum.attempts), static_cast<long long>(sum.virtual_ms / 3'600'000),
      took.count());
  return failed > 0 || !options.plant.empty() ? 1 : 0;
}

}  // namespace malote::sim
