// malote loops | runs | sessions | tools: the API from the terminal.
#include <cstdio>

#include "app/builtin.h"
#include "app/cli_parts.h"
#include "app/run_output.h"
#include "base/bytes.h"
#include "base/json_writer.h"

namespace malote::app {

namespace {

const Columns kLoopColumns{
    {"ID", "/id"},           {"NAME", "/name"},        {"VERSION", "/version"},
    {"ENABLED", "/enabled"}, {"ON", "/definition/on"}, {"UPDATED", "/updated_at"}};
const Columns kRunColumns{{"ID", "/id"},
                          {"LOOP", "/loop_name"},
                          {"VERSION", "/version"},
                          {"STATE", "/state"},
                          {"FAILED STEP", "/failed_step"},
                          {"EVENT", "/event_id"},
                          {"STARTED", "/started_at"},
                          {"FINISHED", "/finished_at"}};
const Columns kSessionColumns{
    {"ID", "/id"},           {"USER", "/user_id"},           {"STATUS", "/status"},
    {"SERVERS", "/servers"}, {"CALLS", "/tool_calls_count"}, {"CREATED", "/created_at"}};
const Columns kCallColumns{
    {"ID", "/id"},           {"TOOL", "/tool_name"}, {"SERVER", "/server_id"},
    {"STATUS", "/status"},   {"MS", "/duration_ms"}, {"ERROR", "/error_code"},
    {"CALLED", "/called_at"}};
const Columns kToolColumns{
    {"NAME", "/name"}, {"SERVER", "/server"}, {"DESCRIPTION", "/description"}};

std::string loop_path(const std::string& suffix = "") {
  return "/v1/loops/" + url_encode(given().id) + suffix;
}

std::string file_text() { return text_or_file(given().data == "-" ? "-" : "@" + given().data); }

int run_loop(const Target& target) {
  const Given& g = given();
  json::Writer w;
  w.object();
  if (!g.event.empty()) w.field("event_id", g.event);
  if (!g.data.empty()) w.key("payload").raw(text_or_file(g.data));
  if (g.dry_run) w.field("dry_run", true);
  if (!g.results.empty()) w.key("results").raw(text_or_file(g.results));
  const std::string body = std::move(w.end()).text();
  return call_and_print(target, "POST", loop_path("/run"), body, [&](json::View answer) {
    if (g.dry_run) return print_dry_run(answer);
    print_object(answer);
  });
}

void add_changes_of_loops(CLI::App& loops, Command& chosen) {
  auto* create = leaf(loops, chosen, "create", "Add a loop", [](const Target& t) {
    return call_and_show(t, "POST", "/v1/loops", file_text(), "", {});
  });
  create->add_option("file", given().data, "Its definition as JSON (- for stdin)")->required();
  auto* patch = with_id(leaf(loops, chosen, "patch", "Replace members of its definition",
                             [](const Target& t) {
                               return call_and_show(t, "PATCH", loop_path(),
                                                    text_or_file(given().data), "", {});
                             }),
                        "lop_…");
  patch->add_option("members", given().data, "JSON object (@file, - for stdin)")->required();
  with_id(
      leaf(loops, chosen, "enable", "Let events start it", on_id("POST", "/v1/loops/", "/enable")),
      "lop_…");
  with_id(leaf(loops, chosen, "disable", "Let no event start it; what runs goes on",
               on_id("POST", "/v1/loops/", "/disable")),
          "lop_…");
  with_id(leaf(loops, chosen, "delete", "Remove; what runs goes on",
               on_id("DELETE", "/v1/loops/", "", "")),
          "lop_…");
}

void add_loop_group(CLI::App& app, Command& chosen) {
  auto& loops = group(app, "loops", "Tools run in order, on an event");
  with_list(leaf(loops, chosen, "list", "List loops", [](const Target& t) {
    return call_and_show(t, "GET", "/v1/loops" + list_query(), "", "loops", kLoopColumns);
  }));
  with_id(leaf(loops, chosen, "show", "Show one", on_id("GET", "/v1/loops/", "", "")), "lop_…");
  add_changes_of_loops(loops, chosen);
  auto* run = with_id(leaf(loops, chosen, "run", "Run it by hand", run_loop), "lop_…");
  auto* event = run->add_option("--event", given().event, "On this stored event: evt_…");
  run->add_option("--payload", given().data, "On this event data: JSON object (@file, -)")
      ->excludes(event);
  auto* dry =
      run->add_flag("--dry-run", given().dry_run, "Only say what each step would be called with");
  run->add_option("--results", given().results,
                  "Stand for what steps come to: JSON by step (@file, -)")
      ->needs(dry);
  leaf(loops, chosen, "example", "Print a definition to begin with", [](const Target&) {
    std::printf("%s", builtin_loop().c_str());
    return 0;
  });
}

void add_runs(CLI::App& app, Command& chosen) {
  auto& runs = group(app, "runs", "What loops did");
  auto* list = leaf(runs, chosen, "list", "List runs", [](const Target& t) {
    return call_and_show(t, "GET", "/v1/runs" + list_query(), "", "runs", kRunColumns);
  });
  with_list(list);
  list->add_option("--loop", given().loop, "Only of this loop: lop_…");
  list->add_option("--state", given().state,
                   "running, compensating, completed, failed or cancelled");
  list->add_option("--event", given().event, "Only what this event started: evt_…");
  with_id(leaf(runs, chosen, "show", "One run and its journal",
               [](const Target& t) {
                 return call_and_print(t, "GET", "/v1/runs/" + url_encode(given().id), "",
                                       print_run);
               }),
          "run_…");
  with_id(leaf(runs, chosen, "cancel", "Let nothing follow the step under way",
               on_id("POST", "/v1/runs/", "/cancel")),
          "run_…");
  auto* redrive = with_id(leaf(runs, chosen, "redrive", "Do again what failed, and go on",
                               [](const Target& t) {
                                 std::string path =
                                     "/v1/runs/" + url_encode(given().id) + "/redrive";
                                 if (!given().from.empty())
                                   path += "?from=" + url_encode(given().from);
                                 return call_and_show(t, "POST", path, "{}", "", {});
                               }),
                          "run_…");
  redrive->add_option("--from", given().from, "From this step on (default: the first that failed)");
}

void add_sessions(CLI::App& app, Command& chosen) {
  auto& sessions = group(app, "sessions", "What tools are called in");
  auto* list = leaf(sessions, chosen, "list", "List sessions", [](const Target& t) {
    return call_and_show(t, "GET", "/v1/sessions" + list_query(), "", "sessions", kSessionColumns);
  });
  with_list(list);
  list->add_option("--status", given().status, "active or closed");
  list->add_option("--user", given().user, "Only of this user");
  with_id(leaf(sessions, chosen, "show", "Show one", on_id("GET", "/v1/sessions/", "", "")),
          "ses_…");
  with_list(with_id(leaf(sessions, chosen, "calls", "Tool calls made in it",
                         [](const Target& t) {
                           return call_and_show(t, "GET",
                                                "/v1/sessions/" + url_encode(given().id) +
                                                    "/tool-calls" + list_query(),
                                                "", "tool_calls", kCallColumns);
                         }),
                    "ses_…"));
}

void add_tools(CLI::App& app, Command& chosen) {
  auto& tools = group(app, "tools", "What can be called");
  auto* list = leaf(tools, chosen, "list", "List tools and meta-tools", [](const Target& t) {
    return call_and_show(t, "GET", "/v1/tools" + list_query(), "", "tools", kToolColumns);
  });
  list->add_option("--server", given().server, "Only of this server");
  with_id(leaf(tools, chosen, "show", "One tool and its parameters",
               on_id("GET", "/v1/tools/", "", "")),
          "server/tool, or a meta-tool's name");
}

}  // namespace

void add_loops(CLI::App& app, Command& chosen) {
  add_loop_group(app, chosen);
  add_runs(app, chosen);
  add_sessions(app, chosen);
  add_tools(app, chosen);
}

}  // namespace malote::app
