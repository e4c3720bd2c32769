#include <CLI/CLI.hpp>

#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <exception>

#include "app/builtin.h"
#include "app/cli_manual.h"
#include "app/commands.h"
#include "base/nearest.h"
#include "sim/sim_main.h"

namespace malote::app {

namespace {

void add_sim(CLI::App& app, Command& chosen) {
  auto* command =
      app.add_subcommand("sim", "Run the engine in simulation: faults, crashes, invariants");
  static sim::SimOptions options;
  command->add_option("--seeds", options.seeds, "One seed, or a range A..B")->default_val("1..200");
  command->add_option("--hours", options.hours, "Virtual hours of faults per seed")->default_val(2);
  command->add_option("--plant", options.plant, "Plant a defect by name, or \"list\"");
  command->add_flag("--verbose", options.verbose, "Print the trace of the run");
  command->callback([&chosen] { chosen = [] { return sim::run(options); }; });
}

/// What the parser itself is written out as.
void add_manual(CLI::App& app, Command& chosen) {
  static std::string shell{"bash"};
  auto* completion = app.add_subcommand("completion", "Print a completion script");
  completion->add_option("shell", shell, "bash, zsh or fish")
      ->check(CLI::IsMember({"bash", "zsh", "fish"}))
      ->capture_default_str();
  const auto print = [&chosen, &app](std::string (*text)(const CLI::App&)) {
    chosen = [&app, text] { return std::fputs(text(app).c_str(), stdout) < 0 ? 1 : 0; };
  };
  completion->callback([print] {
    print(shell == "zsh" ? zsh_completion : shell == "fish" ? fish_completion : bash_completion);
  });
  app.add_subcommand("man", "Print the manual page")->callback([print] { print(manual_page); });
}

/// The words of the command line; "malote help x" asks the same as "malote x --help".
std::vector<std::string> words_of(int argc, char** argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  if (!words.empty() && words.front() == "help") {
    words.erase(words.begin());
    words.emplace_back("--help");
  }
  return words;
}

/// Where a subcommand was expected and another word came: that word and the nearest subcommand.
/// Empty when that was not the fault.
std::string unknown_command(const CLI::App& app) {
  const CLI::App* group = &app;
  while (!group->get_subcommands().empty()) group = group->get_subcommands().back();
  std::vector<std::string> known;
  for (const auto* command : group->get_subcommands({})) known.push_back(command->get_name());
  const auto words = app.remaining(true);
  const auto word =
      std::ranges::find_if(words, [](const auto& text) { return !text.starts_with('-'); });
  if (known.empty() || word == words.end()) return {};
  return "there is no command " + *word + "; did you mean " + nearest(*word, known) + "?";
}

int explain(const CLI::App& app, const CLI::ParseError& error) {
  const std::string unknown = unknown_command(app);
  if (unknown.empty() || error.get_exit_code() == 0) return app.exit(error) == 0 ? 0 : 2;
  std::fprintf(stderr, "malote: %s\nRun with --help for more information.\n", unknown.c_str());
  return 2;
}

}  // namespace

int run_cli(int argc, char** argv) {
  ::umask(077);  // every file written from here on holds customers' data
  CLI::App app{"Malote: a self-hosted commerce webhook gateway", "malote"};
  app.set_version_flag("--version", std::string{"malote "} + kVersion);
  app.require_subcommand(1);
  app.failure_message(CLI::FailureMessage::simple);
  Command chosen;
  add_serve(app, chosen);
  add_demo(app, chosen);
  add_emulate(app, chosen);
  add_resources(app, chosen);
  add_listen(app, chosen);
  add_tail(app, chosen);
  add_send(app, chosen);
  add_doctor(app, chosen);
  add_providers(app, chosen);
  add_inbound_check(app, chosen);
  add_receiver_check(app, chosen);
  add_store_tools(app, chosen);
  add_sim(app, chosen);
  add_bench(app, chosen);
  add_manual(app, chosen);
  try {
    auto words = words_of(argc, argv);
    std::ranges::reverse(words);  // as CLI11 takes them
    app.parse(std::move(words));
  } catch (const CLI::ParseError& error) {
    return explain(app, error);
  }
  try {
    return chosen();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "malote: %s\n", error.what());
    return 2;
  }
}

}  // namespace malote::app
