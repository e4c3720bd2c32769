#include "client/gateway.h"

#include <algorithm>
#include <stdexcept>

namespace malote::client {

bool is_success(int status) { return status >= 200 && status < 300; }

void check_header_value(std::string_view what, std::string_view text) {
  const bool fine = std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; });
  if (!fine) throw std::invalid_argument{std::string{what} + " must be printable ASCII"};
}

void check_project(std::string_view project) {
  constexpr std::string_view kLetters =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  const bool fine =
      project.empty() || (project.starts_with("prj_") &&
                          project.substr(4).find_first_not_of(kLetters) == std::string_view::npos);
  if (!fine) throw std::invalid_argument{"project must be the id of a project, prj_…"};
}

namespace {

void check_base_url(std::string_view url) {
  const std::size_t scheme = url.starts_with("https://") ? 8 : url.starts_with("http://") ? 7 : 0;
  const std::string_view rest = url.substr(scheme);
  const bool plain = rest.find_first_of("@?#\\ \t\r\n") == std::string_view::npos;
  if (scheme != 0 && plain && !rest.empty() && rest.front() != '/') return;
  // The address is not shown: it may hold a password.
  throw std::invalid_argument{
      "base_url must be http(s)://host[:port][/path], without a user, a query or a fragment"};
}

/// "createSession failed: 401 — the key is unknown"
ClientError refusal(std::string_view operation, const HttpReply& reply) {
  Json body;
  try {
    body = Json::parse(reply.body);
  } catch (const std::invalid_argument&) {  // a proxy's page, say: shown as it is
  }
  const std::string code = body["code"].as_string(body["error"].as_string());
  const std::string message = body["message"].as_string(code);
  return {std::string{operation} + " failed: " + std::to_string(reply.status) + " — " +
              (message.empty() ? reply.body : message),
          reply.status, code, reply.body};
}

}  // namespace

Json parse_answer(std::string_view operation, const HttpReply& reply) {
  std::string fault = "it is not an object";
  try {
    Json answer = Json::parse(reply.body);
    if (answer.is_object()) return answer;
  } catch (const std::invalid_argument& error) {
    fault = error.what();
  }
  throw ClientError{
      std::string{operation} + ": the answer is not what the contract promises: " + fault,
      reply.status, "invalid_answer", reply.body};
}

Gateway::Gateway(ClientConfig config) : config_(std::move(config)) {
  check_base_url(config_.base_url);
  check_header_value("api_key", config_.api_key);
  if (!config_.api_key.starts_with("csk_")) {
    throw std::invalid_argument{"api_key must be a key of the gateway, csk_…"};
  }
  check_project(config_.project);
  if (config_.timeout <= std::chrono::milliseconds{0}) {
    throw std::invalid_argument{"timeout must be above zero"};
  }
  while (config_.base_url.ends_with('/')) config_.base_url.pop_back();
  if (!config_.transport) config_.transport = make_curl_transport();
}

HttpReply Gateway::exchange(const ApiCall& call) const {
  HttpCall http{.method = std::string{call.method},
                .url = config_.base_url + call.path,
                .headers = {{"Authorization", "Bearer " + config_.api_key},
                            {"Content-Type", "application/json"},
                            {"Accept", "application/json"},
                            {"User-Agent", "malote-cpp"}},
                .body = call.body ? call.body->text() : std::string{},
                .timeout = config_.timeout};
  const std::string& project = call.project.empty() ? config_.project : call.project;
  if (!project.empty()) http.headers.emplace_back("x-codespar-project", project);
  if (!call.idempotency_key.empty()) {
    check_header_value("idempotency_key", call.idempotency_key);
    http.headers.emplace_back("Idempotency-Key", call.idempotency_key);
  }
  HttpReply reply = config_.transport(http);
  if (reply.status == 0) {
    throw ClientError{std::string{call.operation} + ": no answer from " + config_.base_url + ": " +
                          without_key(reply.failure),
                      0, reply.timed_out ? "timeout" : "network"};
  }
  if (!is_success(reply.status)) reply.body = without_key(std::move(reply.body));
  return reply;
}

Json Gateway::request(const ApiCall& call) const {
  const HttpReply reply = exchange(call);
  if (!is_success(reply.status)) throw refusal(call.operation, reply);
  return parse_answer(call.operation, reply);
}

/// A server that echoes its request must not put the key into a log of ours.
std::string Gateway::without_key(std::string text) const {
  for (std::size_t at = 0; (at = text.find(config_.api_key, at)) != std::string::npos;) {
    text.replace(at, config_.api_key.size(), "[api key]");
  }
  return text;
}

}  // namespace malote::client
