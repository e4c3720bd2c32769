// Secrets that a definition refers to without holding them: ${env.NAME} is a variable of the
// gateway's environment. Pure but for the environment that it is given.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "ports/http_types.h"

namespace malote::tools {

/// A variable by name; nothing where it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// The values of `names`, in their order; empty where a variable is not set.
std::vector<std::string> values_of(const std::vector<std::string>& names,
                                   const Environment& environment);

/// `texts`, an object of templates over the variables `names`, as names and values. Errc::
/// param_missing says which variable is not set, or which text cannot be made; never a value.
Result<Headers> fill_in(json::View texts, const std::vector<std::string>& names,
                        const Environment& environment);

}  // namespace malote::tools
