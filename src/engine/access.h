// Who may do what: API keys and projects. Keys are known by their SHA-256 only; the table of live
// keys is kept in memory and reread when a commit changed it. Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "engine/context.h"

namespace malote::engine {

/// The caller of an API request.
struct Caller {
  Project project{};
  ApiKey key{};
  bool may(std::string_view scope) const;
};

struct CreatedKey {
  ApiKey key{};
  Secret full_key{};  // shown this once
};

class Access {
 public:
  explicit Access(const Context& context) : context_(context) {}

  /// At first start: the default project and org id; the given key, or a new one, which is
  /// returned to be shown. `given` (MALOTE_API_KEY) is added at any start where it is unknown.
  Result<std::optional<CreatedKey>> bootstrap(const Secret& given, bool test_mode);

  /// Rereads keys and projects from the store.
  Result<void> reload();

  /// Only a key of the default project with the scope projects:any (or *) may name another project.
  /// `authorization` is the header's value, `project_header` x-codespar-project (may be empty).
  Result<Caller> authenticate(std::string_view authorization,
                              std::string_view project_header) const;

  Result<CreatedKey> create_key(Tx& tx, Effects& effects, const Caller& caller, std::string name,
                                std::optional<bool> livemode, std::string scopes) const;
  Result<void> revoke_key(Tx& tx, Effects& effects, ProjectNo project, std::string_view id) const;
  Result<Project> create_project(Tx& tx, Effects& effects, std::string name, std::string slug,
                                 bool livemode) const;
  Result<void> remove_project(Tx& tx, Effects& effects, std::string_view id) const;

  std::string org_id() const;

  /// Writes down when keys were last used; call now and then. Blocks for the write.
  Result<void> record_usage();

 private:
  struct Table {
    std::map<std::string, ApiKey> by_hash{};
    std::vector<Project> projects{};
    std::string org_id{};
  };
  std::shared_ptr<const Table> table() const;
  CreatedKey make_key(const Secret& full_key, std::string name, const Project& project,
                      bool livemode) const;

  const Context& context_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Table> table_ = std::make_shared<Table>();
  // reload() runs on several threads; what began before a commit must not undo what began after.
  std::uint64_t reloads_begun_ = 0;
  std::uint64_t table_turn_ = 0;                   // the reload that table_ is of
  mutable std::map<std::string, Timestamp> used_;  // key ids, since record_usage()
};

}  // namespace malote::engine
