#include "core/endpoint_guard.h"

#include <boost/url.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/ip_address.h"

namespace malote::core {

namespace {

struct Block {
  std::string_view block;
  std::string_view reason;
};

// IANA special-purpose registries (RFC 6890 and updates), and the cloud metadata addresses.
constexpr Block kBlocks[] = {{"169.254.169.254/32", "metadata"},
                             {"fd00:ec2::254/128", "metadata"},
                             {"100.100.100.200/32", "metadata"},
                             {"0.0.0.0/8", "unspecified"},
                             {"10.0.0.0/8", "private"},
                             {"100.64.0.0/10", "cgnat"},
                             {"127.0.0.0/8", "loopback"},
                             {"169.254.0.0/16", "link_local"},
                             {"172.16.0.0/12", "private"},
                             {"192.0.0.0/24", "reserved"},
                             {"192.0.2.0/24", "documentation"},
                             {"192.88.99.0/24", "transition"},
                             {"192.168.0.0/16", "private"},
                             {"198.18.0.0/15", "benchmarking"},
                             {"198.51.100.0/24", "documentation"},
                             {"203.0.113.0/24", "documentation"},
                             {"224.0.0.0/4", "multicast"},
                             {"240.0.0.0/4", "reserved"},
                             {"::/128", "unspecified"},
                             {"::1/128", "loopback"},
                             {"100::/64", "reserved"},
                             {"2001:db8::/32", "documentation"},
                             {"2001::/32", "transition"},
                             {"3fff::/20", "documentation"},
                             {"5f00::/16", "reserved"},
                             {"fc00::/7", "private"},
                             {"fe80::/10", "link_local"},
                             {"fec0::/10", "private"},
                             {"ff00::/8", "multicast"}};

/// Addresses that carry an IPv4 address inside: it is that one which must be fine.
std::optional<IpAddress> embedded_v4(const IpAddress& address) {
  if (address.is_v4) return {};
  const auto in = [&](std::string_view block) { return IpBlock::parse(block)->contains(address); };
  std::size_t at = 0;
  if (in("64:ff9b::/96") || in("64:ff9b:1::/48") || in("::/96")) at = 12;  // NAT64
  if (in("::ffff:0:0:0/96")) at = 12;                                      // SIIT
  if (in("2002::/16")) at = 2;                                             // 6to4
  if (at == 0) return {};
  std::array<std::uint8_t, 4> inner{};
  std::copy_n(address.bytes.begin() + static_cast<std::ptrdiff_t>(at), 4, inner.begin());
  return IpAddress::from_v4(inner);
}

std::string_view reason_for(const IpAddress& address) {
  for (const auto& [block, reason] : kBlocks) {
    if (IpBlock::parse(block)->contains(address)) return reason;
  }
  return {};
}

/// Hosts such as "2130706433", "0x7f.1" or "127.1": some resolvers read them as IPv4 addresses.
bool looks_like_odd_ipv4(std::string_view host) {
  if (host.empty()) return false;
  if (host.ends_with('.')) host.remove_suffix(1);
  const auto last = host.rfind('.');
  std::string_view label = last == std::string_view::npos ? host : host.substr(last + 1);
  if (label.empty()) return false;
  if (label.starts_with("0x") || label.starts_with("0X")) return true;
  return label.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_port(std::string_view text) {
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() && port > 0 && port <= 65535;
}

bool is_allowed_name(const EndpointPolicy& policy, std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  return std::ranges::any_of(policy.allowed, [&](std::string_view entry) {
    return !host.empty() && equals_ignore_case(entry, host);
  });
}

bool is_allowed_address(const EndpointPolicy& policy, std::string_view text) {
  const auto address = IpAddress::parse(text);
  return address && std::ranges::any_of(policy.allowed, [&](std::string_view entry) {
           const auto block = IpBlock::parse(entry);
           return block && block->contains(*address);
         });
}

Unexpected refuse(std::string message) {
  return fail(make_issue(Errc::invalid_body, "webhook_url", std::move(message)));
}

}  // namespace

std::string blocked_address(const EndpointPolicy& policy, std::string_view text) {
  const auto address = IpAddress::parse(text);
  if (!address) return "unparseable";
  if (is_allowed_address(policy, text)) return {};
  const std::string_view reason = reason_for(*address);
  if (reason == "loopback" && policy.allow_loopback) return {};
  const auto inner = embedded_v4(*address);
  if (!reason.empty() || !inner) return std::string{reason};
  const std::string_view inner_reason = reason_for(*inner);
  return std::string{inner_reason.empty() ? "transition" : inner_reason};
}

std::string blocked_target(const EndpointPolicy& policy, std::string_view host,
                           std::string_view address) {
  return is_allowed_name(policy, host) ? std::string{} : blocked_address(policy, address);
}

Result<void> check_target_url(const EndpointPolicy& policy, std::string_view url) {
  constexpr std::size_t kMaxUrl = 2048;  // the contract's limit
  if (url.size() > kMaxUrl) return refuse("longer than 2048 characters");
  const auto parsed = boost::urls::parse_uri(url);
  if (!parsed) return refuse("not an absolute URL such as https://example.com/hooks");
  const std::string scheme = to_lower(parsed->scheme());
  const std::string host = to_lower(parsed->host_address());
  const bool allowed = is_allowed_name(policy, host) || is_allowed_address(policy, host);
  if (scheme != "https" && !(scheme == "http" && (policy.allow_http || allowed))) {
    return refuse("must start with https:// (http:// only with --dev or to allow_targets)");
  }
  if (parsed->has_userinfo()) return refuse("must not hold a user name or password");
  if (parsed->has_fragment()) return refuse("must not hold a fragment (#)");
  // Boost.URL 1.81 takes "1.2.3.4.example.com" for the address 1.2.3.4 and a path; curl does not.
  const std::string_view path = parsed->encoded_path();
  if (!path.empty() && path.front() != '/') return refuse("has a host that begins like an address");
  if (host.empty()) return refuse("has no host");
  if (parsed->has_port() && !is_port(parsed->port())) return refuse("has a bad port");
  if (allowed) return {};
  if (IpAddress::parse(host)) {
    const std::string reason = blocked_address(policy, host);
    if (!reason.empty()) return refuse("points at a " + reason + " address, which is not allowed");
    return {};
  }
  if (looks_like_odd_ipv4(host)) return refuse("writes an address in a form that is not allowed");
  const std::string_view name{host.data(), host.size() - (host.ends_with('.') ? 1 : 0)};
  const bool local = name == "localhost" || name.ends_with(".localhost");
  if (local && !policy.allow_loopback) return refuse("points at a loopback address");
  if (name.ends_with(".internal") || name.ends_with(".local")) {
    return refuse("points at a name of the local network");
  }
  return {};
}

}  // namespace malote::core
