// A webhook endpoint on Drogon. To read and copy: Debian 12 has no Drogon, so neither this
// project's build nor its tests compile it.
#include <drogon/drogon.h>

#include <cstdlib>
#include <iostream>
#include <vector>

#include "malote/receiver/webhook_handler.h"

namespace webhooks = malote::receiver;

namespace {

webhooks::Response respond(const webhooks::WebhookHandler& hooks,
                           const drogon::HttpRequestPtr& request) {
  std::vector<webhooks::HeaderField> headers;
  for (const auto& [name, value] : request->headers()) headers.push_back({name, value});
  return hooks.handle(
      {.method = request->methodString(), .headers = headers, .body = request->body()});
}

drogon::HttpResponsePtr to_drogon(const webhooks::Response& answer) {
  auto response = drogon::HttpResponse::newHttpResponse();
  response->setStatusCode(static_cast<drogon::HttpStatusCode>(answer.status));
  response->setContentTypeCode(drogon::CT_APPLICATION_JSON);
  for (const auto& [name, value] : answer.headers) {
    if (name != "Content-Type") response->addHeader(name, value);
  }
  response->setBody(std::string{answer.body});
  return response;
}

}  // namespace

int main() {
  try {
    const auto hooks = webhooks::WebhookHandler::Builder{"standard"}
                           .secret(std::getenv("MALOTE_WEBHOOK_SECRET"))
                           .idempotency(webhooks::sqlite_store("webhooks.db"))
                           .on("order.created",
                               [](const webhooks::Event& event) {
                                 std::cout << event.id << ' ' << event.type << std::endl;
                               })
                           .build();
    drogon::app()
        .registerHandler("/webhooks",
                         [&](const drogon::HttpRequestPtr& request,
                             std::function<void(const drogon::HttpResponsePtr&)>&& done) {
                           done(to_drogon(respond(hooks, request)));
                         },
                         {drogon::Get, drogon::Post, drogon::Put, drogon::Delete, drogon::Patch})
        .setClientMaxBodySize(hooks.max_body() + 1)  // so that one byte more is answered by us
        .setClientMaxMemoryBodySize(hooks.max_body() + 1)
        .enableCompressedRequest(false)
        .setIdleConnectionTimeout(20)
        .setThreadNum(8)  // handlers run on these
        .addListener("127.0.0.1", 8080)
        .run();
  } catch (const webhooks::ConfigError& error) {
    std::cerr << "cpp-drogon: " << error.what() << '\n';
    return 2;
  }
}
