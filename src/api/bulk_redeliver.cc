// POST /v1/triggers/{id}/dlq/redeliver: dead letters that fit a filter, counted or sent again.
#include <algorithm>

#include "api/codec.h"
#include "api/decode.h"
#include "api/problem.h"

namespace malote::api {

namespace {

struct Bulk {
  engine::BulkRedeliver wish{};
  bool dry_run = false;
};

Timestamp time_of(BodyReader& body, std::string_view name) {
  if (!body.has_value(name)) return {};
  const auto text = body.text(name, 1, 64);
  const auto at = text ? parse_bound(*text) : std::nullopt;
  if (text && !at)
    body.issue("/" + std::string{name}, "takes an RFC 3339 time such as 2026-04-22T14:30:00Z");
  return at.value_or(Timestamp{});
}

/// Elsewhere unknown members are ignored; here a misspelt filter would send everything.
void refuse_unknown(json::View root, BodyReader& body) {
  constexpr std::string_view kKnown[] = {"event", "error",   "status", "since",
                                         "until", "dry_run", "before"};
  for (const auto member : root) {
    if (std::ranges::find(kKnown, member.key()) != std::end(kKnown)) continue;
    body.issue("/" + std::string{member.key().substr(0, 64)},
               "is no filter; these are: event, error, status, since, until, before, dry_run");
  }
}

Result<Bulk> decode_bulk(const Call& call, const ReadTx& tx) {
  MALOTE_TRY(const auto document, parse_body(call));
  BodyReader body{document.root()};
  refuse_unknown(document.root(), body);
  Bulk bulk;
  DeadLetterFilter& filter = bulk.wish.filter;
  filter.project = call.project();
  const std::string event = body.text_or_null("event", 128).value_or("");
  if (!event.empty()) filter.event = call.api.context.catalogue.canonical(event);
  filter.error = body.text_or_null("error", 512).value_or("");
  if (body.has_value("status"))
    filter.status = static_cast<int>(body.integer("status", 100, 599).value_or(0));
  filter.since = time_of(body, "since");
  filter.until = time_of(body, "until");
  bulk.dry_run = body.has_value("dry_run") && body.boolean("dry_run").value_or(false);
  const std::string before = body.text_or_null("before", 64).value_or("");
  Page& page = bulk.wish.page;
  if (!before.empty() && (!decode_cursor(before, page) || page.before_at == Timestamp{}))
    body.issue("/before", "is not a next_before of this route");
  MALOTE_CHECK_OK(body.result());
  const auto trigger = tx.trigger(call.project(), call.param(0));
  if (!trigger) return fail(Errc::not_found, "no such trigger");
  filter.trigger = trigger->no;
  using engine::BulkRedeliver;
  bulk.wish.most = bulk.dry_run ? BulkRedeliver::kMaxCounted : BulkRedeliver::kMaxRedelivered;
  return bulk;
}

Response answer_of(const Bulk& bulk, const engine::BulkRedelivered& done) {
  const auto& scan = done.scan;
  json::Writer w;
  w.object().field("dry_run", bulk.dry_run).field("matched", done.matched);
  w.field("redelivered", bulk.dry_run ? 0 : static_cast<int>(scan.rows.size()));
  w.field("sent_before", done.sent_before).field("looked_at", scan.looked_at);
  const std::string next = scan.is_end ? "" : cursor_of(to_ms(scan.at)) + "." + cursor_of(scan.key);
  w.field_or_null("next_before", std::string_view{next}).end();
  return json_response(bulk.dry_run ? 200 : 202, std::move(w));
}

Result<Response> redeliver_once(const Call& call, Tx& tx, engine::Effects& effects) {
  MALOTE_TRY(const auto bulk, decode_bulk(call, tx));
  MALOTE_TRY(const auto done, call.api.triggers.redeliver_dead(tx, effects, bulk.wish));
  return answer_of(bulk, done);
}

bool is_dry_run(const Call& call) {
  const auto document = parse_body(call);
  return document && document->root()["dry_run"].as_bool().value_or(false);
}

}  // namespace

void redeliver_dead_letters(Call call, Respond respond) {
  Api& api = call.api;
  const auto shared = std::make_shared<Call>(std::move(call));
  if (!is_dry_run(*shared)) return run_write(shared, &redeliver_once, std::move(respond));
  api.workers.post([shared, respond = std::move(respond)] {
    Result<Response> outcome = fail(Errc::internal_error, {});
    const auto read = shared->api.context.store.read([&](const ReadTx& tx) -> Result<void> {
      const auto bulk = decode_bulk(*shared, tx);
      if (!bulk) {
        outcome = fail(bulk.error());
      } else {
        outcome = answer_of(*bulk, shared->api.triggers.count_dead(tx, bulk->wish));
      }
      return {};
    });
    if (!read) outcome = fail(read.error());
    if (!outcome) return respond(problem(outcome.error(), shared->request_id));
    respond(identified(std::move(*outcome), shared->request_id));
  });
}

}  // namespace malote::api
