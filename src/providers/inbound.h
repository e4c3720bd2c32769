// The whole way of one request from bytes to facts, as far as it needs neither store nor network:
// handshake or probe, proof, body, events. What the gateway and `malote inbound check` share. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "providers/mapping.h"
#include "providers/pack.h"
#include "providers/verify.h"

namespace malote::providers {

struct Judgement {
  /// handshake and probe prove nothing and are answered 200; nothing is stored.
  enum class Kind { proven, handshake, probe, refused } kind = Kind::refused;
  Verdict verdict{};       // of proven and refused
  std::string answer{};    // of a handshake: the text to send back
  std::string reason{};    // a word for logs and metrics; empty when proven
  bool forbidden = false;  // refused for who it is rather than for its proof: 403, not 401
};

Judgement judge(const Pack& pack, const Scheme& scheme, const RawRequest& request,
                const std::vector<WebhookSecret>& secrets, Timestamp now,
                const KeyDocuments& documents = {});

/// What a proven request says. `metadata` is the connection's. A body that cannot be read gives
/// one event that means nothing, and the note "malformed_body".
struct ProvenRequest {
  const Pack& pack;
  const RawRequest& request;
  const std::optional<std::string>& payload;  // Verdict::payload
  json::View metadata{};
  json::View fetched{};
};
struct Facts {
  Mapped mapped{};
  std::optional<FetchPlan> fetch{};  // what should be asked first
};
Facts facts_of(const ProvenRequest& proven, bool body_is_signed, const CanonicalName& canonical);

}  // namespace malote::providers
