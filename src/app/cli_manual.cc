#include "app/cli_manual.h"

#include <CLI/CLI.hpp>

#include "app/builtin.h"

namespace malote::app {

namespace {

/// Text as roff takes it literally.
std::string roff(const std::string& text) {
  std::string out;
  bool line_start = true;
  for (const char c : text) {
    if (line_start && (c == '.' || c == '\'')) out += "\\&";
    line_start = c == '\n';
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  return out;
}

std::string bold(const std::string& text) { return "\\fB" + roff(text) + "\\fR"; }
std::string italic(const std::string& text) { return "\\fI" + roff(text) + "\\fR"; }

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

bool is_positional(const CLI::Option& option) { return option.get_positional(); }

/// "--limit int", or the name of a positional.
std::string form_of(const CLI::Option& option) {
  if (is_positional(option)) return italic(option.get_name(true));
  std::string names;
  for (const auto& name : option.get_snames()) names += bold("-" + name) + ", ";
  for (const auto& name : option.get_lnames()) names += bold("--" + name) + ", ";
  names.resize(names.size() - 2);
  const std::string type = option.get_type_name();  // "TEXT:what is allowed"
  if (option.get_items_expected_max() > 0)
    names += " " + italic(lower(type.substr(0, type.find(':'))));
  return names;
}

std::string entry(const CLI::Option& option) {
  std::string text = ".TP\n" + form_of(option) + "\n" + roff(option.get_description());
  if (option.get_required()) text += " (required)";
  if (!option.get_default_str().empty())
    text += " (default " + roff(option.get_default_str()) + ")";
  return text + "\n";
}

bool is_help(const CLI::Option& option) { return option.check_lname("help"); }

/// "malote triggers create [options] name": what is called, and with what.
std::string synopsis(const CLI::App& command, const std::string& path) {
  std::string text = bold(path) + " [\\fIoption\\fR]...";
  for (const auto* option : command.get_options()) {
    if (!is_positional(*option)) continue;
    const std::string name = italic(option->get_name(true));
    text += option->get_required() ? " " + name : " [" + name + "]";
  }
  return text;
}

std::string options_of(const CLI::App& command) {
  std::string text;
  for (const auto* option : command.get_options()) {
    if (!is_help(*option)) text += entry(*option);
  }
  return text;
}

/// A command that does something, or a group: its options hold for all of its commands.
std::string section(const CLI::App& command, const std::string& path) {
  const auto inner = command.get_subcommands({});
  std::string text = ".SS " + roff(path) + "\n" + roff(command.get_description()) + ".\n";
  if (inner.empty()) text += ".PP\n" + synopsis(command, path) + "\n";
  const std::string options = options_of(command);
  if (!inner.empty() && !options.empty()) text += ".PP\nOptions of all its commands:\n";
  text += options;
  if (const std::string footer = command.get_footer(); !footer.empty())
    text += ".PP\n" + roff(footer) + "\n";
  for (const auto* next : inner) text += section(*next, path + " " + next->get_name());
  return text;
}

constexpr const char* kBeginning = R"(.nh
.ad l
.SH NAME
malote \- self\-hosted commerce webhook gateway
.SH SYNOPSIS
\fBmalote\fR \fIcommand\fR [\fIoption\fR]...
.SH DESCRIPTION
Takes in the webhooks of payment, fiscal, shipping and messaging providers, proves them, keeps them
on disk, and delivers them signed to the applications that subscribed. One process owns one data
folder. Commands that neither run a gateway nor read a store speak to a running one over HTTP.
.SH OPTIONS
)";

constexpr const char* kEnd = R"(.SH ENVIRONMENT
A variable in brackets stands for the option it is shown at, which counts before it.
.TP
\fBMALOTE_URL\fR, \fBMALOTE_API_KEY\fR
The gateway that commands speak to, and the key they use. For \fBmalote serve\fR the key is a first
one, taken as given.
.TP
\fBMALOTE_MASTER_KEY\fR
32 bytes as hex or base64, which seal the secrets in the store; else the file \fImaster.key\fR.
.SH FILES
.TP
\fI/etc/malote/malote.toml\fR
The configuration of the packaged service; it explains each of its keys.
.TP
\fI/var/lib/malote/malote.db\fR, \fI/var/lib/malote/master.key\fR
Its store, and the key that opens the secrets in it.
.SH EXIT STATUS
0 fine; 1 what was asked for failed; 2 wrong use, configuration, or a store that cannot be opened;
130 stopped by a second signal.
)";

}  // namespace

std::string manual_page(const CLI::App& app) {
  const std::string name = app.get_name();
  std::string text = ".TH MALOTE 1 \"\" \"malote " + roff(kVersion) + "\" \"User Commands\"\n";
  text += kBeginning + options_of(app) + ".SH COMMANDS\n";
  for (const auto* command : app.get_subcommands({}))
    text += section(*command, name + " " + command->get_name());
  return text + kEnd;
}

}  // namespace malote::app
