#include "api/api.h"

#include <memory>

#include "api/problem.h"
#include "api/routes.h"
#include "base/log.h"
#include "crypto/hmac.h"

namespace malote::api {

namespace {

constexpr std::size_t kMaxIdempotencyKey = 255;

/// The client's X-Request-Id when it is harmless, or one of ours.
std::string request_id_of(const Request& request, Entropy& entropy) {
  const std::string* given = find_header(request.headers, "X-Request-Id");
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
  if (given && !given->empty() && given->size() <= 128 &&
      given->find_first_not_of(kAllowed) == std::string::npos) {
    return *given;
  }
  return random_id(entropy, "req_");
}

std::string header_or_empty(const Request& request, std::string_view name) {
  const std::string* value = find_header(request.headers, name);
  return value ? *value : std::string{};
}

/// What makes two requests the same request, for Idempotency-Key.
std::string fingerprint(const Request& request) {
  return crypto::sha256(request.method + " " + request.path + "?" + request.query + "\n" + request.body);
}

Response finish(const Call& call, Result<Response> result) {
  if (!result) return problem(result.error(), call.request_id);
  Response response = std::move(*result);
  response.headers.emplace_back("X-Request-Id", call.request_id);
  return response;
}

void run_read(const std::shared_ptr<Call>& call, Read handler, const Respond& respond) {
  Result<Response> outcome = fail(Errc::internal_error, {});
  const auto read = call->api.context.store.read([&](const ReadTx& tx) -> Result<void> {
    outcome = handler(*call, tx);
    return {};
  });
  if (!read) outcome = fail(read.error());
  respond(finish(*call, std::move(outcome)));
}

/// A POST with an Idempotency-Key: the answer is kept (sealed, for it may hold a secret) in the
/// same transaction as what it did, and given again to the same request.
class IdempotentAnswer {
 public:
  IdempotentAnswer(const Call& call)
      : call_(call), key_(call.request.method == "POST"
                              ? header_or_empty(call.request, "Idempotency-Key")
                              : std::string{}) {}

  Result<std::optional<Response>> recall(Tx& tx) const {
    if (key_.empty()) return std::nullopt;
    if (key_.size() > kMaxIdempotencyKey) {
      return fail(make_issue(Errc::invalid_request, "Idempotency-Key", "is longer than 255 bytes"));
    }
    const auto stored = tx.answer(call_.project(), key_);
    if (!stored) return std::nullopt;
    if (stored->fingerprint != fingerprint(call_.request)) {
      return fail(Errc::idempotency_conflict, "this Idempotency-Key was used with another request");
    }
    const auto body = call_.api.context.vault.open(stored->sealed_body, sealed_for());
    if (!body) return fail(Errc::vault_unavailable, "the stored answer cannot be opened");
    Response response = json_response(stored->status, std::string{body->reveal()});
    response.headers.emplace_back("Idempotent-Replayed", "true");
    return response;
  }

  void keep(Tx& tx, const Response& response) const {
    if (key_.empty()) return;
    tx.put_answer(call_.project(), key_,
                  {.fingerprint = fingerprint(call_.request),
                   .status = response.status,
                   .sealed_body = call_.api.context.vault.seal(Secret{response.body}, sealed_for()),
                   .created_at = call_.api.context.clock.now()});
  }

 private:
  std::string sealed_for() const { return "answer:" + key_; }

  const Call& call_;
  const std::string key_;
};

void run_write(const std::shared_ptr<Call>& call, Write handler, Respond respond) {
  const auto answer = std::make_shared<Response>();
  engine::commit(
      call->api.context,
      [call, handler, answer](Tx& tx, engine::Effects& effects) -> Result<void> {
        const IdempotentAnswer idempotent{*call};
        MALOTE_TRY(auto known, idempotent.recall(tx));
        if (known) {
          *answer = std::move(*known);
          return {};
        }
        MALOTE_TRY(*answer, handler(*call, tx, effects));
        idempotent.keep(tx, *answer);
        return {};
      },
      [call, answer, respond = std::move(respond)](Result<void> result) {
        if (!result) return respond(problem(result.error(), call->request_id));
        respond(finish(*call, std::move(*answer)));
      });
}

Result<void> admit(Call& call, const Route& route) {
  if (route.scope == kNoAuth) return {};
  MALOTE_TRY(call.caller, call.api.access.authenticate(
                              header_or_empty(call.request, "Authorization"),
                              header_or_empty(call.request, "x-codespar-project")));
  if (!route.scope.empty() && !call.caller.may(route.scope)) {
    return fail(Errc::forbidden, "this key lacks the scope " + std::string{route.scope});
  }
  if (!header_or_empty(call.request, "Content-Encoding").empty()) {
    return fail(Errc::unsupported_media_type, "send the body without Content-Encoding");
  }
  return {};
}

}  // namespace

Api::Api(const engine::Context& shared, engine::Access& who, engine::Intake& inbound,
         Executor& workers, TrafficObserver& observer, ApiOptions how)
    : context(shared), access(who), intake(inbound), traffic(observer), triggers(shared),
      events(shared), connections(shared), options(std::move(how)), workers_(workers) {}

void Api::handle(Request request, Respond respond) {
  const Match match = match_route(request.method, request.path);
  if (!match.route) {
    const std::string id = request_id_of(request, context.entropy);
    if (match.allowed.empty()) {
      return respond(problem(make_error(Errc::not_found, "no route " + request.path.substr(0, 200)), id));
    }
    Response response = problem(
        make_error(Errc::method_not_allowed, request.path.substr(0, 200) + " takes " + match.allowed), id);
    response.headers.emplace_back("Allow", match.allowed);
    return respond(std::move(response));
  }
  Call call{.api = *this, .request = std::move(request), .params = match.params};
  const auto admitted = admit(call, *match.route);
  const bool direct = std::holds_alternative<Direct>(match.route->handler);
  if (!direct || !admitted) call.request_id = request_id_of(call.request, context.entropy);
  if (!admitted) return respond(problem(admitted.error(), call.request_id));
  call.query = parse_query(call.request.query);
  if (direct) return std::get<Direct>(match.route->handler)(std::move(call), std::move(respond));
  workers_.post([shared = std::make_shared<Call>(std::move(call)), route = match.route,
                 respond = std::move(respond)]() mutable {
    if (const auto* read = std::get_if<Read>(&route->handler)) return run_read(shared, *read, respond);
    run_write(shared, std::get<Write>(route->handler), std::move(respond));
  });
}

}  // namespace malote::api
