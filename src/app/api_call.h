// One call of a gateway's API, for commands that go on with the answer.
#pragma once

#include <string>
#include <vector>

#include "app/cli_output.h"
#include "malote/json.h"

namespace malote::app {

/// The answer's body. Throws std::runtime_error, with what the gateway said, where it refuses or
/// cannot be reached.
Json ask(const Target& target, const char* method, const std::string& path,
         const std::string& body = {});

/// Every row of a list, page by page; `member` holds them.
std::vector<Json> all_rows(const Target& target, const std::string& path, const char* member);

}  // namespace malote::app
