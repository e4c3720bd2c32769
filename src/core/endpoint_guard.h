// Where may deliveries go? Refuses targets that could reach into the operator's own network
// (server-side request forgery): at create on the URL, and at connect on the resolved address.
// Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace malote::core {

struct EndpointPolicy {
  bool allow_http = false;             // --dev: plain http too, not only to what is allowed
  bool allow_loopback = false;         // --dev: 127.0.0.0/8 and ::1
  std::vector<std::string> allowed{};  // host names, addresses or CIDR blocks let through
};

/// Why a target was refused, e.g. "loopback", "private", "metadata"; empty when it is fine.
/// `address` is the textual form of an IPv4 or IPv6 address.
std::string blocked_address(const EndpointPolicy& policy, std::string_view address);

/// The same for a host and an address that it resolved to: a host that is allowed by name may
/// resolve to anything.
std::string blocked_target(const EndpointPolicy& policy, std::string_view host,
                           std::string_view address);

/// Checks scheme, host, port, user info, length. Errors are Errc::invalid_body with field
/// `webhook_url`. A host that is a literal address, in whatever notation, is judged here already.
Result<void> check_target_url(const EndpointPolicy& policy, std::string_view url);

}  // namespace malote::core
