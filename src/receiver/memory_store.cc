#include <list>
#include <mutex>
#include <stdexcept>
#include <unordered_map>

#include "malote/receiver/idempotency_store.h"

namespace malote::receiver {

namespace {

class MemoryStore final : public IdempotencyStore {
 public:
  explicit MemoryStore(MemoryStoreOptions options) : options_(std::move(options)) {}

  Claim begin(std::string_view key, std::chrono::seconds lease) override {
    const std::lock_guard guard{mutex_};
    const std::int64_t now = options_.clock();
    const auto at = entries_.find(std::string{key});
    if (at != entries_.end() && at->second.until > now) {
      if (at->second.done) return {Claim::State::done};
      // A clock that was set back must not make a claim last longer than its lease.
      at->second.until = std::min(at->second.until, now + lease.count());
      return {Claim::State::in_flight};
    }
    if (at == entries_.end()) make_room(now);
    auto& entry = entries_[std::string{key}];
    if (entry.done) done_.erase(entry.place);
    entry = {.until = now + lease.count(), .token = ++last_token_};
    return {Claim::State::acquired, entry.token};
  }

  void commit(std::string_view key, std::uint64_t token, std::chrono::seconds ttl) override {
    const std::lock_guard guard{mutex_};
    const auto at = entries_.find(std::string{key});
    if (at == entries_.end() || at->second.token != token || at->second.done) return;
    at->second.done = true;
    at->second.until = options_.clock() + ttl.count();
    at->second.place = done_.insert(done_.end(), at->first);
  }

  void abort(std::string_view key, std::uint64_t token) override {
    const std::lock_guard guard{mutex_};
    const auto at = entries_.find(std::string{key});
    if (at != entries_.end() && at->second.token == token && !at->second.done) entries_.erase(at);
  }

 private:
  struct Entry {
    std::int64_t until = 0;  // of the lease, or of the memory of what is done
    std::uint64_t token = 0;
    bool done = false;
    std::list<std::string>::iterator place{};  // in done_
  };

  void make_room(std::int64_t now) {
    while (!done_.empty()) {
      const auto oldest = entries_.find(done_.front());
      if (entries_.size() < options_.max_keys && oldest->second.until > now) return;
      entries_.erase(oldest);
      done_.pop_front();
    }
    if (entries_.size() >= options_.max_keys)
      throw std::runtime_error{"the memory store is full of events that are being handled"};
  }

  const MemoryStoreOptions options_;
  std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;
  std::list<std::string> done_;  // oldest first
  std::uint64_t last_token_ = 0;
};

}  // namespace

std::shared_ptr<IdempotencyStore> memory_store(MemoryStoreOptions options) {
  return std::make_shared<MemoryStore>(std::move(options));
}

}  // namespace malote::receiver
