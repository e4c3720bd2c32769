// Deliveries: begin() builds the signed request, finish() records what came of it. Work of the
// trigger lanes (engine/dispatcher.h). Single-threaded: the dispatcher's.
#pragma once

#include <memory>
#include <optional>

#include "core/delivery_rules.h"
#include "engine/context.h"
#include "malote/receiver/verifier.h"
#include "ports/http_types.h"

namespace malote::engine {

/// What signs a trigger's deliveries: the schemes that receivers verify with, one library for both.
struct Signers {
  receiver::Verifier body;                       // "codespar": hex of the body alone
  receiver::Verifier timed;                      // "codespar-t": t=…,v1=…
  std::optional<receiver::Verifier> standard{};  // where the secret is base64 after whsec_
};

/// A trigger ready to be sent to: its row and its keys, prepared once.
struct Target {
  Trigger trigger{};
  HeaderList headers{};  // the trigger's own, opened
  std::optional<Signers> signers{};
  std::optional<Signers> previous{};  // with the secret before, until trigger.previous_until
  std::string problem{};              // why it cannot be used; empty when it can
  TraceSeed traces{};
};

std::shared_ptr<Target> make_target(const Context& context, Trigger trigger);

HttpRequest begin_delivery(Target& target, const Delivery& delivery, const Event& event,
                           Timestamp now);

/// The request of a past attempt as it was sent, for people to look at: values of the trigger's own
/// headers are masked.
HttpRequest describe_request(const Context& context, const Trigger& trigger,
                             const Delivery& delivery, const Event& event, Timestamp sent_at);

/// One finished attempt on its way into the store.
struct FinishedDelivery {
  Delivery delivery{};
  core::AttemptOutcome outcome{};
  Attempt attempt{};
  Timestamp finished_at{};
  int jitter_draw = 0;
  std::size_t sent_bytes = 0;  // of the body; 0 where nothing was sent
};

/// The event's data, or "null" where the stored bytes are not JSON that can be read.
std::string_view readable_data(const Event& event);

core::AttemptOutcome outcome_of(const HttpOutcome& http);

/// Stands where the value of a trigger's own header is not shown; given back, it keeps the value.
inline constexpr std::string_view kMasked = "[masked]";

/// A trigger's own headers may hold secrets, so they are sealed like one. Headers that cannot be
/// opened come back empty.
std::string seal_headers(const Context& context, std::string_view trigger_id,
                         const HeaderList& headers);
std::optional<HeaderList> open_headers(const Context& context, const Trigger& trigger);

/// The next trigger secret: whsec_ and 32 random bytes in base64.
Secret new_trigger_secret(Entropy& entropy);

}  // namespace malote::engine
