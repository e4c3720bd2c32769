// Outgoing HTTP, as a seam.
#pragma once

#include <functional>

#include "ports/http_types.h"

namespace malote {

struct HttpClient {
  using Done = std::function<void(HttpOutcome)>;
  virtual ~HttpClient() = default;
  /// Starts one exchange. `done` is called exactly once, never from inside start(), no later than
  /// the request's timeout (plus scheduling); on any thread. Redirects are not followed.
  virtual void start(HttpRequest request, Done done) = 0;
};

}  // namespace malote
