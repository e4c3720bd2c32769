// malote providers list | show | lint | test: provider packs, built in and of a folder.
#include <CLI/CLI.hpp>

#include <cstdio>
#include <filesystem>

#include "app/builtin.h"
#include "app/commands.h"
#include "app/own_files.h"
#include "base/json_writer.h"
#include "providers/mapping.h"

namespace malote::app {

namespace {

struct Given {
  std::string folder{}, id{};
  std::vector<std::string> paths{};
  bool json = false;
};

Given& given() {
  static Given instance;
  return instance;
}

providers::Registry all_packs() { return packs_with(given().folder); }

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

int list() {
  for (const auto& [id, pack] : all_packs().packs()) {
    if (given().json) {
      json::Writer w;
      w.object().field("id", id).field("label", pack->label).field("category", pack->category);
      w.field("default_scheme", pack->default_scheme).key("events").array();
      for (const auto& type : pack->event_types()) w.string(type);
      std::printf("%s\n", std::move(w.end().end()).text().c_str());
    } else {
      std::printf("%-18s %-22s %-10s %s\n", id.c_str(), pack->label.c_str(), pack->category.c_str(),
                  pack->default_scheme.c_str());
    }
  }
  return 0;
}

int show() {
  const auto pack = all_packs().find(given().id);
  if (!pack) throw std::runtime_error("no provider " + given().id + "; malote providers list");
  if (given().json) {
    std::printf("%s\n", std::string{pack->document.root().raw()}.c_str());
    return 0;
  }
  std::vector<std::string> schemes;
  for (const auto& [name, ignored] : pack->schemes) schemes.push_back(name);
  std::printf("%s (%s)\n", pack->label.c_str(), pack->id.c_str());
  std::printf("  category   %s, %s\n", pack->category.c_str(), joined(pack->countries).c_str());
  std::printf("  proof      %s\n", pack->default_scheme.c_str());
  std::printf("  or         %s\n", joined(schemes).c_str());
  std::printf("  evidence   %s\n", pack->evidence.c_str());
  std::printf("  events     %s\n", joined(pack->event_types()).c_str());
  std::printf("  read       %s\n", joined(pack->documentation).c_str());
  std::printf("  webhooks   POST /v1/webhooks/%s/<connection id>\n", pack->id.c_str());
  return 0;
}

/// The files of the given paths; a folder stands for its *.json.
std::vector<std::string> given_files() {
  namespace fs = std::filesystem;
  std::vector<std::string> files;
  for (const auto& path : given().paths) {
    if (!fs::is_directory(path)) {
      files.push_back(path);
      continue;
    }
    for (const auto& entry : fs::directory_iterator{path}) {
      if (entry.path().extension() == ".json") files.push_back(entry.path().string());
    }
  }
  std::ranges::sort(files);
  return files;
}

/// What the pack promises and cannot keep: types outside the catalogue, fixtures that mean
/// something else.
std::vector<std::string> faults_of(const providers::Pack& pack, const core::Catalogue& catalogue,
                                   bool with_fixtures) {
  std::vector<std::string> faults;
  for (const auto& type : pack.event_types()) {
    if (!catalogue.find(type)) faults.push_back("rules: " + type + " is not in the catalogue");
  }
  if (!with_fixtures) return faults;
  const providers::CanonicalName canonical =
      [&](std::string_view name) -> std::optional<std::string> {
    const auto* type = catalogue.find(name);
    return type ? std::optional{type->name} : std::nullopt;
  };
  const json::View fetched = pack.document.root()["fixture_fetched"];
  for (const auto fixture : pack.fixtures) {
    const providers::RawRequest request{.method = "POST", .body = std::string{fixture.raw()}};
    const auto mapped = providers::map_request({.pack = pack,
                                                .request = request,
                                                .body = fixture,
                                                .fetched = fetched[fixture.key()],
                                                .canonical = canonical});
    const std::string got = mapped.drafts.empty() ? "" : mapped.drafts.front().type;
    if (got == fixture.key()) continue;
    faults.push_back("fixtures/" + std::string{fixture.key()} + ": maps to " +
                     (got.empty() ? "nothing" : got));
  }
  return faults;
}

int examine(bool with_fixtures) {
  const auto catalogue = builtin_catalogue();
  int good = 0;
  int bad = 0;
  for (const auto& file : given_files()) {
    const auto pack = read_pack(file);
    const auto faults = pack ? faults_of(*pack, catalogue, with_fixtures)
                             : std::vector<std::string>{pack.error().message};
    for (const auto& fault : faults)
      std::printf("%s%s\n", pack ? (file + ": ").c_str() : "", fault.c_str());
    if (faults.empty()) std::printf("%s: fine\n", file.c_str());
    ++(faults.empty() ? good : bad);
  }
  std::printf("%d passed, %d failed\n", good, bad);
  return bad == 0 && good > 0 ? 0 : 1;
}

CLI::App* leaf(CLI::App& group, Command& chosen, const char* name, const char* about,
               int (*run)()) {
  auto* command = group.add_subcommand(name, about);
  command->callback([&chosen, run] { chosen = run; });
  return command;
}

}  // namespace

void add_providers(CLI::App& app, Command& chosen) {
  auto& group = *app.add_subcommand("providers", "What is known of each provider");
  group.require_subcommand(1);
  group.fallthrough();
  group.add_option("--providers", given().folder, "Folder of packs beside the built-in ones");
  group.add_flag("--json", given().json, "Print as JSON");
  leaf(group, chosen, "list", "List the packs", &list);
  leaf(group, chosen, "show", "One pack", &show)
      ->add_option("id", given().id, "e.g. stripe")
      ->required();
  leaf(group, chosen, "lint", "Check pack files", [] { return examine(false); })
      ->add_option("path", given().paths, "Files or folders")
      ->required();
  leaf(group, chosen, "test", "Check pack files and run their fixtures through their own mapping",
       [] { return examine(true); })
      ->add_option("path", given().paths, "Files or folders")
      ->required();
}

}  // namespace malote::app
