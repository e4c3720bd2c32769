// POST /v1/triggers/test: one attempt for a trigger that is not made yet; nothing is stored.
#include <algorithm>

#include "api/decode.h"
#include "api/problem.h"
#include "base/bytes.h"
#include "engine/deliver.h"
#include "engine/trigger_trial.h"

namespace malote::api {

namespace {

constexpr Millis kLongest{30'000};  // somebody looks at a screen meanwhile

Result<engine::TrialWish> decode_trial(const Call& call) {
  MALOTE_TRY(const auto document, parse_body(call));
  BodyReader body{document.root()};
  engine::TrialWish wish{.project = call.project()};
  if (!body.has("webhook_url") && !body.has("url")) body.issue("/webhook_url", "is required");
  if (body.has_value("secret")) wish.secret = Secret{body.text("secret", 8, 256).value_or("")};
  if (body.has_value("data")) {
    if (const json::View data = body.object("data")) wish.event.data = data.raw();
  }
  MALOTE_CHECK_OK(body.result());
  const auto& defaults = call.api.context.defaults;
  MALOTE_TRY(wish.trigger, decode_trigger(document.root(), defaults, false));
  wish.trigger.status.reset();
  if (!wish.trigger.events) wish.trigger.events = std::vector<std::string>{"*"};
  wish.trigger.timeout = std::min(wish.trigger.timeout.value_or(defaults.timeout), kLongest);
  return wish;
}

/// Values of the caller's own headers may be secrets: they are not sent back.
bool is_own(const std::vector<std::string>& own, std::string_view name) {
  return std::ranges::any_of(own,
                             [&](const std::string& one) { return equals_ignore_case(one, name); });
}

Response answer_of(const engine::TrialResult& result, const std::vector<std::string>& own) {
  json::Writer w;
  w.object().field("ok", result.error.empty()).field("event_type", result.event_type);
  w.key("response_status");
  if (result.http.status > 0) {
    w.integer(result.http.status);
  } else {
    w.null();
  }
  w.field("duration_ms", static_cast<std::int64_t>(result.http.duration.count()));
  w.field_or_null("error", std::string_view{printable(result.error)});
  w.field("response_body", printable(result.http.body));
  w.key("request").object().field("url", result.request.url).key("headers").object();
  for (const auto& [name, value] : result.request.headers) {
    w.field(name, is_own(own, name) ? engine::kMasked : std::string_view{value});
  }
  w.end().field("body", result.request.body).end();
  w.field("secret", result.secret.reveal()).end();
  return json_response(200, std::move(w));
}

}  // namespace

void test_draft_trigger(Call call, Respond respond) {
  auto wish = decode_trial(call);
  const std::string id = call.request_id;
  if (!wish) return respond(problem(wish.error(), id));
  engine::TriggerTrial* const trial = call.api.trial;
  if (!trial) return respond(problem(make_error(Errc::not_found, "no tests here"), id));
  std::vector<std::string> own;
  for (const auto& header : wish->trigger.headers.value_or(HeaderList{}))
    own.push_back(header.first);
  trial->start(std::move(*wish), [id, own = std::move(own), respond = std::move(respond)](
                                     Result<engine::TrialResult> result) {
    if (result) return respond(identified(answer_of(*result, own), id));
    Response refusal = problem(result.error(), id);
    if (result.error().errc == Errc::rate_limited)
      refusal.headers.emplace_back("Retry-After", "60");
    respond(std::move(refusal));
  });
}

}  // namespace malote::api
