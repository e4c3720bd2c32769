// GET /v1/stats: the project's numbers over time, and what waits and fails now.
#include <algorithm>

#include "api/codec.h"
#include "api/decode.h"
#include "api/problem.h"
#include "engine/stats.h"

namespace malote::api {

namespace {

void write_tally(json::Writer& w, const engine::Tally& tally) {
  w.field("events", tally.events).field("delivered", tally.delivered);
  w.field("failed_attempts", tally.failed_attempts).field("dead", tally.dead);
  w.key("latency_ms");
  if (tally.latency.empty()) {
    w.null();
    return;
  }
  w.object();
  for (const auto& [name, share] : {std::pair{"p50", 0.5}, {"p95", 0.95}, {"p99", 0.99}}) {
    w.field(name, tally.percentile(share).value_or(Millis{}).count());
  }
  w.end();
}

void write_backlog(json::Writer& w, const Backlog& backlog) {
  w.field("waiting", backlog.waiting);
  write_time(w, "oldest_waiting_at",
             backlog.oldest_key > 0 ? time_of_key(backlog.oldest_key) : Timestamp{});
  w.field("is_whole", backlog.is_whole);
}

void write_now(json::Writer& w, const Call& call, const engine::Stats& stats, Timestamp now) {
  w.key("now").object();
  write_backlog(w, stats.waiting);
  const std::int64_t oldest = stats.waiting.oldest_key;
  w.key("oldest_waiting_ms");
  if (oldest > 0) {
    w.integer(std::max<std::int64_t>(0, (now - time_of_key(oldest)).count()));
  } else {
    w.null();
  }
  w.key("triggers").array();
  for (const auto& [trigger, backlog] : stats.in_trouble) {
    if (!call.caller.may("triggers:read")) break;
    w.object().field("id", trigger.id).field("name", trigger.name);
    w.field("status", word(trigger.status));
    w.field_or_null("paused_reason", std::string_view{trigger.paused_reason});
    w.field("consecutive_failures", trigger.streak);
    write_backlog(w, backlog);
    w.end();
  }
  w.end().end();
}

}  // namespace

Result<Response> get_stats(const Call& call, const ReadTx& tx) {
  engine::StatsWish wish{.project = call.project()};
  MALOTE_TRY(wish.since, decode_time(call, "since"));
  MALOTE_TRY(wish.until, decode_time(call, "until"));
  const std::string bucket = call.query_text("bucket");
  if (!bucket.empty()) {
    const auto length = parse_duration(bucket);
    if (!length || *length == Millis{}) {
      return fail(make_issue(Errc::invalid_query, "bucket",
                             "takes a duration such as \"1m\", \"15m\", \"1h\" or \"1d\""));
    }
    wish.bucket = *length;
  }
  const Timestamp now = call.api.context.clock.now();
  MALOTE_TRY(const auto stats, engine::load_stats(tx, wish, now));
  json::Writer w;
  w.object();
  write_time(w, "since", stats.since);
  write_time(w, "until", stats.until);
  w.field("bucket", format_duration(stats.bucket)).key("buckets").array();
  for (const auto& [at, tally] : stats.buckets) {
    w.object();
    write_time(w, "at", at);
    write_tally(w, tally);
    w.end();
  }
  w.end().key("total").object();
  write_tally(w, stats.total);
  w.end();
  write_now(w, call, stats, now);
  return json_response(200, std::move(w.end()));
}

}  // namespace malote::api
