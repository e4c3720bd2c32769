// Answers of requests that carried an Idempotency-Key: kept sealed (an answer may hold a secret) in
// the same transaction as what the request did, and given again to the same request.
#pragma once

#include <optional>
#include <string>

#include "engine/context.h"

namespace malote::engine {

struct KeptAnswer {
  int status = 0;
  std::string body{};
};

class Answers {
 public:
  /// `request` is everything that makes two requests the same request.
  Answers(const Context& context, ProjectNo project, std::string key, std::string_view request);

  /// Errc::idempotency_conflict when the key was used with another request.
  Result<std::optional<KeptAnswer>> recall(const ReadTx& tx) const;
  void keep(Tx& tx, const KeptAnswer& answer) const;

 private:
  std::string sealed_for() const { return "answer:" + key_; }

  const Context& context_;
  const ProjectNo project_;
  const std::string key_;
  const std::string fingerprint_;
};

}  // namespace malote::engine
