// /_emulator/…: how a test looks at the emulator and steers it.
#pragma once

#include "emulator/world.h"

namespace malote::emulator {

/// `path` is what follows "/_emulator". A malformed body is answered 400 and says where it is
/// wrong.
Response control(const Request& request, std::string_view path, World& world, Timestamp now);

Result<void> set_faults(World& world, std::string_view json);
Result<void> add_webhook(World& world, std::string_view json);

}  // namespace malote::emulator
