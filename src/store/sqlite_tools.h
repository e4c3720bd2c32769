// Operator's tools on a database file: online backup and verification. They open the file
// themselves and may run beside a gateway.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"

namespace malote::store {

/// Copies the database in `from` to the new file `to` while it is in use. The copy is consistent.
Result<void> backup(const std::string& from, const std::string& to,
                    const std::function<void(int done_percent)>& progress);

struct Verification {
  std::vector<std::string> problems{};  // empty: the store is sound
  std::int64_t events = 0, deliveries = 0, pending = 0, receipts = 0;
};

/// SQLite's integrity check, and the store's own rules (every unfinished delivery is queued once,
/// nothing is queued that is finished, attempts match, no orphans).
Result<Verification> verify(const std::string& path);

}  // namespace malote::store
