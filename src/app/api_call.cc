#include "app/api_call.h"

#include <stdexcept>

#include "base/bytes.h"
#include "net/simple_client.h"

namespace malote::app {

Json ask(const Target& target, const char* method, const std::string& path,
         const std::string& body) {
  const auto answer = net::exchange({.method = method,
                                     .url = target.url + path,
                                     .headers = {{"Authorization", "Bearer " + target.api_key},
                                                 {"Content-Type", "application/json"}},
                                     .body = body});
  if (answer.status == 0)
    throw std::runtime_error("cannot reach " + target.url + ": " + answer.error);
  Json value;
  try {
    value = Json::parse_lenient(answer.body);
  } catch (const std::invalid_argument&) {
    throw std::runtime_error(target.url + path + " answered what is not JSON");
  }
  if (answer.status >= 200 && answer.status < 300) return value;
  throw std::runtime_error("the gateway answered " + std::to_string(answer.status) + ": " +
                           printable(value["message"].as_string()));
}

std::vector<Json> all_rows(const Target& target, const std::string& path, const char* member) {
  const std::string query = path + (path.find('?') == std::string::npos ? "?" : "&") + "limit=100";
  std::vector<Json> rows;
  for (std::string before;;) {
    const Json page = ask(target, "GET", query + before);
    for (const Json& row : page[member].elements()) rows.push_back(row);
    if (page["next_before"].is_null()) return rows;
    before = "&before=" + url_encode(page["next_before"].as_string());
  }
}

}  // namespace malote::app
