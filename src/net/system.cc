#include "net/system.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>

#include "base/check.h"

namespace malote::net {

Timestamp SystemClock::now() const {
  return std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now());
}

namespace {

void draw(std::span<char> out) {
  auto* bytes = reinterpret_cast<unsigned char*>(out.data());
  MALOTE_CHECK(RAND_bytes(bytes, static_cast<int>(out.size())) == 1,
               "without random bytes no secret is safe");
}

/// Random bytes of one thread that nobody has had yet. Drawing costs 2 us however few are drawn,
/// and every request needs some for its id.
struct Drawn {
  std::array<char, 1024> bytes{};
  std::size_t used = sizeof bytes;
};

}  // namespace

void OsEntropy::fill(std::span<char> out) {
  thread_local Drawn drawn;
  if (out.size() > drawn.bytes.size() / 8) return draw(out);
  if (drawn.bytes.size() - drawn.used < out.size()) {
    draw(drawn.bytes);
    drawn.used = 0;
  }
  const std::span<char> taken = std::span{drawn.bytes}.subspan(drawn.used, out.size());
  std::ranges::copy(taken, out.begin());
  OPENSSL_cleanse(taken.data(), taken.size());
  drawn.used += taken.size();
}

std::size_t raise_file_limit() {
  rlimit files{};
  MALOTE_CHECK(::getrlimit(RLIMIT_NOFILE, &files) == 0, "the limit of open files is known");
  const rlimit raised{.rlim_cur = files.rlim_max, .rlim_max = files.rlim_max};
  return ::setrlimit(RLIMIT_NOFILE, &raised) == 0 ? raised.rlim_cur : files.rlim_cur;
}

}  // namespace malote::net
