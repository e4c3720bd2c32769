// W3C Trace Context (https://www.w3.org/TR/trace-context/): what of it comes with a request is kept
// with its events, and every attempt goes out as a span of that trace. Nothing is stored for events
// that came without: their trace id, and the span id of every attempt, follow from their keys, so
// that an attempt can be described as it was sent, and one that is repeated after a crash is the
// same span. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/delivery.h"
#include "model/event.h"

namespace malote::engine {

/// Sets the ids made here apart from those of other gateways.
struct TraceSeed {
  std::uint64_t a = 0, b = 0;
};

/// `identity`: any text that is this store's alone.
TraceSeed trace_seed(std::string_view identity);

/// What is kept in Event::trace: the traceparent as version 00, and behind a blank the tracestate,
/// if there is one. Empty where none came, or one that is malformed or came twice; a tracestate
/// that is not well formed, or longer than 512 bytes, is left out.
std::string trace_of(const std::vector<std::pair<std::string, std::string>>& headers);

/// One attempt as a span.
struct AttemptTrace {
  std::string trace_id{};     // 32 hex digits
  std::string span_id{};      // 16
  std::string traceparent{};  // the header
  std::string tracestate{};   // the header as it came; may be empty
};

/// `number`: 1, 2, …
AttemptTrace trace_attempt(const TraceSeed& seed, const Event& event, DeliveryKey delivery,
                           int number);

}  // namespace malote::engine
