#include "app/demo_gateway.h"

#include <cstdio>

#include "base/json_writer.h"
#include "net/simple_client.h"

namespace malote::app {

DemoGateway::DemoGateway(const Config& config, std::string api_key)
    : gateway_(config), api_key_(std::move(api_key)) {
  gateway_.start();
}

json::Document DemoGateway::call(const std::string& method, const std::string& path,
                                 const std::string& body) const {
  HttpRequest request{.method = method, .url = base() + path, .body = body};
  request.headers = {{"Authorization", "Bearer " + api_key_}, {"Content-Type", "application/json"}};
  const auto outcome = net::exchange(request);
  auto document = json::Document::parse(outcome.body.empty() ? "{}" : outcome.body);
  if (outcome.status >= 300 || outcome.status == 0 || !document)
    throw std::runtime_error(method + " " + path + " failed: " + outcome.error + outcome.body);
  return std::move(*document);
}

std::string DemoGateway::subscribe(const std::string& path, const std::string& event,
                                   const std::string& schedule) {
  json::Writer w;
  w.object()
      .field("name", path.substr(1))
      .field("event", event)
      .field("webhook_url", receiver_.url(path));
  if (!schedule.empty()) w.key("retry_schedule").raw(schedule).key("jitter").integer(0);
  const auto created = call("POST", "/v1/triggers", std::move(w.end()).text());
  receiver_.expect_secret(path, text_at(created.root(), "secret"));
  return text_at(created.root(), "id");
}

std::string text_at(json::View object, std::string_view member) {
  return std::string{object[member].as_text().value_or("")};
}

void say(const std::string& line) { std::printf("%s\n", line.c_str()); }

}  // namespace malote::app
