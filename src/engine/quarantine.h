// What came in through a connection and what was refused: counters for its health, and the last
// refused requests, so that they can be looked at and taken in after the reason was mended. In
// memory only: refusing must never cost a write, and the requests hold what a forger or a
// misconfigured provider sent, secrets included. Thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/connection_cache.h"

namespace malote::engine {

struct Rejected {
  std::string id{};
  ProjectNo project{};
  std::string server_id{};
  Timestamp at{};
  std::string reason{};  // Refusal's word
  std::string hint{};
  std::string head{};               // what may be shown of it: engine/intake.h encode_head()
  std::string shown_body{};         // … and redacted_body()
  providers::RawRequest request{};  // as it came: never shown
};

struct InboundHealth {
  std::int64_t received = 0;  // proven requests since the gateway started
  std::int64_t refused = 0;
  Timestamp last_received_at{};  // epoch: none yet
  Timestamp last_refused_at{};
  std::string last_reason{};
};

class Quarantine {
 public:
  explicit Quarantine(const Context& context) : context_(context), since_(context.clock.now()) {}

  /// Keeps the last kPerConnection of a connection, and kMaxBytes in all, oldest out first.
  void keep(const LiveConnection& live, providers::RawRequest request, Timestamp at,
            std::string reason, std::string hint);
  void count_received(const LiveConnection& live, Timestamp at);

  std::vector<Rejected> list(std::string_view connection_id) const;  // newest first
  std::optional<Rejected> find(std::string_view connection_id, std::string_view id) const;
  void drop(std::string_view connection_id, std::string_view id);
  InboundHealth health(std::string_view connection_id) const;
  Timestamp since() const { return since_; }  // when counting began

  static constexpr std::size_t kPerConnection = 20;
  static constexpr std::size_t kMaxBytes = std::size_t{16} * 1024 * 1024;

 private:
  struct Entry {
    InboundHealth health{};
    std::deque<Rejected> rejected{};  // oldest first
  };
  void make_room(std::size_t bytes);

  const Context& context_;
  const Timestamp since_;
  mutable std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;
  std::deque<std::pair<std::string, std::string>> order_;  // (connection, id), oldest first
  std::size_t bytes_ = 0;
};

}  // namespace malote::engine
