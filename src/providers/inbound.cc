#include "providers/inbound.h"

#include <algorithm>

#include "base/bytes.h"
#include "providers/body.h"

namespace malote::providers {

namespace {

using Kind = Judgement::Kind;

Judgement shake_hands(const Pack& pack, const Scheme& scheme, const Sources& sources) {
  const std::string given = sources.text(pack.handshake.token).value_or("");
  const auto answer = sources.text(pack.handshake.answer);
  if (!scheme.verify_token.empty() && constant_time_equal(given, scheme.verify_token) && answer)
    return {.kind = Kind::handshake, .answer = *answer, .reason = "handshake"};
  return {.verdict = {.refusal = Refusal::secret_mismatch,
                      .hint = "the handshake's token is not webhook_auth.verify_token"},
          .reason = "secret_mismatch",
          .forbidden = true};
}

const Probe* find_probe(const Pack& pack, const RawRequest& request, const Sources& sources) {
  for (const Probe& probe : pack.probes) {
    const bool method = probe.methods.empty() ||
                        std::ranges::find(probe.methods, request.method) != probe.methods.end();
    const bool absent = std::ranges::none_of(
        probe.absent, [&](const std::string& path) { return sources.text(path).has_value(); });
    if (method && absent) return &probe;
  }
  return nullptr;
}

/// Only these read the body before it is proven, and only to look for what is not there.
json::View peek(const Pack& pack, const RawRequest& request, Result<json::Document>& body) {
  if (pack.probes.empty()) return {};
  body = read_body(request);
  return body ? body->root() : json::View{};
}

}  // namespace

Judgement judge(const Pack& pack, const Scheme& scheme, const RawRequest& request,
                const std::vector<WebhookSecret>& secrets, Timestamp now,
                const KeyDocuments& documents) {
  Result<json::Document> unproven = fail(Errc::invalid_body, {});
  const Sources sources{request, peek(pack, request, unproven)};
  if (pack.handshake && request.method == "GET" && all_hold(pack.handshake.where, sources))
    return shake_hands(pack, scheme, sources);
  if (request.method == "GET" || request.method == "HEAD")
    return {.kind = Kind::probe, .reason = "probe"};
  if (const Probe* probe = find_probe(pack, request, sources))
    return {.kind = Kind::probe, .reason = probe->reason};
  Verdict verdict = verify(scheme, request, secrets, now, documents);
  const Kind kind = verdict ? Kind::proven : Kind::refused;
  std::string reason{word(verdict.refusal)};
  const bool forbidden = verdict.refusal == Refusal::ip_not_allowed;
  return {.kind = kind,
          .verdict = std::move(verdict),
          .answer = {},
          .reason = std::move(reason),
          .forbidden = forbidden};
}

Facts facts_of(const ProvenRequest& proven, bool body_is_signed, const CanonicalName& canonical) {
  const auto body = read_body(proven.request, proven.payload);
  const json::View root = body ? body->root() : json::View{};
  const json::View map = proven.metadata["webhook_map"];
  const json::View own =
      map["types"] ? map["types"] : proven.metadata["webhook_auth"]["decision_map"];
  Facts facts;
  facts.mapped = map_request({.pack = proven.pack,
                              .request = proven.request,
                              .body = root,
                              .fetched = proven.fetched,
                              .custom_map = map,
                              .types = own,
                              .canonical = canonical});
  if (!body) facts.mapped.note = "malformed_body";
  if (!proven.fetched && facts.mapped.note.empty())
    facts.fetch = plan_fetch(proven.pack, Sources{proven.request, root}, body_is_signed);
  return facts;
}

}  // namespace malote::providers
