// The client's JSON values are malote::Json.
#pragma once

#include "malote/json.h"

namespace malote::client {

using malote::Json;

}  // namespace malote::client
