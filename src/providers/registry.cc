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
    registry.packs_.emplace(id, std::make_shared<const Pack>(std::move(*pack)));
  }
  return registry;
}

const Pack* Registry::find(std::string_view server_id) const {
  const auto at = packs_.find(server_id);
  return at == packs_.end() ? nullptr : at->second.get();
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
