#include "engine/key_check.h"

#include "base/bytes.h"

namespace malote::engine {

namespace {

constexpr std::string_view kSetting = "master_key_check";
constexpr std::string_view kConstant = "malote";
constexpr int kLookedAt = 50;  // rows of a store that is older than the constant

bool opens(const Context& context, const std::string& stored) {
  const auto sealed = base64_decode(stored);
  const auto opened = sealed ? context.vault.open(*sealed, kSetting) : std::nullopt;
  return opened && opened->reveal() == kConstant;
}

/// Of an older store: nothing is sealed in it, or something opens. One damaged row decides nothing.
bool opens_older(const Context& context, const ReadTx& tx) {
  int sealed = 0, opened = 0;
  const auto look = [&](const std::string& text, const std::string& bound_to) {
    if (text.empty()) return;
    ++sealed;
    opened += context.vault.open(text, bound_to).has_value() ? 1 : 0;
  };
  for (const Project& project : tx.projects()) {
    for (const auto& row : tx.triggers({.project = project.no}, {.limit = kLookedAt})) {
      look(row.sealed_secret, "trigger:" + row.id);
    }
    for (const auto& row : tx.connections({.project = project.no}, {.limit = kLookedAt})) {
      look(row.sealed_webhook_secret, "webhook:" + row.id);
    }
  }
  return sealed == 0 || opened > 0;
}

}  // namespace

Result<void> check_master_key(const Context& context) {
  std::string stored;
  bool fits = false;
  MALOTE_CHECK_OK(context.store.read([&](const ReadTx& tx) -> Result<void> {
    stored = tx.setting(kSetting);
    fits = stored.empty() ? opens_older(context, tx) : opens(context, stored);
    return {};
  }));
  if (!fits) {
    return fail(Errc::invalid_request,
                "this master key does not open this store: its secrets were sealed with another "
                "one; put back that master.key or MALOTE_MASTER_KEY, or name another --data");
  }
  if (!stored.empty()) return {};
  const std::string sealed = context.vault.seal(Secret{std::string{kConstant}}, kSetting);
  return write_and_wait(context.store, [&](Tx& tx) -> Result<void> {
    tx.set_setting(kSetting, base64_encode(sealed));
    return {};
  });
}

}  // namespace malote::engine
