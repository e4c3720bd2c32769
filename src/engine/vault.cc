#include "engine/vault.h"

namespace malote::engine {

std::string Vault::seal(const Secret& secret, std::string_view context) const {
  if (secret.empty()) return {};
  return box_.seal(secret, context, random_bytes(entropy_, crypto::SecretBox::kNonceBytes));
}

std::optional<Secret> Vault::open(std::string_view sealed, std::string_view context) const {
  if (sealed.empty()) return Secret{};
  return box_.open(sealed, context);
}

}  // namespace malote::engine
