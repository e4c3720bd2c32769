// A verified event. A value; copy it where it must outlive the handler.
#pragma once

#include <string>
#include <string_view>

#include "malote/json.h"

namespace malote::receiver {

struct Event {
  std::string id{};           // the sender's id of the event; empty if it gives none
  std::string type{};         // as the sender wrote it
  std::string canonical{};    // the catalogue's name for it; empty if the catalogue has none
  std::string key{};          // what dedupe goes by: from signed material only
  std::string delivery_id{};  // from its header, which not every scheme signs
  std::string occurred_at{};  // as the sender wrote it; may be empty
  std::string raw{};          // the body, byte for byte
  std::string data_text{};    // the data, as JSON text; "null" if the event has none

  bool is_known() const { return !canonical.empty(); }
  /// Parses each time. Numbers keep their digits, so that money passes through unrounded.
  Json data() const { return Json::parse_lenient(data_text); }
  Json payload() const { return Json::parse_lenient(raw); }

  /// One of the types in malote/receiver/events.h. Members that are absent, or of another kind
  /// than the catalogue says, are empty.
  template <class T>
  T as() const {
    return T::from(data());
  }
};

}  // namespace malote::receiver
