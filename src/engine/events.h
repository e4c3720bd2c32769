// Use cases on events: publish one's own, replay. Inside the caller's transaction.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/context.h"

namespace malote::engine {

inline constexpr std::size_t kMaxPublished = 1000;  // events in one request

/// An event that the operator's own application publishes.
struct NewEvent {
  std::string type{};
  std::string data{};  // JSON object, passed on byte for byte
  std::optional<Timestamp> occurred_at{};
  std::string external_reference{};
  std::string dedupe_key{};  // the client's id; may be empty
  std::string trace{};       // trace_of() the request; may be empty
};

struct Published {
  EventKey key{};
  std::string type{};
  bool duplicate = false;  // the dedupe key was known: nothing was added
  int deliveries = 0;
};

struct Replayed {
  int dispatched = 0;
};

class Events {
 public:
  explicit Events(const Context& context) : context_(context) {}

  /// All or nothing. `livemode` comes from the key that published.
  Result<std::vector<Published>> publish(Tx& tx, Effects& effects, ProjectNo project, bool livemode,
                                         const std::vector<NewEvent>& events) const;

  /// Delivers a stored event again: to one trigger, or to every active one that wants its type.
  Result<Replayed> replay(Tx& tx, Effects& effects, ProjectNo project, EventKey key,
                          const std::optional<std::string>& trigger_id) const;

 private:
  const Context& context_;
};

}  // namespace malote::engine
