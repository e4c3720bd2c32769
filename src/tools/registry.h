// All tool servers and meta-tools by name: those built in, and the operator's own, which come first
// and may change while the gateway runs. Thread-safe. Pointers stay good as long as the registry:
// what is replaced is kept.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/embedded.h"
#include "tools/meta_tool.h"
#include "tools/server.h"

namespace malote::tools {

using ServerPtr = std::shared_ptr<const Server>;
using MetaToolPtr = std::shared_ptr<const MetaTool>;

class Registry {
 public:
  Registry() = default;
  Registry(Registry&& other) noexcept;

  /// Errors name the file and what is wrong in it.
  static Result<Registry> load(std::span<const EmbeddedFile> servers,
                               std::span<const EmbeddedFile> meta_tools);

  const Server* server(std::string_view id) const;
  /// "server/tool" or "server__tool"; nullptr for what is no tool.
  const Tool* find(std::string_view name) const;
  const MetaTool* meta(std::string_view name) const;

  std::vector<const Server*> servers() const;       // by id
  std::vector<const MetaTool*> meta_tools() const;  // by name

  /// Puts these in place of the operator's own before. A meta-tool with a step whose tool no server
  /// has is left out; each such fault is returned.
  std::vector<std::string> set_own(std::vector<ServerPtr> servers,
                                   std::vector<MetaToolPtr> meta_tools);

  /// A remote server of the operator's own together with what it listed. Passed over when its
  /// definition is no longer that one. Returns faults as set_own() does.
  std::vector<std::string> set_listed(const ServerPtr& server);

 private:
  std::vector<std::string> rebuild();
  std::map<std::string, ServerPtr, std::less<>> built_in_servers_{};
  std::map<std::string, MetaToolPtr, std::less<>> built_in_meta_tools_{};
  std::mutex change_{};  // one change at a time; what follows is its own
  std::vector<ServerPtr> own_servers_{};
  std::vector<MetaToolPtr> own_meta_tools_{};
  std::map<std::string, ServerPtr, std::less<>> listed_{};
  mutable std::mutex mutex_{};  // of what readers see
  std::map<std::string, ServerPtr, std::less<>> servers_{};
  std::map<std::string, MetaToolPtr, std::less<>> meta_tools_{};
  std::vector<std::shared_ptr<const void>> kept_{};
};

}  // namespace malote::tools
