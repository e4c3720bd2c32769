// What the emulated providers keep: customers, payments, invoices, … each a JSON object in a
// collection. In memory; of each collection the newest `keep` stay. Not thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/json.h"

namespace malote::emulator {

class Resources {
 public:
  explicit Resources(std::size_t keep) : keep_(keep) {}

  /// The object's JSON text, or nullptr. Valid until the next put() or remove().
  const std::string* find(const std::string& collection, const std::string& id) const;
  void put(const std::string& collection, const std::string& id, std::string json);
  void remove(const std::string& collection, const std::string& id);
  std::vector<const std::string*> newest_first(const std::string& collection) const;

  std::map<std::string, std::size_t> counts() const;  // by collection
  std::uint64_t forgotten() const { return forgotten_; }
  void clear() { collections_.clear(); }

 private:
  struct Collection {
    std::unordered_map<std::string, std::string> by_id{};
    std::deque<std::string> order{};  // ids, oldest first
  };
  std::size_t keep_;
  std::uint64_t forgotten_ = 0;
  std::map<std::string, Collection> collections_{};
};

/// The members of `base` with those of `over` (a JSON object's text) in place of their namesakes.
std::string overlay(json::View base, std::string_view over, const std::vector<std::string>& names);

}  // namespace malote::emulator
