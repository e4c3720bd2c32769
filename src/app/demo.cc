// malote demo
#include <CLI/CLI.hpp>

#include "app/commands.h"

namespace malote::app {

void add_demo(CLI::App&, Command&) {}

}  // namespace malote::app
