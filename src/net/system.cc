#include "net/system.h"

#include <openssl/rand.h>

#include "base/check.h"

namespace malote::net {

Timestamp SystemClock::now() const {
  return std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now());
}

void OsEntropy::fill(std::span<char> out) {
  auto* bytes = reinterpret_cast<unsigned char*>(out.data());
  MALOTE_CHECK(RAND_bytes(bytes, static_cast<int>(out.size())) == 1,
               "without random bytes no secret is safe");
}

}  // namespace malote::net
