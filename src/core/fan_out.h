// Which triggers does an event wake? Pure.
#pragma once

#include <string_view>
#include <vector>

#include "core/catalogue.h"
#include "model/trigger.h"

namespace malote::core {

/// One trigger's wish, as fan-out sees it.
struct Wish {
  const std::vector<std::string>& events;
  std::string_view server_id;  // empty: any source
};

bool wakes(const Catalogue& catalogue, const Wish& wish, std::string_view type,
           std::string_view source);

}  // namespace malote::core
