// Any text as a token, signed or encrypted: no crash, and never accepted.
#include "base/check.h"
#include "crypto/jose.h"
#include "crypto/public_key.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace malote;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  static const auto secret = crypto::JoseKeys::from_secret("nobody guesses this one");
  (void)crypto::read_jose_header(text, 3);
  (void)crypto::read_jose_header(text, 5);
  (void)crypto::JoseKeys::from_json(text);
  (void)crypto::PublicKey::parse(text);
  MALOTE_CHECK(!secret.verify(text, "HS256"), "a token that nobody signed");
  MALOTE_CHECK(!secret.decrypt(text, "RSA-OAEP-256", "A256GCM"), "a token for nobody");
  return 0;
}
