// Tool calls of which the store says that they run though nobody makes them: the gateway ended
// meanwhile, or what came of them could not be written.
#pragma once

#include <string_view>

#include "engine/context.h"

namespace malote::engine {

/// The error code of such a call. Whoever repeats it under its key is answered as after a crash.
inline constexpr std::string_view kInterrupted = "interrupted";

/// Makes errors of those that began at `before` or earlier; those that clients record are theirs to
/// end. Returns how many. Blocks; any thread but the store's writer.
Result<int> settle_interrupted(const Context& context, Timestamp before);

}  // namespace malote::engine
