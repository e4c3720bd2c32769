// IP addresses and blocks of them, from their text form. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace malote {

/// An address as 16 bytes; IPv4 in its ::ffff:0:0/96 mapping. An IPv6 zone ("%eth0") is left out:
/// it does not change what the address is.
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};
  bool is_v4 = false;

  static std::optional<IpAddress> parse(std::string_view text);
  static IpAddress from_v4(const std::array<std::uint8_t, 4>& bytes);
};

/// "10.0.0.0/8", "2001:db8::/32", or a single address.
struct IpBlock {
  IpAddress first{};
  int bits = 128;  // of the 16 bytes

  static std::optional<IpBlock> parse(std::string_view text);
  bool contains(const IpAddress& address) const;
};

}  // namespace malote
