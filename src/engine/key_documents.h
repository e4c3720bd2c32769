// Documents of public keys that providers publish: key sets and certificates. Fetched when a
// request names one that is not here, kept for a while. Thread-safe.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/context.h"
#include "ports/http_client.h"

namespace malote::engine {

class KeyDocuments {
 public:
  KeyDocuments(const Context& context, HttpClient& http) : context_(context), http_(http) {}

  std::optional<std::string> find(std::string_view url) const;

  /// False within a minute of the last try: whoever invents key ids must not make us hammer the
  /// provider. Also false for plain http, unless the endpoint policy allows it, and while too many
  /// other documents are being tried: requests may name documents that do not exist.
  bool may_fetch(std::string_view url) const;

  /// Calls `done` when the document is here, or could not be had; on the HTTP client's thread.
  /// Several that want the same one share a fetch.
  void fetch(std::string_view url, std::function<void()> done);

 private:
  struct Entry {
    std::string text{};  // the last good one
    Timestamp fetched_at{};
    Timestamp tried_at{};
    std::vector<std::function<void()>> waiting{};  // not empty: a fetch is under way
  };
  void finish(const std::string& url, const HttpOutcome& outcome);
  bool has_room() const;
  void make_room();

  const Context& context_;
  HttpClient& http_;
  mutable std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace malote::engine
