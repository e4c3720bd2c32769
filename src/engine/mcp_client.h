// Requests to servers of the Model Context Protocol over streamable HTTP, or to what answers as if
// (net/command_client.h): opens a session where there is none (initialize), puts each request into
// it, finds the response in the answer.
// A session that the server has forgotten is opened anew, and the request sent once more: it was
// refused before any work.
//
// Belongs to the thread of `self`. Nothing is kept that a restart would miss.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/context.h"
#include "ports/executor.h"
#include "ports/http_client.h"

namespace malote::engine {

struct McpAsk {
  const tools::Server* server = nullptr;  // a remote one; outlives the exchange
  std::string account{};  // its connection's id, or empty: over HTTP each has a session of its own
  HttpRequest request{};  // url, headers of its own, limits; `timeout` is for all of the exchanges
  std::string method{};
  std::string params{"{}"};  // JSON
};

class McpClient {
 public:
  McpClient(const Context& context, HttpClient& http, Executor& self)
      : context_(context), http_(http), self_(self) {}

  /// `done` is called once, on the thread of `self`, never from inside ask(). The body of a 2xx
  /// outcome is the JSON-RPC response, or empty where none came. Where the request itself was not
  /// sent, because no session could be opened, the error begins with "connect:" or the status is
  /// the server's refusal (4xx). What the environment gave into the headers is hidden in bodies.
  using Done = HttpClient::Done;
  void ask(McpAsk ask, Done done);

 private:
  struct Asking;
  using AskingPtr = std::shared_ptr<Asking>;
  struct Session {
    std::string id{};       // empty: the server keeps none
    std::string version{};  // of the protocol
    bool is_open = false;
    std::vector<AskingPtr> waiting{};  // for it to open
  };

  Result<HttpRequest> make_request(const Asking& asking) const;
  void proceed(const AskingPtr& asking);
  void initialize(const AskingPtr& asking);
  void on_initialized(const AskingPtr& asking, HttpOutcome outcome);
  void open(const AskingPtr& asking);
  void give_up(const std::string& name, const HttpOutcome& outcome);
  void send(const AskingPtr& asking);
  void on_answer(const AskingPtr& asking, HttpOutcome outcome);
  void exchange(const AskingPtr& asking, HttpRequest request,
                void (McpClient::*then)(const AskingPtr&, HttpOutcome));

  const Context& context_;
  HttpClient& http_;
  Executor& self_;
  std::map<std::string, Session> sessions_{};  // by URL and account
};

}  // namespace malote::engine
