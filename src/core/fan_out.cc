#include "core/fan_out.h"

#include <algorithm>

namespace malote::core {

bool wakes(const Catalogue& catalogue, const Wish& wish, std::string_view type,
           std::string_view source) {
  if (!wish.server_id.empty() && wish.server_id != source) return false;
  return std::ranges::any_of(
      wish.events, [&](const std::string& pattern) { return matches(catalogue, pattern, type); });
}

}  // namespace malote::core
