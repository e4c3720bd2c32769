#include "net/system.h"

#include <openssl/rand.h>
#include <sys/resource.h>

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

std::size_t raise_file_limit() {
  rlimit files{};
  MALOTE_CHECK(::getrlimit(RLIMIT_NOFILE, &files) == 0, "the limit of open files is known");
  const rlimit raised{.rlim_cur = files.rlim_max, .rlim_max = files.rlim_max};
  return ::setrlimit(RLIMIT_NOFILE, &raised) == 0 ? raised.rlim_cur : files.rlim_cur;
}

}  // namespace malote::net
