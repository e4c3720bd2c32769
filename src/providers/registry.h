// All provider packs by id: those built in, and those of a folder of the operator's, which come
// first and may change while the gateway runs. Thread-safe; a pack in use stays whole.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/embedded.h"
#include "providers/pack.h"

namespace malote::providers {

using PackPtr = std::shared_ptr<const Pack>;
using Packs = std::map<std::string, PackPtr, std::less<>>;

class Registry {
 public:
  Registry() = default;
  Registry(Registry&& other) noexcept
      : built_in_(std::move(other.built_in_)), packs_(std::move(other.packs_)) {}

  /// Errors name the file and what is wrong in it.
  static Result<Registry> load(std::span<const EmbeddedFile> files);

  PackPtr find(std::string_view server_id) const;
  Packs packs() const;

  /// Puts these in place of the operator's packs before; the built-in ones of other names stay.
  void set_own(const std::vector<PackPtr>& own);
  /// Grows with every set_own(): what was made of an older pack is stale.
  std::uint64_t version() const { return version_; }

 private:
  Packs built_in_{};
  mutable std::mutex mutex_{};
  Packs packs_{};
  std::atomic<std::uint64_t> version_ = 0;
};

/// The scheme a connection uses: the pack's default, another one of the pack named by
/// webhook_auth.scheme, or one that webhook_auth describes whole (custom).
Result<Scheme> scheme_for(const Pack& pack, json::View webhook_auth);

}  // namespace malote::providers
