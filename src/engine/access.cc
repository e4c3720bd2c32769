#include "engine/access.h"

#include <algorithm>

#include "base/bytes.h"
#include "crypto/hmac.h"

namespace malote::engine {

namespace {

constexpr std::string_view kLive = "csk_live_";
constexpr std::string_view kTest = "csk_test_";
constexpr std::size_t kKeyLength = 41;  // prefix 9 + 32 random characters

bool is_test_key(std::string_view key) { return key.starts_with(kTest); }

/// What lists show of a key: its kind and never more than an eighth of the rest.
std::string shown_prefix(std::string_view key) {
  const std::size_t rest = key.size() - std::min(key.size(), kLive.size());
  return std::string{key.substr(0, kLive.size() + std::min<std::size_t>(4, rest / 8))};
}

bool is_slug(std::string_view text) {
  return !text.empty() && text.size() <= 64 &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == std::string_view::npos;
}

bool is_project_id(std::string_view text) {
  return text.size() == 20 && text.starts_with("prj_") &&
         std::ranges::all_of(text.substr(4), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
         });
}

std::string_view bearer_of(std::string_view header) {
  constexpr std::string_view kBearer = "bearer ";
  if (header.size() <= kBearer.size()) return {};
  if (!equals_ignore_case(header.substr(0, kBearer.size()), kBearer)) return {};
  return trim(header.substr(kBearer.size()));
}

}  // namespace

bool Caller::may(std::string_view scope) const {
  std::string_view scopes = key.scopes;
  while (!scopes.empty()) {
    const std::string_view item = scopes.substr(0, scopes.find(' '));
    if (item == "*" || item == scope) return true;
    const auto colon = scope.find(':');
    if (item.ends_with(":*") && item.substr(0, item.size() - 2) == scope.substr(0, colon))
      return true;
    if (item == "*:read" && scope.ends_with(":read")) return true;
    scopes.remove_prefix(std::min(scopes.size(), item.size() + 1));
  }
  return false;
}

std::shared_ptr<const Access::Table> Access::table() const {
  const std::lock_guard guard{mutex_};
  return table_;
}

std::string Access::org_id() const { return table()->org_id; }

Result<void> Access::reload() {
  auto fresh = std::make_shared<Table>();
  std::uint64_t turn = 0;
  {
    const std::lock_guard guard{mutex_};
    turn = ++reloads_begun_;
  }
  MALOTE_CHECK_OK(context_.store.read([&](const ReadTx& tx) -> Result<void> {
    for (auto& key : tx.api_keys()) {
      if (key.revoked_at == Timestamp{}) fresh->by_hash.emplace(key.hash, key);
    }
    fresh->projects = tx.projects();
    fresh->org_id = tx.setting("org_id");
    return {};
  }));
  const std::lock_guard guard{mutex_};
  if (turn < table_turn_) return {};  // one that began later has read more
  table_turn_ = turn;
  table_ = std::move(fresh);
  return {};
}

CreatedKey Access::make_key(const Secret& full_key, std::string name, const Project& project,
                            bool livemode) const {
  return {.key = {.id = random_id(context_.entropy, "key_"),
                  .project = project.no,
                  .name = std::move(name),
                  .prefix = shown_prefix(full_key.reveal()),
                  .hash = crypto::sha256(full_key.reveal()),
                  .livemode = livemode,
                  .scopes = "*",
                  .created_at = context_.clock.now()},
          .full_key = full_key};
}

Result<std::optional<CreatedKey>> Access::bootstrap(const Secret& given, bool test_mode) {
  std::optional<CreatedKey> created;
  MALOTE_CHECK_OK(commit_and_wait(context_, [&](Tx& tx, Effects&) -> Result<void> {
    created.reset();
    auto projects = tx.projects();
    const bool first_start = projects.empty();
    if (first_start) {
      tx.set_setting("org_id", random_id(context_.entropy, "org_"));
      Project project{.id = random_id(context_.entropy, "prj_"),
                      .name = "Default",
                      .slug = "default",
                      .is_default = true,
                      .livemode = !test_mode,
                      .created_at = context_.clock.now()};
      tx.insert_project(project);
      projects.push_back(project);
    }
    if (!given.empty()) {
      auto key = make_key(given, "environment", projects.front(), !is_test_key(given.reveal()));
      const bool known = std::ranges::any_of(
          tx.api_keys(), [&](const ApiKey& other) { return other.hash == key.key.hash; });
      if (!known) tx.insert_api_key(key.key);
    } else if (first_start) {
      const Secret full{
          random_id(context_.entropy, test_mode ? kTest : kLive, kKeyLength - kLive.size())};
      created = make_key(full, "first", projects.front(), !test_mode);
      tx.insert_api_key(created->key);
    }
    return {};
  }));
  MALOTE_CHECK_OK(reload());
  return created;
}

