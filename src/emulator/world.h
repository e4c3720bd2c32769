// All that the emulator knows at a moment. Guarded by the one who owns it.
#pragma once

#include <map>
#include <set>
#include <string>

#include "emulator/faults.h"
#include "emulator/ledger.h"
#include "emulator/resources.h"
#include "emulator/table.h"
#include "emulator/webhooks.h"

namespace malote::emulator {

struct Credentials {
  std::set<std::string, std::less<>> accepted{};  // empty: any that does not begin with "wrong"
  std::int64_t token_seconds = 3600;              // life of an issued access token
  std::map<std::string, Timestamp, std::less<>> tokens{};  // issued, and until when

  bool accept(std::string_view credential) const;
};

struct World {
  World(std::map<std::string, Provider, std::less<>> tables, const providers::Registry& packs,
        std::size_t keep, std::uint64_t seed)
      : providers(std::move(tables)),
        resources(keep),
        ledger(keep),
        webhooks(packs),
        random(seed) {}

  const std::map<std::string, Provider, std::less<>> providers;
  std::map<std::string, Credentials, std::less<>> credentials{};  // by provider
  Resources resources;
  Ledger ledger;
  Faults faults{};
  Webhooks webhooks;
  Prng random;
  std::int64_t sequence = 0;
};

}  // namespace malote::emulator
