// All provider packs by id. Built once at start from the embedded files; immutable.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/embedded.h"
#include "providers/pack.h"

namespace malote::providers {

class Registry {
 public:
  /// Errors name the file and what is wrong in it.
  static Result<Registry> load(std::span<const EmbeddedFile> files);

  const Pack* find(std::string_view server_id) const;
  const std::map<std::string, std::shared_ptr<const Pack>, std::less<>>& packs() const {
    return packs_;
  }

 private:
  std::map<std::string, std::shared_ptr<const Pack>, std::less<>> packs_;
};

/// The scheme a connection uses: the pack's default, another one of the pack named by
/// webhook_auth.scheme, or one that webhook_auth describes whole (custom).
Result<Scheme> scheme_for(const Pack& pack, json::View webhook_auth);

}  // namespace malote::providers
