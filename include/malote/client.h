// The Malote client: sessions, tools and deterministic loops of a gateway, from C++.
//
//   malote::client::Client gateway{{.base_url = "http://127.0.0.1:8080", .api_key = key}};
//   auto session = gateway.create("user_123", {.servers = {"nuvem-fiscal"}});
//   auto invoice = session.execute("codespar_invoice", {{"type", "nfe"}, {"total", 150.35}});
//   if (invoice.success) print(invoice.data["pdf_url"].as_string());
//
// Errors are exceptions here: ClientError when the gateway could not be reached (status 0) or
// refused (its status), std::invalid_argument when an argument cannot be meant. execute() does not
// throw on any HTTP status: a tool's failure is a ToolResult. No message holds the API key.
//
// Calls block, until ClientConfig::timeout at most. A Client may be used by many threads; a Session
// by one at a time, and it may outlive its Client.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "malote/client/json.h"
#include "malote/client/loop.h"
#include "malote/client/transport.h"

namespace malote::client {

class ClientError : public std::runtime_error {
 public:
  ClientError(const std::string& message, int status, std::string code, std::string body = {})
      : std::runtime_error(message),
        status_(status),
        code_(std::move(code)),
        body_(std::move(body)) {}

  /// The HTTP status; 0 when no answer came.
  int status() const { return status_; }
  /// The gateway's word ("session_not_active"), or "timeout", "network", "invalid_answer"; empty
  /// when the answer had none.
  const std::string& code() const { return code_; }
  const std::string& body() const { return body_; }
  bool is_timeout() const { return status_ == 0 && code_ == "timeout"; }

 private:
  int status_;
  std::string code_;
  std::string body_;
};

struct ClientConfig {
  std::string base_url{};  // "https://gateway.example"; a path and a slash at the end are fine
  std::string api_key{};   // "csk_…"
  std::string project{};   // "prj_…"; empty: the key's own
  std::chrono::milliseconds timeout{60'000};
  Transport transport{};  // empty: libcurl
};

struct SessionConfig {
  std::vector<std::string> servers{};
  std::map<std::string, std::string> metadata{};
  Json mocks{};           // object of tool → answer, or array of answers; test keys only
  std::string project{};  // instead of the client's
};

struct CallOptions {
  /// Sent as Idempotency-Key: a call with a key that was seen gets the first call's answer.
  std::string idempotency_key{};
};

/// A provider's own endpoint, called with the credentials that the gateway keeps.
struct ProxyRequest {
  std::string server{};
  std::string endpoint{};  // "/payments", below the provider's base address
  std::string method = "GET";
  Json body{};     // null: none
  Json params{};   // object: the query
  Json headers{};  // object
};

struct ProxyResult {
  int status = 0;  // the provider's
  Json data{};
  Json headers{};
  std::chrono::milliseconds duration{};
  std::string proxy_call_id{};
};

struct SendResult {
  std::string message{};
  Json tool_calls{};  // array
  int iterations = 0;
};

struct ServerConnection {
  std::string id{}, name{}, category{}, country{}, auth_type{};
  bool connected = false;
};

struct Tool {
  std::string name{}, description{}, server{};
  Json input_schema{};
};

struct Connections {
  std::vector<ServerConnection> servers{};
  std::vector<Tool> tools{};
};

/// What became of a payment or a verification that a tool call began.
struct AsyncStatus {
  std::string tool_call_id{};
  std::string status{};           // "pending", "succeeded", …; "unknown" without a key to follow
  std::string original_status{};  // of the tool call itself
  std::string idempotency_key{};  // what ties the provider's events to the call
  std::string hosted_url{};       // verifications: where the person goes
  Json events{};                  // array, newest first, 20 at most
  bool terminal = false;          // nothing further is expected
};

/// How to follow a status: at most max_polls requests, `interval` apart.
struct Polling {
  std::chrono::milliseconds interval{2000};
  int max_polls = 60;
  std::function<void(std::chrono::milliseconds)> wait{};  // empty: the thread sleeps
};

class Gateway;  // the connection to one gateway; shared by a client and its sessions

class Session {
 public:
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  /// Closes the session unless close() was called; a failure is not heard of.
  ~Session();

  const std::string& id() const;
  const std::string& user_id() const;
  const std::string& status() const;  // as it was created: "active"
  const std::string& created_at() const;
  const std::vector<std::string>& servers() const;

  /// Throws ClientError only when no answer came, or one that is no tool result.
  ToolResult execute(std::string_view tool, const Json& params = Json::object(),
                     const CallOptions& options = {});
  /// An error of the provider is a ProxyResult; of the gateway, a ClientError.
  ProxyResult proxy_execute(const ProxyRequest& request);
  SendResult send(std::string_view message);
  LoopResult loop(const LoopConfig& config);

  Connections connections();
  /// The tools, asked for once and then remembered.
  const std::vector<Tool>& tools();
  /// Those whose name or description holds the text, in whatever case.
  std::vector<Tool> find_tools(std::string_view text);

  AsyncStatus payment_status(std::string_view tool_call_id);
  AsyncStatus verification_status(std::string_view tool_call_id);
  /// Asks until the status is terminal or the polls are used up; returns the last answer.
  AsyncStatus await_payment(std::string_view tool_call_id, const Polling& polling = {});
  AsyncStatus await_verification(std::string_view tool_call_id, const Polling& polling = {});

  /// Closes the session at the gateway, once; false when that could not be confirmed. A session
  /// that stays open does no harm.
  bool close() noexcept;

 private:
  friend class Client;
  struct State;
  explicit Session(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

class Client {
 public:
  /// Throws std::invalid_argument for an address that is not http(s)://host[:port][/path], and for
  /// a key or project that does not look like one. No request is made.
  explicit Client(ClientConfig config);

  /// Throws ClientError.
  Session create(std::string_view user_id, const SessionConfig& config = {}) const;

 private:
  std::shared_ptr<const Gateway> gateway_;
};

}  // namespace malote::client
