// Fetch-back: asking the provider's API for the resource that a notification only names. Work of
// the connection lanes; begin/finish like a delivery (engine/dispatcher.h).
#pragma once

#include "engine/connection_cache.h"
#include "engine/context.h"
#include "ports/http_types.h"

namespace malote::engine {

/// What begin() needs, read in one transaction.
struct FetchJob {
  Fetch fetch{};
  Receipt receipt{};
  std::shared_ptr<const LiveConnection> live{};
};

std::optional<FetchJob> load_fetch(const Context& context, const ReadTx& tx, ReceiptKey key);

/// The request to the provider; an error means there is nothing to ask (no credentials any more).
Result<HttpRequest> begin_fetch(const FetchJob& job);

/// Records the outcome: the events and their deliveries, another try later, or giving up, in which
/// case the notification itself is emitted as provider.<server_id>.<name>.
void finish_fetch(const Context& context, Tx& tx, Effects& effects, const FetchJob& job,
                  const HttpOutcome& outcome, Timestamp now);

}  // namespace malote::engine
