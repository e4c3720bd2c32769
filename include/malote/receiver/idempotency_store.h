// Who runs an event, when copies of it arrive: a claim that one copy gets, kept after success.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "malote/receiver/verifier.h"

namespace malote::receiver {

struct Claim {
  enum class State { acquired, done, in_flight } state{};
  /// Of an acquired claim. Whoever comes after its lease ran out gets another, and from then on
  /// this one no longer counts.
  std::uint64_t token = 0;
};

/// For any thread. Each function throws when the store cannot be asked or cannot keep what it is
/// told; the receiver answers 503 then.
class IdempotencyStore {
 public:
  virtual ~IdempotencyStore() = default;
  /// Atomic: of callers with one key, one acquires it. A claim whose lease ran out counts as none.
  virtual Claim begin(std::string_view key, std::chrono::seconds lease) = 0;
  virtual void commit(std::string_view key, std::uint64_t token, std::chrono::seconds ttl) = 0;
  virtual void abort(std::string_view key, std::uint64_t token) = 0;
};

struct MemoryStoreOptions {
  std::size_t max_keys = 100'000;  // then the oldest done key is forgotten
  Clock clock = system_clock;
};
/// For one process, until it ends.
std::shared_ptr<IdempotencyStore> memory_store(MemoryStoreOptions options = {});

struct SqliteStoreOptions {
  Clock clock = system_clock;
};
/// For any number of threads and processes of one machine; what was committed survives a power cut.
/// Claims that come together share one fsync. Throws std::runtime_error when the file cannot be
/// opened.
std::shared_ptr<IdempotencyStore> sqlite_store(const std::string& path,
                                               SqliteStoreOptions options = {});

}  // namespace malote::receiver
