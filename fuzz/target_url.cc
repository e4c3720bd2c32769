// Any bytes as a delivery target and as an address: no crash, and what is let through does not
// spell a loopback or private host.
#include "base/bytes.h"
#include "base/check.h"
#include "core/endpoint_guard.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text{reinterpret_cast<const char*>(data), size};
  (void)malote::core::blocked_address({.allowed = {text}}, "10.0.0.1");
  (void)malote::core::blocked_address({}, text);
  (void)malote::core::check_target_url({.allow_http = true, .allow_loopback = true}, text);
  if (!malote::core::check_target_url({}, text)) return 0;
  const std::string lower = malote::to_lower(text);
  MALOTE_CHECK(lower.starts_with("https://"), "only https without --dev");
  for (const char* host :
       {"localhost", "127.", "10.", "192.168.", "169.254.", "[::1]", "[::ffff:"}) {
    MALOTE_CHECK(!lower.starts_with("https://" + std::string{host} + "/"), "a host of the inside");
  }
  for (const char c : text) MALOTE_CHECK(static_cast<unsigned char>(c) > 0x20, "no control bytes");
  return 0;
}
