// The operator's own provider packs: a folder of JSON files, beside the built-in ones.
#pragma once

#include <string>
#include <vector>

#include "providers/pack.h"

namespace malote::app {

struct ProviderFolder {
  std::vector<providers::Pack> packs{};
  std::vector<std::string> faults{};  // "file:line: what is wrong", one per file that is refused
};

/// Reads every *.json of the folder. A folder that cannot be read is a fault.
ProviderFolder read_providers(const std::string& folder);

/// The same for programs that must not go on with a broken file: throws std::runtime_error.
std::vector<providers::Pack> load_providers(const std::string& folder);

/// Changes when a file of the folder was added, removed or written.
std::string fingerprint_of(const std::string& folder);

}  // namespace malote::app
