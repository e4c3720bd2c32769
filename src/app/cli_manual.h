// What is written from the command line's parser itself, so that it cannot fall behind it: the
// manual page and the completion scripts of shells. Pure.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace malote::app {

/// malote(1) as roff: every command with its options.
std::string manual_page(const CLI::App& app);

// Each completes commands of any depth and their options; where an option's value is expected, the
// shell's own completion of file names takes over.
std::string bash_completion(const CLI::App& app);
std::string zsh_completion(const CLI::App& app);
std::string fish_completion(const CLI::App& app);

}  // namespace malote::app
