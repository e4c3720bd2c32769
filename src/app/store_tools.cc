// malote backup, malote verify-store
#include <CLI/CLI.hpp>

#include <cstdio>
#include <filesystem>

#include "app/commands.h"
#include "store/sqlite_tools.h"

namespace malote::app {

namespace {

std::string database_in(const std::string& data_dir) {
  Flags flags;
  flags.data_dir = data_dir;
  const std::string path = load_config(flags).database();
  if (!std::filesystem::exists(path)) throw std::runtime_error("there is no store at " + path);
  return path;
}

int back_up(const std::string& data_dir, const std::string& to) {
  const auto done = store::backup(database_in(data_dir), to, {});
  if (!done) {
    std::fprintf(stderr, "malote: %s\n", done.error().message.c_str());
    return 1;
  }
  std::printf(
      "backup written to %s (%ju bytes)\nkeep the master key with it, or its secrets stay sealed\n",
      to.c_str(), static_cast<std::uintmax_t>(std::filesystem::file_size(to)));
  return 0;
}

int verify(const std::string& data_dir, const std::string& file) {
  const std::string path = file.empty() ? database_in(data_dir) : file;
  if (!std::filesystem::exists(path)) throw std::runtime_error("there is no file " + path);
  const auto result = store::verify(path);
  if (!result) {
    std::fprintf(stderr, "malote: %s\n", result.error().message.c_str());
    return 1;
  }
  std::printf(
      "%s: %jd events, %jd deliveries (%jd pending), %jd receipts\n", path.c_str(),
      static_cast<std::intmax_t>(result->events), static_cast<std::intmax_t>(result->deliveries),
      static_cast<std::intmax_t>(result->pending), static_cast<std::intmax_t>(result->receipts));
  for (const auto& problem : result->problems) std::printf("PROBLEM: %s\n", problem.c_str());
  if (result->problems.empty()) std::printf("ok\n");
  return result->problems.empty() ? 0 : 1;
}

}  // namespace

void add_store_tools(CLI::App& app, Command& chosen) {
  static std::string data_dir;
  static std::string target;
  auto* backup =
      app.add_subcommand("backup", "Copy the store to a new file while the gateway runs");
  backup->add_option("to", target, "The new file")->required();
  backup->add_option("--data", data_dir, "Data folder [MALOTE_DATA]");
  backup->callback([&chosen] { chosen = [] { return back_up(data_dir, target); }; });
  auto* check = app.add_subcommand("verify-store", "Check the store's integrity and its own rules");
  check->add_option("--data", data_dir, "Data folder [MALOTE_DATA]");
  check->add_option("--file", target, "A database file instead, e.g. a backup");
  check->callback([&chosen] { chosen = [] { return verify(data_dir, target); }; });
}

}  // namespace malote::app
