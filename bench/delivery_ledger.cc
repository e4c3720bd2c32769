#include "delivery_ledger.h"

#include <cstddef>

namespace malote::bench {

void DeliveryLedger::on_issued_up_to(std::uint64_t count) {
  receipts_.resize(static_cast<std::size_t>(count));
}

void DeliveryLedger::on_acknowledged(std::uint64_t first, std::uint64_t count) {
  for (std::uint64_t index = first; index < first + count; ++index) {
    acknowledged_events_.insert(index);
    const std::uint32_t received = receipts_[static_cast<std::size_t>(index)];
    if (received < rules_.expected_per_event) missing_ += rules_.expected_per_event - received;
  }
  acknowledged_ += count;
}

DeliveryLedger::Path& DeliveryLedger::path_at(std::size_t path) {
  if (path >= paths_.size()) paths_.resize(path + 1);
  return paths_[path];
}

void DeliveryLedger::remember_id(Path& path, std::uint64_t index, std::uint32_t hash) {
  if (!rules_.remembers_delivery_ids) return;
  if (index >= path.delivery_id_hashes.size()) path.delivery_id_hashes.resize(receipts_.size());
  path.delivery_id_hashes[static_cast<std::size_t>(index)] = hash;
}

bool DeliveryLedger::is_same_id(const Path& path, std::uint64_t index, std::uint32_t hash) const {
  if (!rules_.remembers_delivery_ids) return true;
  return path.delivery_id_hashes[static_cast<std::size_t>(index)] == hash;
}

DeliveryLedger::Verdict DeliveryLedger::on_received(std::size_t path_number, std::uint64_t index,
                                                    std::uint32_t delivery_id_hash) {
  if (index >= receipts_.size()) {
    ++foreign_;
    return Verdict::foreign;
  }
  Path& path = path_at(path_number);
  if (!path.received.insert(index)) {
    ++duplicates_;
    if (!is_same_id(path, index, delivery_id_hash)) ++duplicates_with_other_id_;
    return Verdict::duplicate;
  }
  remember_id(path, index, delivery_id_hash);
  ++delivered_;
  const std::uint32_t received = ++receipts_[static_cast<std::size_t>(index)];
  const bool was_owed = received <= rules_.expected_per_event;
  if (was_owed && acknowledged_events_.contains(index)) --missing_;
  return Verdict::first;
}

}  // namespace malote::bench
