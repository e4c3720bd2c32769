// Taking secrets out of what others said.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace malote {

/// Each `secret` in `text` becomes "***": as it is, and as JSON may write it, also within a text of
/// JSON. One of less than six bytes stays, since it would be found in anything.
void redact(std::string& text, std::string_view secret);

/// The longest first, for one may be a part of another.
void redact(std::string& text, std::vector<std::string> secrets);

}  // namespace malote
