// One blocking HTTP exchange, for the command line and the demo. No address check: the person at
// the terminal says where to.
#pragma once

#include "ports/http_types.h"

namespace malote::net {

/// The whole body is kept (up to 64 MiB), or what came of it until the request's is_whole() said
/// so. Any thread.
HttpOutcome exchange(const HttpRequest& request);

/// What can be said of an endpoint without sending it anything that it would act on.
struct Probe {
  std::string error{};          // why it cannot be reached; empty when it can
  Timestamp certificate_end{};  // over TLS; 0 where there is none or it cannot be told
  Timestamp date{};             // of its clock, where it was asked; 0 where it did not say
  Millis took{};
};

/// Connects to the URL's host, over TLS where it says so. With `ask`, also makes a GET for the
/// Date.
Probe probe(const std::string& url, Millis timeout, bool ask = false);

}  // namespace malote::net
