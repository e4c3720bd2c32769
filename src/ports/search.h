// Searches that no index answers: they look at a bounded number of rows and say how far they came,
// so that the next one goes on there. Part of ReadTx (ports/tx.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/delivery.h"
#include "model/event.h"
#include "ports/page.h"

namespace malote {

/// What became of an event: it has a delivery in this state, or no delivery at all.
enum class EventState : std::uint8_t { none, waiting, failing, delivered, dead };

struct EventFilter {
  ProjectNo project{};
  std::string type{};  // a name, or "domain.*"
  std::string source{}, external_reference{};
  ConnectionNo connection{};
  Timestamp since{}, until{};  // by received_at; 0 for open
  // The next three take a search: events() does not look at them.
  std::string text{};   // in id, type, external_reference or data, whatever the case of a-z
  TriggerNo trigger{};  // has a delivery to it
  std::optional<EventState> state{};  // of its deliveries, or of those to `trigger`

  bool is_search() const { return !text.empty() || trigger || state.has_value(); }
};

struct DeadLetterFilter {
  ProjectNo project{};
  TriggerNo trigger{};
  std::string event{};         // a name, or "domain.*"
  std::string error{};         // is in the last attempt's error, whatever the case of a-z
  int status = 0;              // of the last attempt's answer; 0 for any
  Timestamp since{}, until{};  // by when it died; 0 for open
};

template <class Row>
struct Scan {
  std::vector<Row> rows{};  // that fit
  int looked_at = 0;
  std::int64_t key = 0;  // of the row that was looked at last
  Timestamp at{};        // its time: received, or of death
  bool is_end = true;    // there is nothing beyond it
};

class SearchReads {
 public:
  virtual ~SearchReads() = default;
  /// Newest first; stops after `page.limit` rows that fit, `most` rows, or 16 MiB of data.
  virtual Scan<Event> search_events(const EventFilter& filter, Page page, int most) const = 0;
  /// By time of death, latest first; stops after `page.limit` rows that fit or `most` rows.
  virtual Scan<Delivery> search_dead_letters(const DeadLetterFilter& filter, Page page,
                                             int most) const = 0;
  /// Whether the same event was sent to the same trigger again after this delivery was made.
  virtual bool is_sent_again(const Delivery& delivery) const = 0;
};

}  // namespace malote
