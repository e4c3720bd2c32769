// For operators: health, readiness, metrics, the API's own description.
#include "api/problem.h"
#include "api/routes.h"

namespace malote::api {

void health(Call call, Respond respond) {
  json::Writer w;
  w.object().field("status", "ok").field("version", call.api.options.version);
  respond(identified(json_response(200, std::move(w.end())), call.request_id));
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
