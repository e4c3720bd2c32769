#include "tools/variables.h"

#include "base/json_writer.h"
#include "core/template.h"

namespace malote::tools {

std::vector<std::string> values_of(const std::vector<std::string>& names,
                                   const Environment& environment) {
  std::vector<std::string> values;
  values.reserve(names.size());
  for (const auto& name : names) {
    const auto value = environment ? environment(name) : std::nullopt;
    values.push_back(value.value_or(""));
  }
  return values;
}

Result<Headers> fill_in(json::View texts, const std::vector<std::string>& names,
                        const Environment& environment) {
  const auto values = values_of(names, environment);
  json::Writer w;
  w.object();
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (values[i].empty())
      return fail(Errc::param_missing,
                  "the environment has no " + names[i] + ", which the definition refers to");
    w.field(names[i], values[i]);
  }
  const auto variables = json::Document::parse(std::move(w.end()).text());
  if (!variables) return fail(Errc::param_missing, "a secret of the environment is no text");
  core::Scope scope;
  scope.set("env", variables->root());
  Headers filled;
  for (const auto entry : texts) {
    auto text = core::render_text(entry.as_string().value_or(""), scope);
    if (!text)
      return fail(Errc::param_missing,
                  "the value of " + std::string{entry.key()} + " cannot be made");
    filled.emplace_back(entry.key(), std::move(*text));
  }
  return filled;
}

}  // namespace malote::tools
