// Seals and opens stored secrets; the only place that pairs the master key with fresh nonces.
// Thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"
#include "crypto/secret_box.h"
#include "ports/entropy.h"

namespace malote::engine {

class Vault {
 public:
  Vault(Secret master_key, Entropy& entropy) : box_(std::move(master_key)), entropy_(entropy) {}

  /// `context` binds the sealed text to its row, e.g. "trigger:trg_…". An empty secret seals to "".
  std::string seal(const Secret& secret, std::string_view context) const;
  /// Empty when it cannot be opened: another master key, or a damaged row.
  std::optional<Secret> open(std::string_view sealed, std::string_view context) const;

 private:
  crypto::SecretBox box_;
  Entropy& entropy_;
};

}  // namespace malote::engine
