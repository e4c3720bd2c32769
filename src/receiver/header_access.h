// Looking headers up in a request. Pure, allocates nothing.
#pragma once

#include <string_view>

#include "base/bytes.h"
#include "malote/receiver/verifier.h"

namespace malote::receiver {

struct FoundHeader {
  int count = 0;
  std::string_view value{};  // of the first, trimmed

  /// There is one, and it says something.
  bool is_single() const { return count == 1 && !value.empty(); }
};

inline FoundHeader find_header(Headers headers, std::string_view name) {
  FoundHeader found;
  for (const auto& header : headers) {
    if (header.name.size() != name.size() || !equals_ignore_case(header.name, name)) continue;
    if (++found.count == 1) found.value = trim(header.value);
  }
  return found;
}

}  // namespace malote::receiver
