#include "core/message.h"

#include <cctype>

#include "base/bytes.h"

namespace malote::core {

namespace {

/// "order_confirmed" → "Order confirmed".
std::string in_words(std::string_view name) {
  std::string out{name};
  for (char& c : out) {
    if (c == '_' || c == '-') c = ' ';
  }
  if (!out.empty())
    out.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(out.front())));
  return out;
}

std::string text_of_value(json::View value) {
  return std::string{value.as_text().value_or(value.is_null() ? std::string_view{} : value.raw())};
}

std::string standard_text(std::string_view name, json::View variables) {
  std::string out = in_words(name);
  for (const auto variable : variables) {
    const std::string text = text_of_value(variable);
    if (text.empty()) continue;
    if (!out.empty()) out += '\n';
    out += in_words(variable.key()) + ": " + text;
  }
  return out;
}

}  // namespace

Result<std::string> message_text(json::View templates, std::string_view name,
                                 json::View variables) {
  const auto text = templates[name].as_string();
  if (!text) return standard_text(name, variables);
  std::string out;
  std::string_view rest = *text;
  for (auto open = rest.find("{{"); open != std::string_view::npos; open = rest.find("{{")) {
    const auto close = rest.find("}}", open);
    if (close == std::string_view::npos) break;
    const auto variable = trim(rest.substr(open + 2, close - open - 2));
    if (!variables[variable])
      return fail(make_issue(Errc::param_missing, "variables." + std::string{variable},
                             "the template " + std::string{name} + " needs it"));
    out += rest.substr(0, open);
    out += text_of_value(variables[variable]);
    rest.remove_prefix(close + 2);
  }
  return out + std::string{rest};
}

}  // namespace malote::core
