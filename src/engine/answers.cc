#include "engine/answers.h"

#include "crypto/hmac.h"

namespace malote::engine {

Answers::Answers(const Context& context, ProjectNo project, std::string key,
                 std::string_view request)
    : context_(context),
      project_(project),
      key_(std::move(key)),
      fingerprint_(crypto::sha256(request)) {}

Result<std::optional<KeptAnswer>> Answers::recall(const ReadTx& tx) const {
  const auto stored = tx.answer(project_, key_);
  if (!stored) return std::nullopt;
  if (stored->fingerprint != fingerprint_) {
    return fail(Errc::idempotency_conflict, "this Idempotency-Key was used with another request");
  }
  const auto body = context_.vault.open(stored->sealed_body, sealed_for());
  if (!body) return fail(Errc::vault_unavailable, "the stored answer cannot be opened");
  return KeptAnswer{stored->status, std::string{body->reveal()}};
}

void Answers::keep(Tx& tx, const KeptAnswer& answer) const {
  tx.put_answer(project_, key_,
                {.fingerprint = fingerprint_,
                 .status = answer.status,
                 .sealed_body = context_.vault.seal(Secret{answer.body}, sealed_for()),
                 .created_at = context_.clock.now()});
}

}  // namespace malote::engine
