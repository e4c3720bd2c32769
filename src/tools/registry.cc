#include "tools/registry.h"

#include <algorithm>

#include "tools/checks.h"

namespace malote::tools {

namespace {

using ServerMap = std::map<std::string, ServerPtr, std::less<>>;

const Tool* find_tool(const ServerMap& servers, std::string_view name) {
  auto end = name.find('/');
  std::size_t skip = 1;
  if (end == std::string_view::npos) {
    end = name.find("__");
    skip = 2;
  }
  if (end == std::string_view::npos) return nullptr;
  const auto at = servers.find(name.substr(0, end));
  return at == servers.end() ? nullptr : at->second->find(name.substr(end + skip));
}

/// The step gives its tool what it takes.
Result<void> check_step(const Step& step, const Tool& tool, const std::string& at) {
  const auto params = keys_of(step.params);
  for (const auto& name : texts_of(tool.input["required"])) {
    if (std::ranges::find(params, name) == params.end())
      return bad_file(at + "/params", step.tool + " needs " + name);
  }
  for (const auto& name : params) {
    if (!tool.input["properties"][name])
      return bad_file(at + "/params/" + name, "is no member of the input of " + step.tool);
  }
  return {};
}

Result<void> check_routes(const MetaTool& meta, const ServerMap& servers) {
  for (std::size_t r = 0; r < meta.routes.size(); ++r) {
    const Route& route = meta.routes[r];
    const std::string at = "/routes/" + std::to_string(r);
    const auto server = servers.find(route.server);
    if (server == servers.end()) return bad_file(at + "/server", "no server " + route.server);
    for (std::size_t s = 0; s < route.steps.size(); ++s) {
      const Step& step = route.steps[s];
      const std::string place = at + "/steps/" + std::to_string(s);
      const Tool* tool = find_tool(servers, step.tool);
      if (!tool && server->second->is_unlisted()) continue;  // it may come yet
      if (!tool) return bad_file(place + "/tool", "no server has the tool " + step.tool);
      if (tool->server != route.server)
        return bad_file(place + "/tool", "belongs to another server than the route");
      MALOTE_CHECK_OK(check_step(step, *tool, place));
    }
  }
  return {};
}

template <class T>
const T* find_in(const std::map<std::string, std::shared_ptr<const T>, std::less<>>& all,
                 std::string_view name) {
  const auto at = all.find(name);
  return at == all.end() ? nullptr : at->second.get();
}

template <class T>
std::vector<const T*> values_of(
    const std::map<std::string, std::shared_ptr<const T>, std::less<>>& all) {
  std::vector<const T*> values;
  for (const auto& [name, value] : all) values.push_back(value.get());
  return values;
}

/// Files are read again as a whole, so it is the text that tells.
bool is_same_definition(const Server& one, const Server& other) {
  return one.document->root().raw() == other.document->root().raw();
}

Unexpected in_file(const EmbeddedFile& file, Error error) {
  error.message = std::string{file.name} + ": " + error.message;
  return fail(std::move(error));
}

}  // namespace

Registry::Registry(Registry&& other) noexcept
    : built_in_servers_(std::move(other.built_in_servers_)),
      built_in_meta_tools_(std::move(other.built_in_meta_tools_)),
      servers_(std::move(other.servers_)),
      meta_tools_(std::move(other.meta_tools_)),
      kept_(std::move(other.kept_)) {}

Result<Registry> Registry::load(std::span<const EmbeddedFile> servers,
                                std::span<const EmbeddedFile> meta_tools) {
  Registry registry;
  for (const auto& file : servers) {
    auto server = parse_server(file.text);
    if (!server) return in_file(file, std::move(server).error());
    const std::string id = server->id;
    registry.servers_[id] = std::make_shared<const Server>(std::move(*server));
  }
  for (const auto& file : meta_tools) {
    auto meta = parse_meta_tool(file.text);
    if (!meta) return in_file(file, std::move(meta).error());
    if (auto fine = check_routes(*meta, registry.servers_); !fine)
      return in_file(file, std::move(fine).error());
    const std::string name = meta->name;
    registry.meta_tools_[name] = std::make_shared<const MetaTool>(std::move(*meta));
  }
  registry.built_in_servers_ = registry.servers_;
  registry.built_in_meta_tools_ = registry.meta_tools_;
  return registry;
}

const Server* Registry::server(std::string_view id) const {
  const std::lock_guard guard{mutex_};
  return find_in(servers_, id);
}

const Tool* Registry::find(std::string_view name) const {
  const std::lock_guard guard{mutex_};
  return find_tool(servers_, name);
}

const MetaTool* Registry::meta(std::string_view name) const {
  const std::lock_guard guard{mutex_};
  return find_in(meta_tools_, name);
}

std::vector<const Server*> Registry::servers() const {
  const std::lock_guard guard{mutex_};
  return values_of(servers_);
}

std::vector<const MetaTool*> Registry::meta_tools() const {
  const std::lock_guard guard{mutex_};
  return values_of(meta_tools_);
}

std::vector<std::string> Registry::set_own(std::vector<ServerPtr> servers,
                                           std::vector<MetaToolPtr> meta_tools) {
  const std::lock_guard guard{change_};
  own_servers_ = std::move(servers);
  own_meta_tools_ = std::move(meta_tools);
  return rebuild();
}

std::vector<std::string> Registry::set_listed(const ServerPtr& server) {
  const std::lock_guard guard{change_};
  listed_[server->id] = server;
  return rebuild();
}

/// Under change_.
std::vector<std::string> Registry::rebuild() {
  auto all_servers = built_in_servers_;
  for (const auto& server : own_servers_) {
    const auto listed = listed_.find(server->id);
    const bool known = listed != listed_.end() && is_same_definition(*listed->second, *server);
    all_servers[server->id] = known ? listed->second : server;
  }
  auto wanted = built_in_meta_tools_;
  for (const auto& meta : own_meta_tools_) wanted[meta->name] = meta;
  std::vector<std::string> faults;
  std::map<std::string, MetaToolPtr, std::less<>> all_meta_tools;
  for (const auto& [name, meta] : wanted) {
    if (const auto fine = check_routes(*meta, all_servers); !fine) {
      faults.push_back(name + ": " + fine.error().message);
    } else {
      all_meta_tools.emplace(name, meta);
    }
  }
  const std::lock_guard guard{mutex_};
  for (const auto& [id, server] : servers_) {
    const auto now = all_servers.find(id);
    if (now == all_servers.end() || now->second != server) kept_.push_back(server);
  }
  for (const auto& [name, meta] : meta_tools_) {
    const auto now = all_meta_tools.find(name);
    if (now == all_meta_tools.end() || now->second != meta) kept_.push_back(meta);
  }
  servers_ = std::move(all_servers);
  meta_tools_ = std::move(all_meta_tools);
  return faults;
}

}  // namespace malote::tools
