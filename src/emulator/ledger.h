// Which side effects were asked for, how often, and how often they were performed: what a test of
// "exactly once" looks at. Requests with the same idempotency key, provider, method and path are
// one effect; a request without a key is one of its own. Keeps the newest `keep`. Not thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/json_writer.h"
#include "base/time.h"
#include "ports/http_types.h"

namespace malote::emulator {

struct Effect {
  std::string_view provider{}, tool{}, method{};  // of the tables
  std::string path{};
  std::string key{};  // empty: the request had none
  int seen = 0;
  int performed = 0;
  int status = 0;  // of the last answer; 0: the connection was dropped or left open
  Timestamp first_at{}, last_at{};
  Response answer{};  // of the first performance
};

struct EffectTotals {
  std::int64_t seen = 0, performed = 0, repeated = 0;  // repeated: performed more than once
};

class Ledger {
 public:
  explicit Ledger(std::size_t keep) : keep_(keep) {}

  /// Counts a request. The effect is valid until the next call.
  Effect& see(Effect request, Timestamp now);
  void perform(Effect& effect, const Response& answer);

  /// {"effects": […], "forgotten": n}; of one provider, or of all when it is empty.
  void write(json::Writer& w, std::string_view provider) const;
  const std::map<std::string, EffectTotals, std::less<>>& totals() const { return totals_; }
  void clear();

 private:
  Effect& append(Effect request, std::string name);

  std::size_t keep_;
  std::deque<Effect> effects_{};
  std::deque<std::string> names_{};  // of the same effects in by_name_; empty: without a key
  std::uint64_t first_ = 0;          // the number of effects_.front()
  std::unordered_map<std::string, std::uint64_t> by_name_{};
  std::map<std::string, EffectTotals, std::less<>> totals_{};  // by provider; nothing is forgotten
};

}  // namespace malote::emulator
