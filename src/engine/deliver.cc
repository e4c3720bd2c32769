#include "engine/deliver.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/json.h"
#include "base/json_writer.h"
#include "core/payload.h"

namespace malote::engine {

namespace {

constexpr std::string_view kSecretPrefix = "whsec_";

Signers signers_of(std::string_view secret) {
  const std::vector<std::string> keys{std::string{secret}};
  Signers signers{.body = {"codespar", keys}, .timed = {"codespar-t", keys}};
  try {
    signers.standard.emplace("standard", keys);
  } catch (const receiver::ConfigError&) {  // one that somebody chose: any text
  }
  return signers;
}

}  // namespace

Secret new_trigger_secret(Entropy& entropy) {
  return Secret{std::string{kSecretPrefix} + base64_encode(random_bytes(entropy, 32))};
}

std::string seal_headers(const Context& context, std::string_view trigger_id,
                         const HeaderList& headers) {
  if (headers.empty()) return {};
  json::Writer w;
  w.array();
  for (const auto& [name, value] : headers) w.array().string(name).string(value).end();
  return context.vault.seal(Secret{std::move(w.end()).text()},
                            "headers:" + std::string{trigger_id});
}

std::optional<HeaderList> open_headers(const Context& context, const Trigger& trigger) {
  HeaderList headers;
  if (trigger.sealed_headers.empty()) return headers;
  const auto opened = context.vault.open(trigger.sealed_headers, "headers:" + trigger.id);
  if (!opened) return {};
  const auto list = json::Document::parse(opened->reveal());
  if (!list) return {};
  for (const auto pair : list->root()) {
    headers.emplace_back(pair.at(0).as_string().value_or(""), pair.at(1).as_string().value_or(""));
  }
  return headers;
}

std::shared_ptr<Target> make_target(const Context& context, Trigger trigger) {
  auto target = std::make_shared<Target>();
  const auto secret = context.vault.open(trigger.sealed_secret, "trigger:" + trigger.id);
  auto headers = open_headers(context, trigger);
  target->trigger = std::move(trigger);
  target->traces = context.traces;
  if (headers) target->headers = std::move(*headers);
  if (!secret || !headers) {
    target->problem = "trigger_secret_deref_failed";
  } else if (secret->empty()) {
    target->problem = "trigger_secret_missing";
  } else {
    target->signers.emplace(signers_of(secret->reveal()));
  }
  const Trigger& kept = target->trigger;
  if (!kept.sealed_previous_secret.empty()) {
    const auto before = context.vault.open(kept.sealed_previous_secret, "trigger:" + kept.id);
    if (before && !before->empty()) target->previous.emplace(signers_of(before->reveal()));
  }
  return target;
}

namespace {

/// The signatures of one request, with the secret before beside the new one where both are good:
/// "t=…,v1=new,v1=old" and "v1,new v1,old". The plain hex has room for one.
struct Signatures {
  std::string hex{}, timed{}, standard{};
};

Signatures sign(const Target& target, const std::string& id, Timestamp now,
                const std::string& body) {
  const std::int64_t seconds = to_unix_s(now);
  const Signers& own = *target.signers;
  Signatures made{.hex = own.body.signature(id, seconds, body),
                  .timed = own.timed.signature(id, seconds, body)};
  if (own.standard) made.standard = own.standard->signature(id, seconds, body);
  if (!target.previous || now >= target.trigger.previous_until) return made;
  const std::string old = target.previous->timed.signature(id, seconds, body);
  made.timed += old.substr(old.find(','));
  if (target.previous->standard) {
    if (!made.standard.empty()) made.standard += ' ';
    made.standard += target.previous->standard->signature(id, seconds, body);
  }
  return made;
}

}  // namespace

HttpRequest begin_delivery(Target& target, const Delivery& delivery, const Event& event,
                           Timestamp now) {
  const Trigger& trigger = target.trigger;
  HttpRequest request{.url = trigger.url,
                      .body = core::delivery_body(delivery.body_version, event, trigger.id,
                                                  static_cast<PayloadFormat>(delivery.body_format)),
                      .timeout = trigger.timeout,
                      .response_limit = kResponseBodyRead,
                      .response_kept = kResponseBodyKept};
  const std::string id = text_of(delivery.key);
  const Signatures signatures = sign(target, id, now, request.body);
  const bool timestamped = trigger.signature == SignatureScheme::timestamped;
  request.headers = {{"Content-Type", "application/json"},
                     {"User-Agent", "Malote/0.1"},
                     {"X-CodeSpar-Event", event.type},
                     {"X-CodeSpar-Event-Id", text_of(event.key)},
                     {"X-CodeSpar-Delivery-Id", id},
                     {"X-CodeSpar-Trigger-Id", trigger.id},
                     {"X-CodeSpar-Timestamp", format_rfc3339(now)},
                     {"X-CodeSpar-Attempt", std::to_string(delivery.attempts + 1)},
                     {"X-CodeSpar-Signature", timestamped ? signatures.timed : signatures.hex},
                     {"X-CodeSpar-Signature-V1", signatures.timed},
                     {"X-CodeSpar-Signature-Legacy", signatures.hex},
                     {"webhook-id", id},
                     {"webhook-timestamp", std::to_string(to_unix_s(now))}};
  if (!signatures.standard.empty())
    request.headers.emplace_back("webhook-signature", signatures.standard);
  // Outside of what is signed: whoever forwards a delivery may put its own span there.
  auto trace = trace_attempt(target.traces, event, delivery.key, delivery.attempts + 1);
  request.headers.emplace_back("traceparent", std::move(trace.traceparent));
  if (!trace.tracestate.empty())
    request.headers.emplace_back("tracestate", std::move(trace.tracestate));
  request.headers.insert(request.headers.end(), target.headers.begin(), target.headers.end());
  return request;
}

HttpRequest describe_request(const Context& context, const Trigger& trigger,
                             const Delivery& delivery, const Event& event, Timestamp sent_at) {
  const auto target = make_target(context, trigger);
  for (auto& [name, value] : target->headers) value = kMasked;
  Delivery before = delivery;
  before.attempts = std::max(0, delivery.attempts - 1);  // begin_delivery() counts the next one
  if (target->problem.empty()) return begin_delivery(*target, before, event, sent_at);
  return {.url = trigger.url,
          .body = core::delivery_body(delivery.body_version, event, trigger.id,
                                      static_cast<PayloadFormat>(delivery.body_format))};
}

std::string_view readable_data(const Event& event) {
  return json::Document::parse(event.data) ? std::string_view{event.data} : "null";
}

core::AttemptOutcome outcome_of(const HttpOutcome& http) {
  core::AttemptOutcome outcome{.status = http.status,
                               .error = http.error,
                               .retry_after = http.retry_after,
                               .receipt = http.receipt};
  if (outcome.error.empty() && (http.status < 200 || http.status > 299)) {
    outcome.error = "http_" + std::to_string(http.status);
  }
  return outcome;
}

}  // namespace malote::engine
