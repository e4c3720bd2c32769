// The other end of verify.h: proves a request as the provider itself would. For senders that stand
// in for a provider (the emulator, the demo) and for tests. Pure.
#pragma once

#include "base/result.h"
#include "base/secret.h"
#include "providers/scheme.h"
#include "providers/sources.h"

namespace malote::providers {

/// Adds to `request` the headers (or the query parameter) that prove it under `scheme` at `now`.
/// `secret` is the text as a connection keeps it; for http_basic "user:password". What the scheme
/// signs beside the body (a header, a query parameter) must be there already. Errors: a secret that
/// is not in the scheme's encoding, a signed piece that is missing, a scheme that takes more than a
/// shared key (tokens, asymmetric signatures).
Result<void> sign(const Scheme& scheme, const Secret& secret, Timestamp now, RawRequest& request);

}  // namespace malote::providers
