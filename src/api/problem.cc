#include "api/problem.h"

namespace malote::api {

Response problem(const Error& error, std::string_view request_id) {
  const int status = http_status(error.errc);
  const std::string_view code = error_code(error.errc);
  json::Writer w;
  w.object().field("error", code).field("code", code);
  w.field("message",
          error.message.empty() ? error_doc(error.errc) : std::string_view{error.message});
  w.field("status", status).field("request_id", request_id);
  if (!error.issues.empty()) {
    w.field("field", error.issues.front().path).key("issues").array();
    for (const auto& issue : error.issues) {
      w.object().field("path", issue.path).field("message", issue.message).end();
    }
    w.end();
  }
  Response response = json_response(status, std::move(w.end()));
  response.headers.emplace_back("X-Request-Id", request_id);
  if (status == 503 || status == 429) response.headers.emplace_back("Retry-After", "1");
  if (status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

Response identified(Response response, std::string_view request_id) {
  response.headers.emplace_back("X-Request-Id", request_id);
  return response;
}

Response json_response(int status, std::string body) {
  return {.status = status, .body = std::move(body)};
}

}  // namespace malote::api
