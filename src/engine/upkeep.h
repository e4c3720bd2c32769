// What is done in the background: retention, a steady trickle of small deletions and never a long
// lock; and telling when a connection's credentials ran out.
#pragma once

#include "engine/connections.h"

namespace malote::engine {

struct Retention {
  Millis keep{std::chrono::hours{24 * 30}};     // finished events and their deliveries
  std::int64_t max_bytes = 0;                   // of the store; 0: no limit
  Millis keep_answers{std::chrono::hours{24}};  // of Idempotency-Key
  int rows_per_step = 200;                      // looked at in one transaction: a few milliseconds
};

class Upkeep {
 public:
  /// `is_renewed`: connections that do not end with their token.
  Upkeep(const Context& context, Retention retention, Connections::IsKept is_renewed = {})
      : context_(context),
        retention_(retention),
        connections_(context),
        is_renewed_(std::move(is_renewed)) {}

  /// One step. Returns how long to wait before the next one: short within a pass over what is past
  /// retention, a minute after it. Blocks for the write; any thread but the store's writer.
  Millis step();

 private:
  Timestamp cutoff(Timestamp now);

  const Context& context_;
  const Retention retention_;
  const Connections connections_;
  const Connections::IsKept is_renewed_;
  TrimCursor pass_{};
  bool too_large_ = false;     // the store, when it was measured last …
  Timestamp measure_again_{};  // … which counts pages and is done now and then
};

}  // namespace malote::engine
