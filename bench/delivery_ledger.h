// Who was promised a delivery and who got one: the book that decides "lost" and "duplicate".
//
// Events are numbered from zero in the order of issue. Every acknowledged event is owed
// `expected_per_event` deliveries, each on another path of the sink. The ledger holds two bytes and
// one bit per event, and one bit per (path, event), so millions of events stay cheap.
// A delivery may arrive before its acknowledgement does: both orders lead to the same figures.
// Threads: one.

#pragma once

#include <cstdint>
#include <vector>

#include "bitmap.h"

namespace malote::bench {

class DeliveryLedger {
 public:
  struct Rules {
    std::uint32_t expected_per_event = 1;
    // Remembers a hash of each delivery id (four bytes per path and event), to tell a delivery that
    // was repeated from an event that was stored twice.
    bool remembers_delivery_ids = false;
  };

  enum class Verdict { first, duplicate, foreign };

  explicit DeliveryLedger(Rules rules) : rules_(rules) {}

  // Events with an index below `count` exist from now on; anything else received is `foreign`.
  void on_issued_up_to(std::uint64_t count);

  // REQUIRES: every index of [first, first + count) is issued and acknowledged for the first time.
  void on_acknowledged(std::uint64_t first, std::uint64_t count);

  Verdict on_received(std::size_t path, std::uint64_t index, std::uint32_t delivery_id_hash);

  std::uint64_t acknowledged() const { return acknowledged_; }
  // Distinct (path, event) pairs received.
  std::uint64_t delivered() const { return delivered_; }
  // Deliveries that acknowledged events still wait for; what is missing at the end is lost.
  std::uint64_t missing() const { return missing_; }
  std::uint64_t duplicates() const { return duplicates_; }
  // Duplicates that came under another delivery id than the first one: the event was stored twice.
  std::uint64_t duplicates_with_other_id() const { return duplicates_with_other_id_; }
  std::uint64_t foreign() const { return foreign_; }

 private:
  struct Path {
    Bitmap received;
    std::vector<std::uint32_t> delivery_id_hashes;
  };

  Path& path_at(std::size_t path);
  void remember_id(Path& path, std::uint64_t index, std::uint32_t delivery_id_hash);
  bool is_same_id(const Path& path, std::uint64_t index, std::uint32_t delivery_id_hash) const;

  Rules rules_;
  Bitmap acknowledged_events_;
  std::vector<std::uint16_t> receipts_;
  std::vector<Path> paths_;
  std::uint64_t acknowledged_ = 0;
  std::uint64_t delivered_ = 0;
  std::uint64_t missing_ = 0;
  std::uint64_t duplicates_ = 0;
  std::uint64_t duplicates_with_other_id_ = 0;
  std::uint64_t foreign_ = 0;
};

}  // namespace malote::bench
