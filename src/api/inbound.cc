// POST /v1/webhooks/<server_id>/<connection_id>: where providers post. No API key; the provider's
// own proof counts. Answers are the ones every provider accepts: exactly 200 {"received":true}.
#include "api/problem.h"
#include "api/routes.h"

namespace malote::api {

namespace {

Response received(engine::IntakeAnswer& answer) {
  Response response{.body = std::move(answer.body)};
  response.content_type = std::move(answer.content_type);
  return response;
}

Response answer_of(engine::IntakeAnswer answer, const std::string& request_id) {
  using Kind = engine::IntakeAnswer::Kind;
  switch (answer.kind) {
    case Kind::accepted:
    case Kind::duplicate:
    case Kind::ignored:
    case Kind::probe:
    case Kind::handshake: return identified(received(answer), request_id);
    case Kind::forbidden:
      return problem(make_error(Errc::forbidden, "this sender is not allowed"), request_id);
    case Kind::refused:
      // Why is for the operator (metrics, log), not for whoever is guessing.
      return problem(make_error(Errc::unauthorized, "the request is not authentic"), request_id);
    case Kind::failed: break;
  }
  return problem(answer.error, request_id);
}

}  // namespace

void receive_webhook(Call call, Respond respond) {
  Api& api = call.api;
  providers::RawRequest raw{.method = std::move(call.request.method),
                            .headers = std::move(call.request.headers),
                            .query = std::move(call.query),
                            .body = std::move(call.request.body),
                            .remote_ip = std::move(call.request.remote_ip)};
  const std::string server_id = call.param(0);
  const std::string connection_id = call.param(1);
  api.intake.accept(server_id, connection_id, std::move(raw),
                    [&api, server_id, id = call.request_id,
                     respond = std::move(respond)](engine::IntakeAnswer answer) {
                      api.traffic.on_inbound(server_id, answer);
                      respond(answer_of(std::move(answer), id));
                    });
}

}  // namespace malote::api
