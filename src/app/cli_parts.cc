#include "app/cli_parts.h"

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>

#include "base/bytes.h"

namespace malote::app {

Given& given() {
  static Given instance;
  return instance;
}

std::string text_or_file(const std::string& text) {
  std::ostringstream out;
  if (text == "-") {
    out << std::cin.rdbuf();
  } else if (text.starts_with('@')) {
    std::ifstream in{text.substr(1)};
    if (!in) throw std::runtime_error("cannot read " + text.substr(1));
    out << in.rdbuf();
  } else {
    return text;
  }
  std::string read = out.str();  // editors and echo end a file with a newline that is not meant
  if (read.ends_with('\n')) read.pop_back();
  if (read.ends_with('\r')) read.pop_back();
  return read;
}

namespace {

std::string environment(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value && *value ? value : otherwise;
}

/// Options count before the environment. Not through CLI11's envname(): it would let the same
/// option of a group that was not called take the variable, and win.
Target target() {
  Target target = given().target;
  if (target.url.empty()) target.url = environment("MALOTE_URL", "http://127.0.0.1:8080");
  if (target.api_key.empty()) target.api_key = environment("MALOTE_API_KEY", "");
  return target;
}

}  // namespace

std::string list_query() {
  const Given& g = given();
  std::string query = "?limit=" + std::to_string(g.limit);
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) query += std::string{"&"} + name + "=" + url_encode(value);
  };
  add("before", g.before);
  add("state", g.state);
  add("trigger_id", g.trigger);
  add("type", g.type);
  add("external_reference", g.reference);
  add("loop_id", g.loop);
  add("event_id", g.event);
  add("status", g.status);
  add("user_id", g.user);
  add("server", g.server);
  return query;
}

CLI::App* leaf(CLI::App& group, Command& chosen, const std::string& name, const std::string& about,
               std::function<int(const Target&)> run) {
  auto* command = group.add_subcommand(name, about);
  command->callback([&chosen, run = std::move(run)] { chosen = [run] { return run(target()); }; });
  return command;
}

CLI::App* with_id(CLI::App* command, const char* what) {
  command->add_option("id", given().id, what)->required();
  return command;
}

void with_list(CLI::App* command) {
  command->add_option("--limit", given().limit, "Rows")->default_val(50);
  command->add_option("--before", given().before, "Cursor of the next page");
}

void add_target(CLI::App& app, const std::string& title) {
  Target& target = given().target;
  app.add_option("--url", target.url, "The gateway (default http://127.0.0.1:8080) [MALOTE_URL]")
      ->group(title);
  app.add_option("--api-key", target.api_key, "API key [MALOTE_API_KEY]")->group(title);
  app.add_flag("--json", target.json, "Print the answer as JSON")->group(title);
}

CLI::App& group(CLI::App& app, const std::string& name, const std::string& about) {
  auto* command = app.add_subcommand(name, about);
  command->require_subcommand(1);
  add_target(*command, "Options");
  command->fallthrough();
  return *command;
}

std::function<int(const Target&)> on_id(const char* method, std::string prefix, std::string suffix,
                                        std::string body) {
  return [=](const Target& target) {
    return call_and_show(target, method, prefix + url_encode(given().id) + suffix, body, "", {});
  };
}

}  // namespace malote::app
