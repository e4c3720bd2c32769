#include "app/run_output.h"

#include <cstdio>

#include "app/cli_output.h"
#include "base/json_writer.h"

namespace malote::app {

namespace {

constexpr std::size_t kLine = 100;

/// Cut between characters.
std::string cut(std::string text, std::size_t width) {
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) == 0x80) continue;
    if (characters++ == width) return text.substr(0, i) + "…";
  }
  return text;
}

std::string text_of(json::View value) { return printable(value.as_text().value_or("")); }

void print_line(json::View step, const char* label, const std::string& line) {
  std::printf("%-10s %-6s %s\n", text_of(step["name"]).c_str(), label, line.c_str());
}

}  // namespace

std::string in_a_line(json::View value, std::size_t width) {
  if (!value.is_object()) return cut(compact(value), width);
  json::Writer w;
  w.object();
  for (const auto member : value) {
    if (member.key() != "raw" && !member.is_null()) w.key(member.key()).raw(member.raw());
  }
  const auto document = json::Document::parse(std::move(w.end()).text());
  return document ? cut(compact(document->root()), width) : "";
}

std::string answer_in_a_line(json::View step, std::size_t width) {
  const json::View result = step["result"];
  if (result["success"].as_bool().value_or(false)) return in_a_line(result["data"], width);
  return cut(text_of(result["error"]), width);
}

void print_run(json::View run) {
  json::Writer w;
  w.object();
  for (const auto member : run) {
    if (member.key() != "steps") w.key(member.key()).raw(member.raw());
  }
  const auto head = json::Document::parse(std::move(w.end()).text());
  if (head) print_object(head->root());
  const json::View steps = run["steps"];
  std::printf("\n");
  print_table(steps, {{"STEP", "/name"},
                      {"STATE", "/state"},
                      {"TRIES", "/attempts"},
                      {"TOOL", "/tool"},
                      {"SERVER", "/result/server"},
                      {"FINISHED", "/finished_at"},
                      {"IDEMPOTENCY KEY", "/idempotency_key"}});
  std::printf("\n");
  for (const auto step : steps) {
    if (step["params"].is_null()) continue;
    print_line(step, "given", in_a_line(step["params"], kLine));
    print_line(step, "back", answer_in_a_line(step, kLine));
  }
}

void print_dry_run(json::View plan) {
  const json::View steps = plan["steps"];
  print_table(steps, {{"STEP", "/name"}, {"WOULD", "/would"}, {"TOOL", "/tool"}});
  std::printf("\n");
  for (const auto step : steps) {
    if (!step["params"].is_null())
      print_line(step, "given", in_a_line(step["params"], kLine));
    else if (!step["unresolved"].is_null())
      print_line(step, "lacks", text_of(step["unresolved"]));
  }
}

}  // namespace malote::app
