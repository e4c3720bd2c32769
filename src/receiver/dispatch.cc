#include "receiver/dispatch.h"

#include <algorithm>

#include "receiver/event_reader.h"

namespace malote::receiver {

bool Dispatch::add(const std::string& type, Handler handler) {
  const std::string canonical{canonical_name(type)};
  if (!canonical.empty()) by_canonical_.try_emplace(canonical, handler);
  return by_type_.try_emplace(type, std::move(handler)).second;
}

bool Dispatch::add_prefix(const std::string& prefix, Handler handler) {
  const auto is_same = [&](const auto& entry) { return entry.first == prefix; };
  if (std::ranges::any_of(by_prefix_, is_same)) return false;
  by_prefix_.emplace_back(prefix, std::move(handler));
  std::ranges::stable_sort(by_prefix_, std::greater{},
                           [](const auto& entry) { return entry.first.size(); });
  return true;
}

void Dispatch::add_observer(std::function<void(const Event&)> observer) {
  observers_.push_back(std::move(observer));
}

const Handler* Dispatch::find(const Event& event) const {
  if (const auto at = by_type_.find(event.type); at != by_type_.end()) return &at->second;
  if (const auto at = by_canonical_.find(event.canonical); at != by_canonical_.end())
    return &at->second;
  for (const auto& [prefix, handler] : by_prefix_)
    if (event.type.starts_with(prefix)) return &handler;
  return unhandled_ ? &unhandled_ : nullptr;
}

Handled Dispatch::run(const Event& event, Context& context) const noexcept {
  for (const auto& observer : observers_) {
    try {
      observer(event);
    } catch (...) {  // it only watches
    }
  }
  const Handler* handler = find(event);
  if (!handler) return {};
  try {
    return {.outcome = (*handler)(event, context)};
  } catch (const std::exception& error) {
    return {.threw = true, .what = error.what()};
  } catch (...) {
    return {.threw = true, .what = "something that is no std::exception"};
  }
}

}  // namespace malote::receiver
