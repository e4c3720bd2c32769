#include <CLI/CLI.hpp>

#include <functional>
#include <set>

#include "app/cli_manual.h"

namespace malote::app {

namespace {

std::string long_name(const CLI::Option& option) {
  const auto& names = option.get_lnames();
  return names.empty() ? "" : "--" + names.front();
}

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

/// What may follow a command: its commands and options, apart by blanks.
std::string words_after(const CLI::App& command) {
  std::string words;
  const auto add = [&](const std::string& word) {
    if (!word.empty()) words += (words.empty() ? "" : " ") + word;
  };
  for (const auto* inner : command.get_subcommands({})) add(inner->get_name());
  for (const auto* option : command.get_options()) add(long_name(*option));
  return words;
}

using Visit = std::function<void(const std::string& path, const CLI::App& command)>;

/// Every command under its path, " triggers create"; the program itself is "".
void for_each_command(const CLI::App& app, const std::string& path, const Visit& visit) {
  visit(path, app);
  for (const auto* inner : app.get_subcommands({}))
    for_each_command(*inner, path + " " + inner->get_name(), visit);
}

std::set<std::string> options_with_values(const CLI::App& app) {
  std::set<std::string> names;
  for_each_command(app, "", [&](const std::string&, const CLI::App& command) {
    for (const auto* option : command.get_options()) {
      if (takes_value(*option) && !long_name(*option).empty()) names.insert(long_name(*option));
    }
  });
  return names;
}

std::string joined(const std::set<std::string>& words, const char* separator) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : separator) + word;
  return text;
}

/// For bash and zsh. _malote_words PATH prints what may follow it, or fails where it is no command;
/// _malote_path WORD... prints the path of the last command among the words.
std::string shell_functions(const CLI::App& app) {
  std::string cases;
  for_each_command(app, "", [&](const std::string& path, const CLI::App& command) {
    cases += "    '" + path + "') echo '" + words_after(command) + "' ;;\n";
  });
  return "_malote_words() {\n  case \"$1\" in\n" + cases +
         "    *) return 1 ;;\n"
         "  esac\n"
         "}\n\n"
         "_malote_path() {\n"
         "  local path_so_far='' word\n"
         "  for word in \"$@\"; do\n"
         "    _malote_words \"$path_so_far $word\" >/dev/null && path_so_far=\"$path_so_far "
         "$word\"\n"
         "  done\n"
         "  echo \"$path_so_far\"\n"
         "}\n\n";
}

}  // namespace

std::string bash_completion(const CLI::App& app) {
  return "# bash completion for malote; made by: malote completion bash\n" + shell_functions(app) +
         "_malote() {\n"
         "  COMPREPLY=()\n"
         "  case \"${COMP_WORDS[COMP_CWORD - 1]}\" in\n    " +
         joined(options_with_values(app), "|") +
         ") return ;;\n"
         "  esac\n"
         "  local words\n"
         "  words=$(_malote_words \"$(_malote_path \"${COMP_WORDS[@]:1:COMP_CWORD-1}\")\")\n"
         "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\")\n"
         "}\n"
         "complete -o default -F _malote malote\n";
}

std::string zsh_completion(const CLI::App& app) {
  return "#compdef malote\n# made by: malote completion zsh\n" + shell_functions(app) +
         "_malote() {\n"
         "  case \"${words[CURRENT - 1]}\" in\n    " +
         joined(options_with_values(app), "|") +
         ") _files; return ;;\n"
         "  esac\n"
         "  compadd -- $(_malote_words \"$(_malote_path \"${(@)words[2,CURRENT - 1]}\")\") || "
         "_files\n"
         "}\n"
         "if [ \"${funcstack[1]}\" = _malote ]; then _malote \"$@\"; else compdef _malote malote; "
         "fi\n";
}

std::string fish_completion(const CLI::App& app) {
  std::string cases;
  for_each_command(app, "", [&](const std::string& path, const CLI::App& command) {
    cases += "    case '" + path + "'\n      string split ' ' -- '" + words_after(command) + "'\n";
  });
  return "# fish completion for malote; made by: malote completion fish\n"
         "function __malote_words\n  switch \"$argv[1]\"\n" +
         cases +
         "    case '*'\n"
         "      return 1\n"
         "  end\n"
         "end\n\n"
         "function __malote_complete\n"
         "  set -l before (commandline -opc)[2..-1]\n"
         "  set -l path_so_far ''\n"
         "  for word in $before\n"
         "    __malote_words \"$path_so_far $word\" >/dev/null\n"
         "    and set path_so_far \"$path_so_far $word\"\n"
         "  end\n"
         "  if set -q before[1]; and contains -- $before[-1] " +
         joined(options_with_values(app), " ") +
         "\n    __fish_complete_path (commandline -ct)\n"
         "  else\n"
         "    __malote_words $path_so_far\n"
         "  end\n"
         "end\n\n"
         "complete -c malote -f -a '(__malote_complete)'\n";
}

}  // namespace malote::app
