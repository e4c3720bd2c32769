// The tool servers that are started as a command, for the client that runs them.
#pragma once

#include "net/command_client.h"
#include "tools/registry.h"
#include "tools/variables.h"

namespace malote::app {

/// By the server's id. A command gets what its definition gives it, and of `environment` (the
/// gateway's own) only what programs need to find their way: PATH, HOME, LANG, TZ, TMPDIR. One
/// whose variables are not all set is left out: whoever asks for it is told.
net::CommandClient::Commands commands_of(const tools::Registry& registry,
                                         const tools::Environment& environment);

}  // namespace malote::app
