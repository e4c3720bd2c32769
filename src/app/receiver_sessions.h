// A sequence of deliveries to one receiver, with a scripted handler and store: what dedupe does.
#pragma once

#include <cstdint>
#include <string>

#include "base/json.h"
#include "malote/receiver/scheme.h"

namespace malote::app {

struct SessionReport {
  std::string wrong{};  // in words; empty when all is as it should be
  std::string json{};   // {"id", "steps": [{"http", "ran"}]}
};

SessionReport run_session(json::View session, const receiver::Scheme& scheme, std::int64_t now);

}  // namespace malote::app
