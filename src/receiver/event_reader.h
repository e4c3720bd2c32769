// From verified bytes to an Event. Pure.
#pragma once

#include <string_view>
#include <variant>

#include "malote/receiver/event.h"
#include "malote/receiver/verifier.h"

namespace malote::receiver {

/// The event, or why the signed body cannot be read: for logs.
std::variant<Event, std::string> read_event(const Profile& profile, Headers headers,
                                            std::string_view body);

/// The catalogue's name for a type under any of its names; empty when it has none. Never expires.
std::string_view canonical_name(std::string_view type);

}  // namespace malote::receiver
