// What came in through a connection and what was refused: counters for its health, and the last
// refused requests, so that they can be looked at and taken in after the reason was mended.
// Refusing must never cost a write: the counters are written now and then, so that they outlive a
// restart; the requests, which hold what a forger or a misconfigured provider sent, secrets
// included, are in memory only. Thread-safe.
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

class Quarantine {
 public:
  explicit Quarantine(const Context& context) : context_(context), since_(context.clock.now()) {}

  /// Goes on from what was counted before the last stop. REQUIRES: called before anything comes in.
  Result<void> load();
  /// Writes what was counted since the last time, if anything, in one transaction. Blocks for the
  /// write; any thread but the store's writer.
  Result<void> record();

  /// Keeps the last kPerConnection of a connection, and kMaxBytes in all, oldest out first.
  void keep(const LiveConnection& live, providers::RawRequest request, Timestamp at,
            std::string reason, std::string hint);
  void count_received(const LiveConnection& live, Timestamp at);

  std::vector<Rejected> list(std::string_view connection_id) const;  // newest first
  std::optional<Rejected> find(std::string_view connection_id, std::string_view id) const;
  void drop(std::string_view connection_id, std::string_view id);
  InboundHealth health(std::string_view connection_id) const;
  Timestamp since() const;  // when counting began

  static constexpr std::size_t kPerConnection = 20;
  static constexpr std::size_t kMaxBytes = std::size_t{16} * 1024 * 1024;

 private:
  struct Entry {
    ConnectionNo connection{};
    InboundHealth health{};
    bool recorded = true;
    std::deque<Rejected> rejected{};  // oldest first
  };
  void make_room(std::size_t bytes);
  Entry& counted(const LiveConnection& live);

  const Context& context_;
  mutable std::mutex mutex_;
  Timestamp since_;
  std::map<std::string, Entry, std::less<>> entries_;
  std::deque<std::pair<std::string, std::string>> order_;  // (connection, id), oldest first
  std::size_t bytes_ = 0;
};

}  // namespace malote::engine
