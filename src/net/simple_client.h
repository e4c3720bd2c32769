// One blocking HTTP exchange, for the command line and the demo. No address check: the person at
// the terminal says where to.
#pragma once

#include "ports/http_types.h"

namespace malote::net {

/// The whole body is kept (up to 64 MiB). Any thread.
HttpOutcome exchange(const HttpRequest& request);

}  // namespace malote::net
