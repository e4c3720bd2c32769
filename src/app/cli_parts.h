// What the commands that speak to a gateway's API are made of: their options, and leaves that make
// one call each. One command runs per process, so the options are kept in one place.
#pragma once

#include <CLI/CLI.hpp>

#include <functional>
#include <string>
#include <vector>

#include "app/cli_output.h"
#include "app/commands.h"

namespace malote::app {

/// Everything the options of these commands may set.
struct Given {
  Target target{};
  std::string id{}, name{}, event{}, url{}, server{}, data{}, secret{}, webhook_secret{},
      metadata{}, state{}, trigger{}, type{}, before{}, reference{}, env{}, loop{}, status{},
      user{}, results{}, from{};
  std::vector<std::string> scopes{};
  int limit = 50;
  bool dry_run = false;
};
Given& given();

/// "-" reads standard input, "@file" a file; anything else is the text itself. Throws
/// std::runtime_error where a file cannot be read.
std::string text_or_file(const std::string& text);

/// "?limit=…" and every filter that was given.
std::string list_query();

/// A group of commands, with the options of the gateway.
CLI::App& group(CLI::App& app, const std::string& name, const std::string& about);
void add_target(CLI::App& app, const std::string& title);

/// Adds a leaf command that makes one API call.
CLI::App* leaf(CLI::App& group, Command& chosen, const std::string& name, const std::string& about,
               std::function<int(const Target&)> run);
CLI::App* with_id(CLI::App* command, const char* what);
void with_list(CLI::App* command);

/// A call to a path that ends in the given id.
std::function<int(const Target&)> on_id(const char* method, std::string prefix,
                                        std::string suffix = "", std::string body = "{}");

}  // namespace malote::app
