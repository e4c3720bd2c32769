#include "api/api.h"

#include <algorithm>
#include <memory>

#include "api/decode.h"
#include "api/problem.h"
#include "api/routes.h"
#include "base/bytes.h"
#include "base/log.h"
#include "engine/answers.h"

namespace malote::api {

namespace {

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

bool is_trusted(const std::vector<IpBlock>& proxies, std::string_view text) {
  const auto address = IpAddress::parse(text);
  return address && std::ranges::any_of(
                        proxies, [&](const IpBlock& block) { return block.contains(*address); });
}

/// Who sent the request: the peer, or, where that is a trusted proxy, the last address of
/// X-Forwarded-For that is not one. What stands before it anybody could have written.
std::string client_address(const Request& request, const std::vector<IpBlock>& proxies) {
  if (!is_trusted(proxies, request.remote_ip)) return request.remote_ip;
  std::string all;
  for (const auto& [name, value] : request.headers) {
    if (equals_ignore_case(name, "X-Forwarded-For")) all += (all.empty() ? "" : ",") + value;
  }
  std::string_view rest = all;
  std::string address = request.remote_ip;
  while (!rest.empty() && is_trusted(proxies, address)) {
    const auto comma = rest.rfind(',');
    address = trim(comma == std::string_view::npos ? rest : rest.substr(comma + 1));
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(0, comma);
  }
  return address;
}

/// Whether the client's end of the way is TLS: of this connection, or as a trusted proxy says.
bool is_secure(const Request& request, const std::vector<IpBlock>& proxies) {
  if (request.secure) return true;
  const std::string* scheme = find_header(request.headers, "X-Forwarded-Proto");
  return scheme && equals_ignore_case(*scheme, "https") && is_trusted(proxies, request.remote_ip);
}

Response finish(const Call& call, Result<Response> result) {
  if (!result) return problem(result.error(), call.request_id);
  return identified(std::move(*result), call.request_id);
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

/// The Idempotency-Key of a POST; empty when there is none.
Result<std::string> idempotency_key(const Request& request) {
  if (request.method != "POST") return std::string{};
  std::string key = header_or_empty(request, "Idempotency-Key");
  if (key.size() > kMaxIdempotencyKey) {
    return fail(make_issue(Errc::invalid_request, "Idempotency-Key", "is longer than 255 bytes"));
  }
  return key;
}

/// Runs the handler, or gives the answer that this very request got before.
Result<Response> answer_once(const Call& call, const std::string& key, Write handler, Tx& tx,
                             engine::Effects& effects) {
  const Request& r = call.request;
  // Another key does not get the answer: it may hold a secret that only its maker may see.
  const engine::Answers answers{
      call.api.context, call.project(), key,
      call.caller.key.id + "\n" + r.method + " " + r.path + "?" + r.query + "\n" + r.body};
  MALOTE_TRY(const auto known, answers.recall(tx));
  if (known) {
    Response response = json_response(known->status, known->body);
    response.headers.emplace_back("Idempotent-Replayed", "true");
    return response;
  }
  MALOTE_TRY(auto response, handler(call, tx, effects));
  answers.keep(tx, {response.status, response.body});
  return response;
}

/// The key of whoever signed in to the dashboard; changes must carry the session's token.
Result<std::string> key_of_browser(const Call& call) {
  const auto session = call.api.console.find(call.request);
  if (!session) return std::string{};
  const std::string token = header_or_empty(call.request, "X-CSRF-Token");
  if (call.request.method != "GET" && !constant_time_equal(token, session->csrf_token))
    return fail(Errc::forbidden, "X-CSRF-Token is missing or wrong; sign in again");
  return "Bearer " + std::string{session->api_key.reveal()};
}

/// The header, or a stream's parameter: a browser's EventSource sets no header.
std::string wished_project(const Request& request) {
  const std::string header = header_or_empty(request, "x-codespar-project");
  if (!header.empty() || !request.path.ends_with("/stream")) return header;
  for (const auto& [name, value] : parse_query(request.query)) {
    if (name == "project") return value;
  }
  return {};
}

Result<void> admit(Call& call, const Route& route) {
  if (route.scope == kNoAuth) return {};
  std::string authorization = header_or_empty(call.request, "Authorization");
  if (authorization.empty()) {
    MALOTE_TRY(authorization, key_of_browser(call));
  }
  MALOTE_TRY(call.caller,
             call.api.access.authenticate(authorization, wished_project(call.request)));
  if (!route.scope.empty() && !call.caller.may(route.scope)) {
    return fail(Errc::forbidden, "this key lacks the scope " + std::string{route.scope});
  }
  if (!header_or_empty(call.request, "Content-Encoding").empty()) {
    return fail(Errc::unsupported_media_type, "send the body without Content-Encoding");
  }
  return {};
}

}  // namespace

void run_write(const std::shared_ptr<Call>& call, Write handler, Respond respond) {
  const auto key = idempotency_key(call->request);
  if (!key) return respond(problem(key.error(), call->request_id));
  const auto answer = std::make_shared<Response>();
  engine::commit(
      call->api.context,
      [call, handler, answer, key = *key](Tx& tx, engine::Effects& effects) -> Result<void> {
        if (key.empty()) {
          MALOTE_TRY(*answer, handler(*call, tx, effects));
        } else {
          MALOTE_TRY(*answer, answer_once(*call, key, handler, tx, effects));
        }
        return {};
      },
      [call, answer, respond = std::move(respond)](Result<void> result) {
        if (!result) return respond(problem(result.error(), call->request_id));
        respond(finish(*call, std::move(*answer)));
      });
}

Api::Api(const ApiParts& parts, ApiOptions how)
    : ApiParts(parts),
      triggers(parts.context),
      events(parts.context),
      connections(parts.context),
      loops(parts.context),
      options(std::move(how)),
      console(parts.context.clock, parts.context.entropy) {}

void Api::handle(Request request, Respond respond) {
  const Match match = match_route(request.method, request.path);
  if (!match.route) {
    const std::string id = request_id_of(request, context.entropy);
    if (match.allowed.empty()) {
      if (auto file = console_file(options.console, request)) return respond(std::move(*file));
      return respond(
          problem(make_error(Errc::not_found, "no route " + request.path.substr(0, 200)), id));
    }
    Response response = problem(make_error(Errc::method_not_allowed,
                                           request.path.substr(0, 200) + " takes " + match.allowed),
                                id);
    response.headers.emplace_back("Allow", match.allowed);
    return respond(std::move(response));
  }
  request.secure = is_secure(request, options.trusted_proxies);
  request.remote_ip = client_address(request, options.trusted_proxies);
  Call call{.api = *this, .request = std::move(request), .params = match.params};
  const auto admitted = admit(call, *match.route);
  const bool direct = std::holds_alternative<Direct>(match.route->handler);
  call.request_id = request_id_of(call.request, context.entropy);
  if (!admitted) return respond(problem(admitted.error(), call.request_id));
  call.query = parse_query(call.request.query);
  if (direct) return std::get<Direct>(match.route->handler)(std::move(call), std::move(respond));
  workers.post([shared = std::make_shared<Call>(std::move(call)), route = match.route,
                respond = std::move(respond)]() mutable {
    if (const auto* read = std::get_if<Read>(&route->handler))
      return run_read(shared, *read, respond);
    run_write(shared, std::get<Write>(route->handler), std::move(respond));
  });
}

}  // namespace malote::api
