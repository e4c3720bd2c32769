// Inbound: a provider's request is proven, mapped and kept, and only then acknowledged.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/connection_cache.h"
#include "engine/context.h"
#include "providers/mapping.h"

namespace malote::engine {

struct IntakeAnswer {
  /// accepted, duplicate, ignored, probe: answered 200. refused: 401. The rest by `error`.
  enum class Kind { accepted, duplicate, ignored, probe, refused, failed } kind = Kind::failed;
  std::string reason{};  // a refusal's or note's word, for metrics and logs
  Error error{};         // when failed
};
std::string_view word(IntakeAnswer::Kind kind);

/// Everything that follows from a proven request without touching the store: pure.
struct Prepared {
  Receipt receipt{};
  std::vector<Event> events{};
  std::vector<std::string> fact_keys{};  // beside events; "" where every occurrence counts
  bool wants_fetch = false;
  Timestamp now{};  // when it is stored
};

class Intake {
 public:
  Intake(const Context& context, ConnectionCache& connections)
      : context_(context), connections_(connections) {}

  /// Thread-safe. `done` is called exactly once: here for refusals, on the writer's thread after
  /// the durable commit otherwise.
  void accept(std::string_view server_id, std::string_view connection_id,
              providers::RawRequest request, std::function<void(IntakeAnswer)> done);

 private:
  const Context& context_;
  ConnectionCache& connections_;
};

/// Stores the prepared events that are not there yet, by provider id or fact, and owes them to
/// their triggers. Returns how many are new; `note` says why one was not, where that is worth
/// telling.
int store_events(const Context& context, Tx& tx, Effects& effects, const Prepared& prepared,
                 std::string& note);

/// Maps a proven request (and, after a fetch-back, the fetched resource) to what is to be stored.
Prepared prepare(const Context& context, const LiveConnection& live,
                 const providers::RawRequest& request, json::View fetched, Timestamp now);

/// The receipt's head as JSON, with secrets redacted; and back.
std::string encode_head(const providers::RawRequest& request, const LiveConnection& live);
providers::RawRequest decode_receipt(const Receipt& receipt);

}  // namespace malote::engine
