// The part of JSON Schema that tools' inputs are described with: type (one or a list), properties,
// required, items, enum, const, minimum, maximum, minLength, maxLength, minItems, maxItems,
// additionalProperties (a boolean or a schema), oneOf, anyOf. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace malote::tools {

/// Every way in which `value` is not what `schema` asks for; paths are JSON pointers into it.
std::vector<Issue> validate(json::View value, json::View schema);

/// Keywords that validate() does not know: for data of ours a mistake; in a schema of others they
/// ask for more than is checked here, which is theirs to check.
enum class OtherKeywords { refused, passed };

/// Refuses malformed keywords, and others as told. `at` is put before the error's path.
Result<void> check_schema(json::View schema, const std::string& at,
                          OtherKeywords others = OtherKeywords::refused);

}  // namespace malote::tools
