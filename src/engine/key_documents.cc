#include "engine/key_documents.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace malote::engine {

namespace {

using namespace std::chrono_literals;

constexpr Millis kKeep = 24h;  // after that a withdrawn key must not count any more
constexpr Millis kAgain = 1min;
constexpr Millis kTimeout = 5s;  // providers give up on us after five
constexpr std::size_t kMaxDocument = 256 * 1024;
constexpr std::size_t kMaxEntries = 100;

}  // namespace

std::optional<std::string> KeyDocuments::find(std::string_view url) const {
  const std::lock_guard guard{mutex_};
  const auto at = entries_.find(url);
  if (at == entries_.end() || at->second.text.empty()) return {};
  if (at->second.fetched_at + kKeep <= context_.clock.now()) return {};
  return at->second.text;
}

bool KeyDocuments::may_fetch(std::string_view url) const {
  if (!core::check_target_url(context_.endpoints, url)) return false;
  const std::lock_guard guard{mutex_};
  const auto at = entries_.find(url);
  if (at == entries_.end()) return has_room();
  return !at->second.waiting.empty() || at->second.tried_at + kAgain <= context_.clock.now();
}

void KeyDocuments::fetch(std::string_view url, std::function<void()> done) {
  const std::string key{url};
  {
    const std::lock_guard guard{mutex_};
    if (!entries_.contains(key)) make_room();
    Entry& entry = entries_[key];
    entry.waiting.push_back(std::move(done));
    if (entry.waiting.size() > 1) return;
    entry.tried_at = context_.clock.now();
  }
  http_.start({.method = "GET",
               .url = key,
               .headers = {{"Accept", "application/json, application/x-pem-file, */*"}},
               .timeout = kTimeout,
               .response_limit = kMaxDocument,
               .response_kept = kMaxDocument},
              [this, key](const HttpOutcome& outcome) { finish(key, outcome); });
}

namespace {

/// Nothing was found there, or it counts no longer; and it may be tried again anyway.
template <class Entry>
bool is_worthless(const Entry& entry, Timestamp now) {
  const bool stale = entry.text.empty() || entry.fetched_at + kKeep <= now;
  return stale && entry.waiting.empty() && entry.tried_at + kAgain <= now;
}

}  // namespace

bool KeyDocuments::has_room() const {
  if (entries_.size() < kMaxEntries) return true;
  const Timestamp now = context_.clock.now();
  return std::ranges::any_of(entries_,
                             [&](const auto& entry) { return is_worthless(entry.second, now); });
}

void KeyDocuments::make_room() {
  if (entries_.size() < kMaxEntries) return;
  const Timestamp now = context_.clock.now();
  std::erase_if(entries_, [&](const auto& entry) { return is_worthless(entry.second, now); });
}

void KeyDocuments::finish(const std::string& url, const HttpOutcome& outcome) {
  std::vector<std::function<void()>> waiting;
  {
    const std::lock_guard guard{mutex_};
    Entry& entry = entries_[url];
    if (outcome.status == 200 && outcome.error.empty()) {
      entry.text = outcome.body;
      entry.fetched_at = context_.clock.now();
    }
    waiting = std::exchange(entry.waiting, {});
  }
  if (outcome.status != 200) {
    log::warn("public keys of " + url + " could not be fetched: " +
              (outcome.error.empty() ? "http " + std::to_string(outcome.status) : outcome.error));
  }
  for (const auto& done : waiting) done();
}

}  // namespace malote::engine
