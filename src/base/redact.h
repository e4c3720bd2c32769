// Taking secrets out of what others said.
#pragma once

#include <string>
#include <string_view>

namespace malote {

/// Each `secret` in `text` becomes "***": as it is, and as JSON may write it. One of less than six
/// bytes stays, since it would be found in anything.
void redact(std::string& text, std::string_view secret);

}  // namespace malote
