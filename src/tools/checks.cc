#include "tools/checks.h"

#include <algorithm>

#include "core/template.h"

namespace malote::tools {

namespace {

std::string list_of(Words words) {
  std::string text;
  for (const auto word : words) text += (text.empty() ? "" : ", ") + std::string{word};
  return text;
}

std::string list_of(const std::vector<std::string>& names) {
  const std::vector<std::string_view> views(names.begin(), names.end());
  return list_of(Words{views});
}

bool has(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

Result<void> check_reference(const core::Reference& reference, const std::string& at,
                             const Known& known) {
  const std::string_view path = reference.path;
  const auto root = path.substr(0, path.find('.'));
  if (!has(known.roots, root))
    return bad_file(at + reference.at, "${" + reference.path + "} starts with none of " +
                                           list_of(known.roots) + ", which are known here");
  if (path.size() == root.size()) return {};
  const auto rest = path.substr(root.size() + 1);
  const auto member = rest.substr(0, rest.find('.'));
  for (const auto& [of, names] : known.members) {
    if (of != root || has(names, member)) continue;
    return bad_file(at + reference.at, "${" + reference.path + "}: " + std::string{root} +
                                           " has no member " + std::string{member} + " here");
  }
  return {};
}

Result<void> check_references(const Result<std::vector<core::Reference>>& found,
                              const std::string& at, const Known& known) {
  if (!found) {
    const auto& issues = found.error().issues;
    return bad_file(at + (issues.empty() ? "" : issues.front().path),
                    issues.empty() ? found.error().message : issues.front().message);
  }
  for (const auto& reference : *found) MALOTE_CHECK_OK(check_reference(reference, at, known));
  return {};
}

}  // namespace

std::string text_of(json::View value) { return std::string{value.as_string().value_or("")}; }

std::vector<std::string> texts_of(json::View list) {
  std::vector<std::string> texts;
  if (!list.is_array()) return texts;
  for (const auto item : list) texts.push_back(text_of(item));
  return texts;
}

Unexpected bad_file(std::string at, std::string why) {
  return fail(make_issue(Errc::invalid_body, std::move(at), std::move(why)));
}

Result<void> check_members(json::View object, const std::string& at, Words known) {
  if (!object.is_object()) return bad_file(at, "takes an object");
  for (const auto member : object) {
    if (std::ranges::find(known, member.key()) == known.end())
      return bad_file(at + "/" + std::string{member.key()},
                      "is no member here; there are " + list_of(known));
  }
  return {};
}

Result<std::string> needed_text(json::View object, std::string_view member, const std::string& at) {
  std::string text = text_of(object[member]);
  if (text.empty()) return bad_file(at + "/" + std::string{member}, "takes a text");
  return text;
}

Result<std::vector<std::string>> keywords_of(json::View object, const std::string& at) {
  const json::View list = object["keywords"];
  if (list && !list.is_array()) return bad_file(at + "/keywords", "takes a list of texts");
  std::vector<std::string> keywords;
  for (const auto entry : list) {
    keywords.push_back(text_of(entry));
    if (keywords.back().empty())
      return bad_file(at + "/keywords/" + std::to_string(keywords.size() - 1), "takes a text");
  }
  return keywords;
}

Result<void> check_word(std::string_view text, Words words, const std::string& at) {
  if (std::ranges::find(words, text) != words.end()) return {};
  return bad_file(at, "takes one of " + list_of(words));
}

Result<void> check_name(std::string_view name, std::string_view extra, const std::string& at) {
  const bool fits = !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           extra.find(c) != std::string_view::npos;
  });
  if (fits) return {};
  std::string allowed = "lower-case letters, digits";
  for (const char c : extra) allowed += std::string{", \""} + c + "\"";
  return bad_file(at, "takes 1-64 of " + allowed);
}

Result<void> check_template(json::View tmpl, const std::string& at, const Known& known) {
  return check_references(core::references_of_template(tmpl), at, known);
}

Result<void> check_condition(json::View condition, const std::string& at, const Known& known) {
  return check_references(core::references_of_condition(condition), at, known);
}

std::vector<std::string> keys_of(json::View object) {
  std::vector<std::string> keys;
  if (!object.is_object()) return keys;
  for (const auto member : object) keys.emplace_back(member.key());
  return keys;
}

}  // namespace malote::tools
