// /v1/triggers (and /v1/webhook-endpoints).
#include "api/codec.h"
#include "api/decode.h"
#include "api/problem.h"

namespace malote::api {

Result<Response> list_triggers(const Call& call, const ReadTx& tx) {
  MALOTE_TRY(const Page page, decode_page(call, 100));
  const TriggerFilter filter{.project = call.project(),
                             .status = call.query_text("status"),
                             .event = call.query_text("event"),
                             .server_id = call.query_text("server_id")};
  const auto& s = filter.status;
  if (!s.empty() && s != "active" && s != "paused" && s != "error") {
    return fail(make_issue(Errc::invalid_query, "status", "takes active, paused or error"));
  }
  auto triggers = tx.triggers(filter, one_more(page));
  const bool more = cut_to(page, triggers);
  std::vector<std::string> items;
  for (const auto& trigger : triggers) items.push_back(encode_trigger(call, tx, trigger));
  return list_response("triggers", items, more ? cursor_of(triggers.back().no.value) : "");
}

Result<Response> create_trigger(const Call& call, Tx& tx, engine::Effects& effects) {
  MALOTE_TRY(const auto body, parse_body(call));
  MALOTE_TRY(const auto wish, decode_trigger(body.root(), call.api.context.defaults, true));
  MALOTE_TRY(const auto created, call.api.triggers.create(tx, effects, call.project(), wish));
  return json_response(201, encode_trigger(call, tx, created.trigger, &created.secret));
}

Result<Response> get_trigger(const Call& call, const ReadTx& tx) {
  const auto trigger = tx.trigger(call.project(), call.param(0));
  if (!trigger) return fail(Errc::not_found, "no such trigger");
  return json_response(200, encode_trigger(call, tx, *trigger));
}

Result<Response> patch_trigger(const Call& call, Tx& tx, engine::Effects& effects) {
  MALOTE_TRY(const auto body, parse_body(call));
  MALOTE_TRY(const auto patch, decode_trigger(body.root(), call.api.context.defaults, false));
  MALOTE_TRY(const auto trigger,
             call.api.triggers.patch(tx, effects, call.project(), call.param(0), patch));
  return json_response(200, encode_trigger(call, tx, trigger));
}

Result<Response> delete_trigger(const Call& call, Tx& tx, engine::Effects& effects) {
  MALOTE_CHECK_OK(call.api.triggers.remove(tx, effects, call.project(), call.param(0)));
  return Response{.status = 204};
}

Result<Response> rotate_trigger_secret(const Call& call, Tx& tx, engine::Effects& effects) {
  constexpr std::int64_t kLongestOverlap = 7 * 24 * 3600;
  MALOTE_TRY(const auto document, parse_body(call));
  BodyReader body{document.root()};
  const bool overlaps = body.has_value("overlap_seconds");
  const auto wished = overlaps ? body.integer("overlap_seconds", 0, kLongestOverlap) : std::nullopt;
  MALOTE_CHECK_OK(body.result());
  const std::chrono::seconds overlap{wished.value_or(0)};
  MALOTE_TRY(const auto rotated,
             call.api.triggers.rotate_secret(tx, effects, call.project(), call.param(0), overlap));
  json::Writer w;
  w.object().field("trigger_id", rotated.trigger.id).field("id", rotated.trigger.id);
  w.field("signing_enabled", true).field("secret", rotated.secret.reveal());
  write_time(w, "previous_secret_until", rotated.trigger.previous_until);
  return json_response(200, std::move(w.end()));
}

Result<Response> test_fire_trigger(const Call& call, Tx& tx, engine::Effects& effects) {
  MALOTE_TRY(const auto document, parse_body(call));
  BodyReader body{document.root()};
  engine::TestFire wish{.event = body.text_or_null("event", 128).value_or("")};
  if (!wish.event.empty() && !core::is_event_name(wish.event)) {
    body.issue("/event", "takes a name such as payment.confirmed");
  }
  if (body.is_null("data")) {
    // as if it were left out
  } else if (const json::View data = body.object("data")) {
    wish.data = data.raw();
  }
  MALOTE_CHECK_OK(body.result());
  MALOTE_TRY(const auto delivery,
             call.api.triggers.test_fire(tx, effects, call.project(), call.param(0), wish));
  json::Writer w;
  w.object().field("delivery_id", text_of(delivery.key)).field("event_id", text_of(delivery.event));
  w.field("trigger_id", call.param(0)).field("status", word(delivery.state));
  return json_response(202, std::move(w.end()));
}

Result<Response> retry_pending(const Call& call, Tx& tx, engine::Effects& effects) {
  constexpr int kLimit = 100;  // rows in one call, the contract's number
  MALOTE_TRY(const auto retried,
             call.api.triggers.retry_pending(tx, effects, call.project(), kLimit));
  json::Writer w;  // what comes of them is known later: see GET /v1/deliveries
  w.object().field("scanned", retried.scanned).field("redispatched", retried.redispatched);
  w.field("delivered", 0).field("failed", 0).field("dead", 0);
  return json_response(200, std::move(w.end()));
}

}  // namespace malote::api
