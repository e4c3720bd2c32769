// A file that holds a key: for its owner only (0600), whole or not there at all, and on disk when
// the call returns; half a key would block every later start.
#pragma once

#include <string>

namespace malote::app {

/// Replaces what was there. Throws std::runtime_error that names the file and the reason.
void write_key_file(const std::string& path, const std::string& text);

}  // namespace malote::app
