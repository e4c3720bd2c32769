// Changing one JSON object by another.
#pragma once

#include <string>

#include "base/json.h"

namespace malote::json {

/// `before` with the patch's members in place of its own; null takes one out. Their inside is not
/// looked into: RFC 7396 on the top level.
std::string merged(View before, View patch);

}  // namespace malote::json
