// Stand-ins for the providers' HTTP APIs, for tests, examples and the demo: they keep what they are
// told, tell it again, fail on demand, count every side effect, and send the webhooks that the real
// ones would send. docs/emulator.md says what can be asked of it.
//
//   /<provider>/<the provider's own path>   as the provider answers
//   /_emulator/…                            effects, faults, webhooks, state, credentials, moves
//
// Thread-safe. State is in memory and bounded by Options::keep.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ports/clock.h"
#include "ports/entropy.h"
#include "ports/http_client.h"
#include "ports/http_types.h"
#include "providers/registry.h"

namespace malote::emulator {

struct Options {
  std::size_t keep = 200'000;  // resources of each kind, and effects: the newest stay
};

/// An answer, and how long to wait with it. Status 0: no answer; the connection is to be dropped.
struct Reply {
  Response response{};
  Millis delay{0};
};

struct Seams {
  const Clock& clock;
  Entropy& entropy;
  HttpClient& http;                  // sends the webhooks
  const providers::Registry& packs;  // how they are signed
};

class Emulator {
 public:
  Emulator(Seams seams, Options options);
  ~Emulator();

  /// Never blocks; webhooks that the request causes are handed to the HTTP client.
  Reply handle(const Request& request);

  /// Sends webhooks whose next attempt is due. To be called every now and then.
  void tick();

  /// The body of POST /_emulator/faults, and of POST /_emulator/webhooks.
  Result<void> set_faults(std::string_view json);
  Result<void> add_webhook(std::string_view json);

  /// Ids, which are also the path prefixes.
  std::vector<std::string> providers() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  // outlives exchanges that are under way
};

}  // namespace malote::emulator
