// For operators: health, readiness, metrics, the API's own description.
#include <algorithm>

#include "api/codec.h"
#include "api/problem.h"
#include "api/routes.h"

namespace malote::api {

void health(Call call, Respond respond) {
  json::Writer w;
  w.object().field("status", "ok").field("version", call.api.options.version);
  respond(identified(json_response(200, std::move(w.end())), call.request_id));
}

void gateway_status(Call call, Respond respond) {
  Api& api = call.api;
  api.workers.post([&api, id = call.request_id, respond = std::move(respond)] {  // counts rows
    const GatewayStatus s = api.options.status ? api.options.status() : GatewayStatus{};
    const Millis uptime = api.context.clock.now() - s.started_at;
    json::Writer w;
    w.object().field("version", api.options.version);
    write_time(w, "started_at", s.started_at);
    w.field("uptime_s", std::max<std::int64_t>(0, uptime.count() / 1000));
    w.key("store").object().field("bytes", s.store_bytes).field("backlog", s.store_backlog);
    w.field("durability", s.durability).end();
    w.key("retention").object().field("keep", format_duration(s.retention));
    w.field("max_bytes", s.retention_bytes).end();
    w.key("queue").object().field("pending", s.pending).field("in_flight", s.in_flight);
    w.field("dead", s.dead).end().end();
    respond(identified(json_response(200, std::move(w)), id));
  });
}

void ready(Call call, Respond respond) {
  const std::string why = call.api.options.not_ready ? call.api.options.not_ready() : "";
  json::Writer w;
  w.object().field("status", why.empty() ? "ready" : "not_ready").key("checks").object();
  w.field("store", why.empty() ? "ok" : std::string_view{why}).end();
  respond(identified(json_response(why.empty() ? 200 : 503, std::move(w.end())), call.request_id));
}

void metrics(Call call, Respond respond) {
  const Api& api = call.api;
  api.workers.post([&api, respond = std::move(respond)] {  // counts rows
    respond({.status = 200,
             .content_type = "text/plain; version=0.0.4; charset=utf-8",
             .body = api.options.metrics ? api.options.metrics() : ""});
  });
}

void openapi(Call call, Respond respond) {
  respond(identified(json_response(200, call.api.options.openapi), call.request_id));
}

}  // namespace malote::api
