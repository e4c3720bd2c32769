// Does the master key open this store? Asked once at every start, so that a wrong key is named
// before it can spoil anything.
#pragma once

#include "engine/context.h"

namespace malote::engine {

/// The first time a constant is sealed into the store, if what is sealed there already opens; later
/// starts must be able to open it. Blocks for the write; before anything else works on the store.
Result<void> check_master_key(const Context& context);

}  // namespace malote::engine
