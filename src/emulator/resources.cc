#include "emulator/resources.h"

#include <algorithm>

#include "base/json_writer.h"

namespace malote::emulator {

const std::string* Resources::find(const std::string& collection, const std::string& id) const {
  const auto at = collections_.find(collection);
  if (at == collections_.end()) return nullptr;
  const auto found = at->second.by_id.find(id);
  return found == at->second.by_id.end() ? nullptr : &found->second;
}

void Resources::put(const std::string& collection, const std::string& id, std::string json) {
  Collection& kept = collections_[collection];
  const auto [at, is_new] = kept.by_id.insert_or_assign(id, std::move(json));
  if (!is_new) return;
  kept.order.push_back(id);
  while (kept.order.size() > keep_) {
    forgotten_ += kept.by_id.erase(kept.order.front());
    kept.order.pop_front();
  }
}

void Resources::remove(const std::string& collection, const std::string& id) {
  Collection& kept = collections_[collection];
  if (kept.by_id.erase(id) > 0) std::erase(kept.order, id);
}

std::vector<const std::string*> Resources::newest_first(const std::string& collection) const {
  std::vector<const std::string*> found;
  const auto at = collections_.find(collection);
  if (at == collections_.end()) return found;
  for (auto id = at->second.order.rbegin(); id != at->second.order.rend(); ++id)
    found.push_back(&at->second.by_id.at(*id));
  return found;
}

std::map<std::string, std::size_t> Resources::counts() const {
  std::map<std::string, std::size_t> counts;
  for (const auto& [name, collection] : collections_) counts[name] = collection.by_id.size();
  return counts;
}

std::string overlay(json::View base, std::string_view over, const std::vector<std::string>& names) {
  std::string out{"{"};
  for (const auto member : base) {
    if (std::ranges::find(names, member.key()) != names.end()) continue;
    if (out.size() > 1) out += ',';
    json::append_string(out, member.key());
    out += ':';
    out += member.raw();
  }
  const auto open = over.find('{');
  const auto close = over.rfind('}');
  const std::string_view inside = names.empty() || open == std::string_view::npos
                                      ? std::string_view{}
                                      : over.substr(open + 1, close - open - 1);
  if (!inside.empty() && out.size() > 1) out += ',';
  out += inside;
  return out += '}';
}

}  // namespace malote::emulator
