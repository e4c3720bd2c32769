// The body of a delivery: a pure function of the stored event, the trigger's id and the format
// (docs/decisions/005-body-is-a-function-of-stored-bytes.md). Re-sent bytes must be the same bytes
// for ever: a change here is a new version beside the old one (model/delivery.h, kBodyVersion).
#pragma once

#include <string>
#include <string_view>

#include "model/delivery.h"
#include "model/event.h"
#include "model/trigger.h"

namespace malote::core {

std::string delivery_body(int version, const Event& event, std::string_view trigger_id,
                          PayloadFormat format);

}  // namespace malote::core
