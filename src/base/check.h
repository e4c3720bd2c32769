// MALOTE_CHECK: an invariant that must hold in release builds too. When it does not, the program
// logs where and why and aborts: the log is durable and work is leased, so a crash is recovery,
// while going on with a broken invariant could lose or repeat somebody's money event.
#pragma once

namespace malote {

[[noreturn]] void check_failed(const char* condition, const char* why, const char* file, int line);

}  // namespace malote

#define MALOTE_CHECK(condition, why)                               \
  do {                                                             \
    if (!(condition)) [[unlikely]]                                 \
      ::malote::check_failed(#condition, why, __FILE__, __LINE__); \
  } while (false)
