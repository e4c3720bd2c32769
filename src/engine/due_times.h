// Due times after the clock went back: what was queued or failed while it was ahead would otherwise
// wait for that time to come.
#pragma once

#include "ports/store.h"

namespace malote::engine {

/// What was never tried is due by now, all else after the longest wait that its schedule knows.
void pull_all_due_back(Tx& tx, Timestamp now);

}  // namespace malote::engine
