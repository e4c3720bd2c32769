// A file compiled into the binary (cmake/embed.cmake). Views live as long as the program.
#pragma once

#include <span>
#include <string_view>

namespace malote {

struct EmbeddedFile {
  std::string_view name;  // path relative to the project root, e.g. "data/events.json"
  std::string_view text;
};

}  // namespace malote
