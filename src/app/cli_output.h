// Talking to a running gateway from the command line, and showing what it said.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/printable.h"

namespace malote::app {

/// Where the gateway is and how to show its answers; shared by all resource commands.
struct Target {
  std::string url{};      // [MALOTE_URL] http://127.0.0.1:8080
  std::string api_key{};  // [MALOTE_API_KEY]
  bool json = false;      // for programs: the answer as it came
};

/// A column of a table: its title and the member it shows (a JSON pointer).
using Columns = std::vector<std::pair<std::string, std::string>>;

/// Sends the request and has `print` show its answer, or prints it as JSON. Errors go to stderr.
/// Returns the exit code.
int call_and_print(const Target& target, const std::string& method, const std::string& path,
                   const std::string& body, const std::function<void(json::View answer)>& print);

/// The same; prints the answer as a table (lists, with `columns`), as lines "name value"
/// (objects).
int call_and_show(const Target& target, const std::string& method, const std::string& path,
                  const std::string& body, const std::string& list_member, const Columns& columns);

/// A value as JSON without white space between its parts, printable.
std::string compact(json::View value);
void print_table(json::View list, const Columns& columns);
/// Lines "name value"; objects inside are indented.
void print_object(json::View object, const std::string& indent = "");

}  // namespace malote::app
