// Checks that the files of servers and meta-tools share. Errors are Errc::invalid_body with a JSON
// pointer into the file. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace malote::tools {

using Words = std::span<const std::string_view>;

std::string text_of(json::View value);  // empty for what is no string
std::vector<std::string> texts_of(json::View list);
Unexpected bad_file(std::string at, std::string why);

/// An object with none but these members: a misspelt one would be passed over.
Result<void> check_members(json::View object, const std::string& at, Words known);
/// The text of a member that must be there.
Result<std::string> needed_text(json::View object, std::string_view member, const std::string& at);
/// The texts of the member "keywords", which may be absent.
Result<std::vector<std::string>> keywords_of(json::View object, const std::string& at);
/// One of `words`.
Result<void> check_word(std::string_view text, Words words, const std::string& at);
/// 1-64 of a-z, 0-9 and the `extra` bytes, as it stands in URLs and in names of tools.
Result<void> check_name(std::string_view name, std::string_view extra, const std::string& at);

/// What templates of one place may refer to: paths by their first name, and for the roots that
/// `members` lists ("input"), only these members.
struct Known {
  std::vector<std::string> roots{};
  struct Members {
    std::string root{};
    std::vector<std::string> names{};
  };
  std::vector<Members> members{};
};
Result<void> check_template(json::View tmpl, const std::string& at, const Known& known);
Result<void> check_condition(json::View condition, const std::string& at, const Known& known);

/// The names of an object's members.
std::vector<std::string> keys_of(json::View object);

}  // namespace malote::tools
