// A WebhookHandler behind Pistache (0.0.5 of Debian 12):
//
//   class Webhooks : public Pistache::Http::Handler {
//     HTTP_PROTOTYPE(Webhooks)
//     void onRequest(const Request& request, ResponseWriter response) override {
//       receiver::pistache::respond(*hooks, request, std::move(response));
//     }
//   };
//   endpoint.init(receiver::pistache::options(*hooks));
//
// By itself Pistache takes 4096 bytes for a whole request. Beyond the limit it answers 413 with a
// text of its own; the limit is the handler's plus room for headers.
//
// What cannot be changed from outside: of a header that comes twice Pistache shows the first only,
// so such a request is judged by the first where other frameworks refuse it with 401. That lets
// nobody in: the first must be right. It also keeps connections open after "Connection: close".
#pragma once

#include <pistache/endpoint.h>

#include <chrono>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "malote/receiver/webhook_handler.h"

namespace malote::receiver::pistache {

/// respond() waits for the handlers on one of the threads.
inline Pistache::Http::Endpoint::Options options(const WebhookHandler& hooks, int threads = 8) {
  return Pistache::Http::Endpoint::options()
      .threads(threads)
      .maxRequestSize(hooks.max_body() + 16 * 1024)
      .headerTimeout(std::chrono::seconds{5})
      .bodyTimeout(std::chrono::seconds{10});
}

/// Pistache writes only headers that have a class of their own.
class RetryAfter : public Pistache::Http::Header::Header {
 public:
  NAME("Retry-After")
  explicit RetryAfter(std::string seconds) : seconds_(std::move(seconds)) {}
  void write(std::ostream& out) const override { out << seconds_; }

 private:
  std::string seconds_;
};

inline void respond(const WebhookHandler& hooks, const Pistache::Http::Request& request,
                    Pistache::Http::ResponseWriter response) {
  std::vector<std::pair<std::string, std::string>> fields;  // value() gives copies
  for (const auto& [name, header] : request.headers().rawList())
    fields.emplace_back(name, header.value());
  std::vector<HeaderField> headers;
  for (const auto& [name, value] : fields) headers.push_back({name, value});
  namespace Http = Pistache::Http;
  const Response answer = hooks.handle(
      {.method = Http::methodString(request.method()), .headers = headers, .body = request.body()});
  for (const auto& [name, value] : answer.headers) {
    if (name == "Allow") response.headers().add<Http::Header::Allow>(Http::Method::Post);
    if (name == "Retry-After") response.headers().add<RetryAfter>(value);
  }
  const bool head = request.method() == Http::Method::Head;
  response.send(static_cast<Http::Code>(answer.status), std::string{head ? "" : answer.body},
                MIME(Application, Json));
}

}  // namespace malote::receiver::pistache
