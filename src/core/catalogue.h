// The event catalogue: names, aliases, sample payloads. Data, read from data/events.json once at
// start; immutable, so any thread may read.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace malote::core {

struct EventType {
  std::string name{};
  std::string domain{};
  std::string summary{};
  std::string subject{};  // the member of data that names the thing: "payment_id"
  std::vector<std::string> aliases{};
  std::string fixture{};  // JSON object: a sample of data
  std::string schema{};   // JSON Schema of data
  std::string since{};
};

class Catalogue {
 public:
  static Result<Catalogue> parse(std::string_view events_json);

  const std::vector<EventType>& types() const { return types_; }
  /// By canonical name or alias; nullptr when unknown.
  const EventType* find(std::string_view name) const;
  /// The canonical spelling of a name or alias; an unknown name comes back as it is.
  std::string canonical(std::string_view name) const;

 private:
  std::vector<EventType> types_;
  std::map<std::string, std::size_t, std::less<>> by_name_;  // canonical names and aliases
};

/// "*", "domain.*" or a dotted lower-case name; after "provider." any name a provider gives.
bool is_event_pattern(std::string_view text);
/// A pattern that names one event.
bool is_event_name(std::string_view text);

/// Does one subscription entry (pattern, name or alias) cover this canonical type?
bool matches(const Catalogue& catalogue, std::string_view pattern, std::string_view type);

}  // namespace malote::core
