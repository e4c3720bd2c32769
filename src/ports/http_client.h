// Outgoing HTTP, as a seam.
#pragma once

#include <functional>
#include <string_view>

#include "ports/http_types.h"

namespace malote {

struct HttpClient {
  using Done = std::function<void(HttpOutcome)>;
  virtual ~HttpClient() = default;
  /// Starts one exchange. `done` is called exactly once, never from inside start(), no later than
  /// the request's timeout (plus scheduling); on any thread. Redirects are not followed.
  virtual void start(HttpRequest request, Done done) = 0;
  /// False while nobody is there to take what is for `url`: then it waits, and is no attempt. Only
  /// listeners come and go (engine/listeners.h); what is reached over a network always is there.
  virtual bool is_there(std::string_view /*url*/) { return true; }
};

}  // namespace malote
