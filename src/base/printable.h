// Foreign text for a log or a terminal.
#pragma once

#include <string>
#include <string_view>

namespace malote {

/// In one line and without commands to a terminal: control characters, the C1 ones (U+0080 to
/// U+009F) too, are written as JSON would write them.
std::string printable(std::string_view text);

}  // namespace malote
