#include "engine/quarantine.h"

#include <algorithm>
#include <utility>

#include "engine/intake.h"

namespace malote::engine {

namespace {

constexpr std::size_t kMaxKeptBody = std::size_t{256} * 1024;  // larger ones are counted only

std::size_t size_of(const providers::RawRequest& request) {
  constexpr std::size_t kOverhead = 512;
  std::size_t size = kOverhead + 2 * request.body.size();  // as it came, and as it is shown
  for (const auto& [name, value] : request.headers) size += name.size() + value.size();
  for (const auto& [name, value] : request.query) size += name.size() + value.size();
  return size;
}

constexpr std::string_view kSince = "inbound_counted_since";  // setting

}  // namespace

Result<void> Quarantine::load() {
  const std::lock_guard guard{mutex_};
  return context_.store.read([&](const ReadTx& tx) -> Result<void> {
    // Not there before anything was counted.
    if (const auto since = parse_time(tx.setting(kSince))) since_ = *since;
    for (auto& row : tx.inbound_health()) {
      Entry& entry = entries_[row.id];
      entry.connection = row.connection;
      entry.health = std::move(row.health);
    }
    return {};
  });
}

Result<void> Quarantine::record() {
  std::vector<HealthRow> rows;
  {
    const std::lock_guard guard{mutex_};
    for (auto& [id, entry] : entries_) {
      if (!std::exchange(entry.recorded, true))
        rows.push_back({.connection = entry.connection, .id = id, .health = entry.health});
    }
  }
  if (rows.empty()) return {};
  auto result = commit_and_wait(context_, [&](Tx& tx, Effects&) -> Result<void> {
    if (tx.setting(kSince).empty()) tx.set_setting(kSince, format_rfc3339(since()));
    for (const auto& row : rows) tx.put_inbound_health(row.connection, row.health);
    return {};
  });
  if (result) return result;
  const std::lock_guard guard{mutex_};
  for (const auto& row : rows) entries_[row.id].recorded = false;
  return result;
}

Timestamp Quarantine::since() const {
  const std::lock_guard guard{mutex_};
  return since_;
}

/// The entry, about to change.
Quarantine::Entry& Quarantine::counted(const LiveConnection& live) {
  Entry& entry = entries_[live.row.id];
  entry.connection = live.row.no;
  entry.recorded = false;
  return entry;
}

void Quarantine::keep(const LiveConnection& live, providers::RawRequest request, Timestamp at,
                      std::string reason, std::string hint) {
  const std::size_t size = size_of(request);
  const std::lock_guard guard{mutex_};
  Entry& entry = counted(live);
  ++entry.health.refused;
  entry.health.last_refused_at = at;
  entry.health.last_reason = reason;
  if (request.body.size() > kMaxKeptBody) return;
  make_room(size);
  if (entry.rejected.size() >= kPerConnection) {
    bytes_ -= size_of(entry.rejected.front().request);
    entry.rejected.pop_front();
  }
  bytes_ += size;
  entry.rejected.push_back({.id = random_id(context_.entropy, "rej_"),
                            .project = live.row.project,
                            .server_id = live.row.server_id,
                            .at = at,
                            .reason = std::move(reason),
                            .hint = std::move(hint),
                            .head = encode_head(request, live),
                            .shown_body = redacted_body(*live.pack, request),
                            .request = std::move(request)});
  order_.emplace_back(live.row.id, entry.rejected.back().id);
}

/// Lets the oldest go, whosever they are. What is in order_ and no longer kept went before.
void Quarantine::make_room(std::size_t bytes) {
  constexpr std::size_t kMaxOrder = 100'000;
  while (!order_.empty() && (bytes_ + bytes > kMaxBytes || order_.size() > kMaxOrder)) {
    auto& list = entries_[order_.front().first].rejected;
    if (!list.empty() && list.front().id == order_.front().second) {
      bytes_ -= size_of(list.front().request);
      list.pop_front();
    }
    order_.pop_front();
  }
}

void Quarantine::count_received(const LiveConnection& live, Timestamp at) {
  const std::lock_guard guard{mutex_};
  InboundHealth& health = counted(live).health;
  ++health.received;
  health.last_received_at = at;
}

std::vector<Rejected> Quarantine::list(std::string_view connection_id) const {
  const std::lock_guard guard{mutex_};
  const auto at = entries_.find(connection_id);
  if (at == entries_.end()) return {};
  return {at->second.rejected.rbegin(), at->second.rejected.rend()};
}

std::optional<Rejected> Quarantine::find(std::string_view connection_id,
                                         std::string_view id) const {
  for (auto& rejected : list(connection_id)) {
    if (rejected.id == id) return rejected;
  }
  return {};
}

void Quarantine::drop(std::string_view connection_id, std::string_view id) {
  const std::lock_guard guard{mutex_};
  const auto at = entries_.find(connection_id);
  if (at == entries_.end()) return;
  std::erase_if(at->second.rejected, [&](const Rejected& rejected) {
    if (rejected.id != id) return false;
    bytes_ -= size_of(rejected.request);
    return true;
  });
}

InboundHealth Quarantine::health(std::string_view connection_id) const {
  const std::lock_guard guard{mutex_};
  const auto at = entries_.find(connection_id);
  return at == entries_.end() ? InboundHealth{} : at->second.health;
}

}  // namespace malote::engine
