// receiver FOLDER: signs a webhook, handles it twice, and prints what came of it.
#include <malote/receiver/events.h>
#include <malote/receiver/webhook_handler.h>

#include <iostream>

int main(int, char** argv) {
  using namespace malote::receiver;
  const std::string secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
  const auto hooks = WebhookHandler::Builder{"standard"}
                         .secret(secret)
                         .clock([] { return 1776868200; })
                         .idempotency(sqlite_store(std::string{argv[1]} + "/webhooks.db"))
                         .on("order.created",
                             [](const Event& event) {
                               std::cout << "handled " << event.data()["order_id"].as_string()
                                         << '\n';
                             })
                         .build();
  const std::string body = R"({"id":"evt_1","type":"order.created","data":{"order_id":"ord_1"}})";
  const Verifier sender{"standard", {secret}};
  const auto sent = sender.sign("msg_1", 1776868200, body);
  std::vector<HeaderField> headers;
  for (const auto& [name, value] : sent) headers.push_back({name, value});
  for (int i = 0; i < 2; ++i) {
    const Response response = hooks.handle({.method = "POST", .headers = headers, .body = body});
    std::cout << response.status << ' ' << response.body << '\n';
  }
}
