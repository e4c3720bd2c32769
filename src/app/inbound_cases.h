// Receiver cases (a file with "profiles" and "cases") as inbound vectors: what one sender's
// signature profile says is put as the webhook_auth of a custom connection.
#pragma once

#include <optional>
#include <string>

#include "base/json.h"

namespace malote::app {

/// The JSON text of a vector; empty for cases about things that the adapter does not judge: the
/// HTTP method, media types and size limits.
std::optional<std::string> vector_of_case(json::View profiles, json::View receiver_case,
                                          json::View defaults);

}  // namespace malote::app
