// What the tests of tools share: the files of the repository as a registry, and accounts.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "files.h"
#include "tools/registry.h"
#include "tools/request.h"

namespace malote::testing {

/// Data files as they are embedded. Owns the texts.
class DataFiles {
 public:
  explicit DataFiles(const std::string& folder) {
    for (auto& name : files_in(folder)) {
      texts_.push_back(
          std::make_unique<std::pair<std::string, std::string>>(name, read_file(name)));
      files_.push_back({texts_.back()->first, texts_.back()->second});
    }
  }
  const std::vector<EmbeddedFile>& files() const { return files_; }

 private:
  std::vector<std::unique_ptr<std::pair<std::string, std::string>>> texts_{};
  std::vector<EmbeddedFile> files_{};
};

inline Result<tools::Registry> load_registry() {
  const DataFiles servers{"data/tools"}, meta_tools{"data/meta_tools"};
  return tools::Registry::load(servers.files(), meta_tools.files());
}

/// An account whose documents it owns.
struct OwnedAccount {
  OwnedAccount(const std::string& secret, const std::string& settings)
      : credentials(std::move(*json::Document::parse(secret))),
        metadata(std::move(*json::Document::parse(settings))) {}

  tools::Account account() const {
    return {.credentials = credentials.root(),
            .metadata = metadata.root(),
            .base_url = base_url,
            .token = token,
            .livemode = livemode};
  }

  json::Document credentials;
  json::Document metadata;
  std::string base_url{};
  std::string token{};
  bool livemode = true;
};

}  // namespace malote::testing
