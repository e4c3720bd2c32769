// The real clock and the real entropy.
#pragma once

#include <cstddef>

#include "ports/clock.h"
#include "ports/entropy.h"

namespace malote::net {

class SystemClock final : public Clock {
 public:
  Timestamp now() const override;
};

/// OpenSSL's generator, seeded by the operating system.
class OsEntropy final : public Entropy {
 public:
  void fill(std::span<char> out) override;
};

/// Raises this process' soft limit of open files to the hard one, and returns it.
std::size_t raise_file_limit();

}  // namespace malote::net
