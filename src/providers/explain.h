// Why a request was refused: tries what people get wrong (the encoding, a secret with a newline, a
// body that was re-serialised on its way, a clock that is off, another connection's secret) and
// says which change would make the proof right. For operators; never shown to senders. Pure.
#pragma once

#include <string>
#include <vector>

#include "providers/inbound.h"

namespace malote::providers {

struct Finding {
  std::string code{};     // "encoding", "secret_space", "clock", …
  std::string message{};  // what is wrong and what to do; never a secret
};

struct Explanation {
  bool proven = false;
  std::string reason{};
  std::string hint{};
  std::vector<Finding> findings{};  // most likely first; empty when nothing of the kind helps
};

/// Another connection whose secrets are tried.
struct Neighbour {
  std::string id{};
  std::vector<WebhookSecret> secrets{};
};

struct ExplainInput {
  const Pack& pack;
  const Scheme& scheme;
  const RawRequest& request;
  const std::vector<WebhookSecret>& secrets;
  Timestamp at{};  // the clock to judge by
  const std::vector<Neighbour>& neighbours;
  const KeyDocuments& documents;
};

Explanation explain(const ExplainInput& input);

}  // namespace malote::providers
