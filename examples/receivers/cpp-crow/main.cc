// A webhook endpoint on Crow. To read and copy: Debian 12 has no Crow, so neither this project's
// build nor its tests compile it.
#include <crow.h>

#include <cstdlib>
#include <iostream>
#include <vector>

#include "malote/receiver/webhook_handler.h"

namespace webhooks = malote::receiver;

namespace {

crow::response respond(const webhooks::WebhookHandler& hooks, const crow::request& request) {
  std::vector<webhooks::HeaderField> headers;  // request.headers is a multimap: all values are here
  for (const auto& [name, value] : request.headers) headers.push_back({name, value});
  const std::string method = crow::method_name(request.method);
  const webhooks::Response answer =
      hooks.handle({.method = method, .headers = headers, .body = request.body});
  crow::response response{answer.status, std::string{answer.body}};
  for (const auto& [name, value] : answer.headers) response.set_header(name, value);
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
    crow::SimpleApp app;
    CROW_ROUTE(app, "/webhooks")
        .methods(crow::HTTPMethod::Get, crow::HTTPMethod::Post, crow::HTTPMethod::Put,
                 crow::HTTPMethod::Delete, crow::HTTPMethod::Patch)(
            [&](const crow::request& request) { return respond(hooks, request); });
    app.bindaddr("127.0.0.1").port(8080).timeout(10).concurrency(8).run();
  } catch (const webhooks::ConfigError& error) {
    std::cerr << "cpp-crow: " << error.what() << '\n';
    return 2;
  }
}
