// A gateway made of a script: answers in order, and remembers what it was asked. It stands where
// the client's transport stands, so nothing opens a port.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "malote/client.h"

namespace malote::client {

constexpr const char* kTestKey = "csk_test_0123456789abcdef";

class FakeGateway {
 public:
  /// Used up first in, first out; when none is left, an empty session is answered.
  void answer(int status, std::string body) {
    script_->push_back({.status = status, .body = std::move(body)});
  }
  void fail(std::string failure, bool timed_out = false) {
    script_->push_back({.failure = std::move(failure), .timed_out = timed_out});
  }

  Client client(ClientConfig config = {}) {
    if (config.base_url.empty()) config.base_url = "http://gateway.test";
    if (config.api_key.empty()) config.api_key = kTestKey;
    config.transport = [script = script_, calls = calls_](const HttpCall& call) {
      calls->push_back(call);
      if (script->empty()) return HttpReply{.status = 201, .body = R"({"id":"ses_1"})"};
      HttpReply reply = script->front();
      script->pop_front();
      return reply;
    };
    return Client{std::move(config)};
  }

  /// A session whose creation is not among the calls.
  Session session() {
    std::deque<HttpReply> later;
    later.swap(*script_);
    Session session = client().create("user_1");
    calls_->clear();
    script_->swap(later);
    return session;
  }

  const std::vector<HttpCall>& calls() const { return *calls_; }
  const HttpCall& last() const { return calls_->back(); }

 private:
  std::shared_ptr<std::deque<HttpReply>> script_ = std::make_shared<std::deque<HttpReply>>();
  std::shared_ptr<std::vector<HttpCall>> calls_ = std::make_shared<std::vector<HttpCall>>();
};

inline std::string header(const HttpCall& call, std::string_view name) {
  for (const auto& [key, value] : call.headers) {
    if (key == name) return value;
  }
  return "(absent)";
}

}  // namespace malote::client
