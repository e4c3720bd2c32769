// Rows of events and deliveries as values; `event_of` and `delivery_of` read the columns that the
// lists name, from the first column on.
#pragma once

#include "store/sqlite_tx.h"

namespace malote::store {

#define EVENT_COLUMNS                                                                 \
  "key, project, type, source, connection, receipt, occurred_at, received_at, flags," \
  " external_reference, dedupe_key, data, trace"

inline Event event_of(const Statement& row) {
  const int flags = row.small(8);
  return {.key = {row.integer(0)},
          .project = {row.integer(1)},
          .type = row.text(2),
          .source = row.text(3),
          .connection = {row.integer(4)},
          .receipt = {row.integer(5)},
          .occurred_at = row.time(6),
          .received_at = row.time(7),
          .livemode = (flags & 1) != 0,
          .integrity = (flags & 2) != 0 ? Integrity::unsigned_body : Integrity::signed_body,
          .external_reference = row.text(9),
          .dedupe_key = row.text(10),
          .data = row.text(11),
          .trace = row.text(12)};
}

#define DELIVERY_COLUMNS                                                                \
  "key, event, trigger, project, state, origin, body, attempts, status, error, due_at," \
  " finished_at, receipt_ack, streak_epoch"

inline Delivery delivery_of(const Statement& row) {
  const int body = row.small(6);
  return {.key = {row.integer(0)},
          .event = {row.integer(1)},
          .trigger = {row.integer(2)},
          .project = {row.integer(3)},
          .state = static_cast<DeliveryState>(row.small(4)),
          .origin = static_cast<DeliveryOrigin>(row.small(5)),
          .body_format = static_cast<std::uint8_t>(body % 16),
          .body_version = static_cast<std::uint8_t>(body / 16),
          .attempts = row.small(7),
          .response_status = row.small(8),
          .error = row.text(9),
          .due_at = row.time(10),
          .finished_at = row.time(11),
          .receipt_acknowledged = row.small(12) != 0,
          .streak_epoch = row.integer(13)};
}

}  // namespace malote::store
