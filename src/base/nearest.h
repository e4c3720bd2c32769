// The word that a person most likely meant. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace malote {

/// The known word with the fewest single-letter edits from `word`, the first of equals; empty when
/// none is known.
std::string nearest(std::string_view word, const std::vector<std::string>& known);

}  // namespace malote
