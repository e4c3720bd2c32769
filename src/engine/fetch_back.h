// Fetch-back: asking the provider's API for the resource that a notification only names. Work of
// the connection lanes; begin/finish like a delivery (engine/dispatcher.h).
#pragma once

#include "engine/connection_cache.h"
#include "engine/context.h"
#include "engine/fetch_caller.h"
#include "ports/http_types.h"
#include "providers/mapping.h"

namespace malote::engine {

/// What begin() needs, read in one transaction.
struct FetchJob {
  Fetch fetch{};
  Receipt receipt{};
  std::shared_ptr<const LiveConnection> live{};
};

std::optional<FetchJob> load_fetch(const Context& context, const ReadTx& tx, ReceiptKey key);

/// Fetch-backs per connection at a time: providers limit callers by the minute.
constexpr int kFetchesInFlight = 4;

/// How fast a connection's provider may be asked.
struct FetchLimits {
  int in_flight = kFetchesInFlight;
  int per_minute = 0;  // 0: no limit known
};
FetchLimits fetch_limits(const Context& context, const ReadTx& tx, Lane lane);

/// An error means there is nothing to ask (no credentials any more).
Result<FetchCall> begin_fetch(const FetchJob& job);

/// Whether the connection holds what `plan`'s call needs.
bool can_fetch(const LiveConnection& live, const providers::FetchPlan& plan);

/// Records the outcome: the events and their deliveries, another try later, or giving up, in which
/// case the notification itself is emitted as provider.<server_id>.<name>.
void finish_fetch(const Context& context, Tx& tx, Effects& effects, const FetchJob& job,
                  const HttpOutcome& outcome, Timestamp now);

}  // namespace malote::engine
