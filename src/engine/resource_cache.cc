#include "engine/resource_cache.h"

#include <utility>

namespace malote::engine {

const std::string* ResourceCache::find(std::string_view version, Timestamp now) const {
  const auto found = entries_.find(version);
  if (found == entries_.end()) return nullptr;
  const Entry& entry = found->second;
  const bool fresh = entry.at <= now && now < entry.at + kMaxAge;  // the clock may have gone back
  return fresh ? &entry.body : nullptr;
}

void ResourceCache::put(const std::string& version, std::string body, Timestamp now) {
  if (version.size() + body.size() > kMaxBytes) return;
  const auto [at, fresh] = entries_.try_emplace(version);
  if (fresh) order_.push_back(version);
  if (fresh) bytes_ += version.size();
  bytes_ = bytes_ - at->second.body.size() + body.size();
  at->second = {std::move(body), now};
  while (entries_.size() > kMaxEntries || bytes_ > kMaxBytes) drop_oldest();
}

void ResourceCache::drop_oldest() {
  const auto at = entries_.find(order_.front());
  bytes_ -= at->first.size() + at->second.body.size();
  entries_.erase(at);
  order_.pop_front();
}

}  // namespace malote::engine
