// A page of a list, newest first.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace malote {

struct Page {
  int limit = 50;
  std::int64_t before = 0;  // a key or row number
  Timestamp before_at{};    // for dead letters of one trigger, which are ordered by (time, key)
};

}  // namespace malote
