// The command line's subcommands. Each returns the process's exit code: 0 fine, 1 the thing asked
// for failed, 2 wrong use or configuration.
#pragma once

#include <functional>
#include <string>

#include "app/config.h"

namespace CLI {
class App;
}

namespace malote::app {

/// What was chosen on the command line; run after parsing.
using Command = std::function<int()>;

void add_serve(CLI::App& app, Command& chosen);
void add_demo(CLI::App& app, Command& chosen);
void add_emulate(CLI::App& app, Command& chosen);
void add_resources(CLI::App& app,
                   Command& chosen);             // keys, connections, triggers, events, deliveries
void add_loops(CLI::App& app, Command& chosen);  // loops, runs, sessions, tools
void add_listen(CLI::App& app, Command& chosen);
void add_tail(CLI::App& app, Command& chosen);
void add_send(CLI::App& app, Command& chosen);  // trigger, replay
void add_doctor(CLI::App& app, Command& chosen);
void add_inbound_check(CLI::App& app, Command& chosen);
void add_inbound_explain(CLI::App& inbound, Command& chosen);
void add_receiver_check(CLI::App& app, Command& chosen);
void add_providers(CLI::App& app, Command& chosen);
void add_bench(CLI::App& app, Command& chosen);
void add_store_tools(CLI::App& app, Command& chosen);  // backup, verify-store

/// Parses and runs. Start-up failures (std::runtime_error) become one readable line and code 2.
int run_cli(int argc, char** argv);

}  // namespace malote::app
