#include "providers/registry.h"

namespace malote::providers {

Result<Registry> Registry::load(std::span<const EmbeddedFile> files) {
  Registry registry;
  for (const auto& file : files) {
    auto pack = Pack::parse(file.text);
    if (!pack) {
      return fail(Errc::invalid_body, std::string{file.name} + ": " + pack.error().message);
    }
    const std::string id = pack->id;
    registry.built_in_.emplace(id, std::make_shared<const Pack>(std::move(*pack)));
  }
  registry.packs_ = registry.built_in_;
  return registry;
}

PackPtr Registry::find(std::string_view server_id) const {
  const std::lock_guard guard{mutex_};
  const auto at = packs_.find(server_id);
  return at == packs_.end() ? nullptr : at->second;
}

Packs Registry::packs() const {
  const std::lock_guard guard{mutex_};
  return packs_;
}

void Registry::set_own(const std::vector<PackPtr>& own) {
  Packs packs = built_in_;
  for (const auto& pack : own) packs[pack->id] = pack;
  const std::lock_guard guard{mutex_};
  packs_ = std::move(packs);
  ++version_;
}

Result<Scheme> scheme_for(const Pack& pack, json::View webhook_auth) {
  const auto named = webhook_auth["scheme"].as_string();
  if (named) {
    const auto at = pack.schemes.find(*named);
    if (at != pack.schemes.end()) return parse_scheme(at->second, webhook_auth);
    if (!pack.default_scheme.empty()) {
      std::string known;
      for (const auto& [name, view] : pack.schemes) known += (known.empty() ? "" : ", ") + name;
      return fail(make_issue(Errc::invalid_body, "/connection_metadata/webhook_auth/scheme",
                             pack.id + " takes one of " + known));
    }
  }
  const auto at = pack.schemes.find(pack.default_scheme);
  if (at != pack.schemes.end()) return parse_scheme(at->second, webhook_auth);
  return parse_scheme({}, webhook_auth);
}

}  // namespace malote::providers
