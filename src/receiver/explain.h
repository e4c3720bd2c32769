// Why a request was refused, for a person who sets a receiver up. Slow and talkative; never shows a
// secret or a right signature.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "malote/receiver/verifier.h"

namespace malote::receiver {

struct Riddle {
  const Scheme& scheme;
  std::span<const std::string_view> secrets;
  Headers headers;
  std::string_view body;
  const Verdict& verdict;
  std::int64_t now;
};

std::string explain_refusal(const Riddle& riddle);

}  // namespace malote::receiver