Result<Caller> Access::authenticate(std::string_view authorization,
                                    std::string_view project_header) const {
  const std::string_view given = bearer_of(authorization);
  if (given.empty()) {
    return fail(Errc::unauthorized, "send the header Authorization: Bearer csk_…");
  }
  const auto current = table();
  const auto at = current->by_hash.find(crypto::sha256(given));
  if (at == current->by_hash.end()) return fail(Errc::unauthorized, "unknown or revoked API key");
  if (!project_header.empty() && !is_project_id(project_header)) {
    return fail(Errc::invalid_request, "x-codespar-project takes prj_ and 16 letters or digits");
  }
  Caller caller{.key = at->second};
  {
    const std::lock_guard guard{mutex_};
    used_[caller.key.id] = context_.clock.now();
  }
  for (const Project& project : current->projects) {
    if (project.no == caller.key.project) caller.project = project;
  }
  // A key opens its own project only, except that a key of the default project may name another.
  if (!project_header.empty() && project_header != caller.project.id) {
    if (!caller.project.is_default) return caller;
    if (!caller.may("projects:any")) return fail(Errc::not_found, "no such project");
    const auto other = std::ranges::find(current->projects, project_header, &Project::id);
    if (other == current->projects.end()) return fail(Errc::not_found, "no such project");
    caller.project = *other;
  }
  return caller;
}

Result<void> Access::record_usage() {
  std::map<std::string, Timestamp> used;
  {
    const std::lock_guard guard{mutex_};
    used.swap(used_);
  }
  if (used.empty()) return {};
  return commit_and_wait(context_, [&](Tx& tx, Effects&) -> Result<void> {
    for (ApiKey key : tx.api_keys()) {
      const auto at = used.find(key.id);
      if (at == used.end()) continue;
      key.last_used_at = at->second;
      tx.update_api_key(key);
    }
    return {};
  });
}

Result<CreatedKey> Access::create_key(Tx& tx, Effects& effects, const Caller& caller,
                                      std::string name, std::optional<bool> livemode,
                                      std::string scopes) const {
  const bool live = livemode.value_or(caller.key.livemode);
  if (live && !caller.key.livemode) {
    return fail(Errc::forbidden, "a test key cannot make a live key");
  }
  const Secret full{random_id(context_.entropy, live ? kLive : kTest, kKeyLength - kLive.size())};
  CreatedKey created = make_key(full, std::move(name), caller.project, live);
  created.key.scopes = std::move(scopes);
  tx.insert_api_key(created.key);
  effects.keys = true;
  return created;
}

Result<void> Access::revoke_key(Tx& tx, Effects& effects, ProjectNo project,
                                std::string_view id) const {
  for (ApiKey key : tx.api_keys()) {
    if (key.id != id || key.project != project) continue;
    if (key.revoked_at == Timestamp{}) {
      key.revoked_at = context_.clock.now();
      tx.update_api_key(key);
      effects.keys = true;
    }
    return {};
  }
  return fail(Errc::not_found, "no such key");
}

Result<Project> Access::create_project(Tx& tx, Effects& effects, std::string name, std::string slug,
                                       bool livemode) const {
  if (!is_slug(slug))
    return fail(make_issue(Errc::slug_invalid, "/slug", "takes 1-64 of a-z 0-9 _ -"));
  if (slug == "default") return fail(make_issue(Errc::slug_reserved, "/slug", "is reserved"));
  for (const auto& project : tx.projects()) {
    if (project.slug == slug) return fail(make_issue(Errc::slug_conflict, "/slug", "is taken"));
  }
  Project project{.id = random_id(context_.entropy, "prj_"),
                  .name = std::move(name),
                  .slug = std::move(slug),
                  .livemode = livemode,
                  .created_at = context_.clock.now()};
  tx.insert_project(project);
  effects.keys = true;
  return project;
}

Result<void> Access::remove_project(Tx& tx, Effects& effects, std::string_view id) const {
  const auto project = tx.project(id);
  if (!project) return fail(Errc::not_found, "no such project");
  if (project->is_default) return fail(Errc::cannot_delete_default, "the default project stays");
  const bool in_use = !tx.triggers({.project = project->no}, {.limit = 1}).empty() ||
                      !tx.connections({.project = project->no}, {.limit = 1}).empty() ||
                      std::ranges::any_of(tx.api_keys(), [&](const ApiKey& key) {
                        return key.project == project->no && key.revoked_at == Timestamp{};
                      });
  if (in_use) {
    return fail(Errc::project_not_empty, "delete its triggers, connections and keys first");
  }
  tx.delete_project(project->no);
  effects.keys = true;
  return {};
}

}  // namespace malote::engine
