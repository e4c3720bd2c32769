#include <algorithm>
#include <optional>
#include <thread>

#include "base/bytes.h"
#include "client/gateway.h"
#include "malote/client.h"

namespace malote::client {

struct Session::State {
  std::shared_ptr<const Gateway> gateway{};
  std::string project{};
  std::string id{};
  std::string user_id{};
  std::string status{};
  std::string created_at{};
  std::vector<std::string> servers{};
  std::optional<std::vector<Tool>> tools{};
  std::optional<bool> closed{};  // what close() returned

  ApiCall call(std::string_view operation, std::string_view method, std::string_view rest) const {
    return {.operation = operation,
            .method = method,
            .path = "/v1/sessions/" + url_encode(id) + std::string{rest},
            .project = project};
  }
};

namespace {

Json array_of(const std::vector<std::string>& texts) {
  return Json::array({texts.begin(), texts.end()});
}

std::vector<std::string> strings_of(const Json& array) {
  std::vector<std::string> texts;
  for (const Json& element : array.elements()) texts.push_back(element.as_string());
  return texts;
}

Json create_body(std::string_view user_id, const SessionConfig& config) {
  std::vector<Json::Member> body{{"servers", array_of(config.servers)}, {"user_id", user_id}};
  if (!config.metadata.empty()) {
    std::vector<Json::Member> metadata;
    for (const auto& [name, value] : config.metadata) metadata.push_back({name, value});
    body.push_back({"metadata", Json::object(std::move(metadata))});
  }
  if (!config.mocks.is_null()) body.push_back({"mocks", config.mocks});
  return Json::object(std::move(body));
}

}  // namespace

Client::Client(ClientConfig config)
    : gateway_(std::make_shared<const Gateway>(std::move(config))) {}

Session Client::create(std::string_view user_id, const SessionConfig& config) const {
  check_project(config.project);
  const Json answer = gateway_->request({.operation = "createSession",
                                         .method = "POST",
                                         .path = "/v1/sessions",
                                         .project = config.project,
                                         .body = create_body(user_id, config)});
  if (answer["id"].as_string().empty()) {
    throw ClientError{"createSession: the answer holds no session id", 201, "invalid_answer"};
  }
  return Session{std::make_unique<Session::State>(
      Session::State{.gateway = gateway_,
                     .project = config.project,
                     .id = answer["id"].as_string(),
                     .user_id = answer["user_id"].as_string(user_id),
                     .status = answer["status"].as_string(),
                     .created_at = answer["created_at"].as_string(),
                     .servers = strings_of(answer["servers"])})};
}

Session::Session(std::unique_ptr<State> state) : state_(std::move(state)) {}
Session::Session(Session&&) noexcept = default;

Session& Session::operator=(Session&& other) noexcept {
  if (this == &other) return *this;
  if (state_) close();
  state_ = std::move(other.state_);
  return *this;
}

Session::~Session() {
  if (state_) close();
}

const std::string& Session::id() const { return state_->id; }
const std::string& Session::user_id() const { return state_->user_id; }
const std::string& Session::status() const { return state_->status; }
const std::string& Session::created_at() const { return state_->created_at; }
const std::vector<std::string>& Session::servers() const { return state_->servers; }

bool Session::close() noexcept {
  if (state_->closed) return *state_->closed;
  state_->closed = false;
  try {
    const HttpReply reply = state_->gateway->exchange(state_->call("close", "DELETE", ""));
    state_->closed = is_success(reply.status) || reply.status == 404;  // unknown is not open
  } catch (const std::exception&) {                                    // told by the return value
  }
  return *state_->closed;
}

// ---- tools ----------------------------------------------------------------------------------

namespace {

std::chrono::milliseconds duration_of(const Json& answer) {
  return std::chrono::milliseconds{static_cast<std::int64_t>(answer["duration"].as_double())};
}

ToolResult read_tool_result(const Json& answer, std::string_view tool) {
  return {.success = answer["success"].as_bool(),
          .data = answer["data"],
          .error = answer["error"].as_string(),
          .duration = duration_of(answer),
          .server = answer["server"].as_string(),
          .tool = answer["tool"].as_string(tool),
          .tool_call_id = answer["tool_call_id"].as_string(),
          .called_at = answer["called_at"].as_string()};
}

Connections read_connections(const Json& answer) {
  Connections connections;
  for (const Json& server : answer["servers"].elements()) {
    connections.servers.push_back({.id = server["id"].as_string(),
                                   .name = server["name"].as_string(),
                                   .category = server["category"].as_string(),
                                   .country = server["country"].as_string(),
                                   .auth_type = server["auth_type"].as_string(),
                                   .connected = server["connected"].as_bool()});
  }
  for (const Json& tool : answer["tools"].elements()) {
    connections.tools.push_back({.name = tool["name"].as_string(),
                                 .description = tool["description"].as_string(),
                                 .server = tool["server"].as_string(),
                                 .input_schema = tool["input_schema"]});
  }
  return connections;
}

}  // namespace

ToolResult Session::execute(std::string_view tool, const Json& params, const CallOptions& options) {
  ApiCall call = state_->call("execute", "POST", "/execute");
  call.body = Json{{"tool", tool}, {"input", params}};
  call.idempotency_key = options.idempotency_key;
  const HttpReply reply = state_->gateway->exchange(call);
  if (is_success(reply.status)) return read_tool_result(parse_answer("execute", reply), tool);
  return {.error = std::to_string(reply.status) + ": " + reply.body,
          .duration = reply.duration,
          .tool = std::string{tool},
          .http_status = reply.status};
}

ProxyResult Session::proxy_execute(const ProxyRequest& request) {
  ApiCall call = state_->call("proxyExecute", "POST", "/proxy_execute");
  std::vector<Json::Member> body{
      {"server", request.server}, {"endpoint", request.endpoint}, {"method", request.method}};
  if (!request.body.is_null()) body.push_back({"body", request.body});
  if (!request.params.is_null()) body.push_back({"params", request.params});
  if (!request.headers.is_null()) body.push_back({"headers", request.headers});
  call.body = Json::object(std::move(body));
  const Json answer = state_->gateway->request(call);
  return {.status = static_cast<int>(answer["status"].as_int()),
          .data = answer["data"],
          .headers = answer["headers"],
          .duration = duration_of(answer),
          .proxy_call_id = answer["proxy_call_id"].as_string()};
}

SendResult Session::send(std::string_view message) {
  ApiCall call = state_->call("send", "POST", "/send");
  call.body = Json{{"message", message}};
  const Json answer = state_->gateway->request(call);
  return {.message = answer["message"].as_string(),
          .tool_calls = answer["tool_calls"],
          .iterations = static_cast<int>(answer["iterations"].as_int())};
}

LoopResult Session::loop(const LoopConfig& config) {
  return run_loop(config,
                  [this](const std::string& tool, const Json& params, const std::string& key) {
                    return execute(tool, params, {.idempotency_key = key});
                  });
}

Connections Session::connections() {
  return read_connections(
      state_->gateway->request(state_->call("connections", "GET", "/connections")));
}

const std::vector<Tool>& Session::tools() {
  if (!state_->tools) state_->tools = connections().tools;
  return *state_->tools;
}

std::vector<Tool> Session::find_tools(std::string_view text) {
  const std::string wanted = to_lower(text);
  std::vector<Tool> found;
  for (const Tool& tool : tools()) {
    if (to_lower(tool.name + " " + tool.description).find(wanted) != std::string::npos) {
      found.push_back(tool);
    }
  }
  return found;
}

// ---- what becomes of a call -----------------------------------------------------------------

namespace {

using Ask = std::function<AsyncStatus()>;

AsyncStatus poll(const Polling& polling, const Ask& ask) {
  AsyncStatus status = ask();
  for (int asked = 1; asked < polling.max_polls && !status.terminal; ++asked) {
    if (polling.wait) {
      polling.wait(polling.interval);
    } else {
      std::this_thread::sleep_for(polling.interval);
    }
    status = ask();
  }
  return status;
}

AsyncStatus read_status(const Json& answer, const char* field,
                        std::initializer_list<std::string_view> terminal) {
  const std::string status = answer[field].as_string();
  return {.tool_call_id = answer["tool_call_id"].as_string(),
          .status = status,
          .original_status = answer["original_status"].as_string(),
          .idempotency_key = answer["idempotency_key"].as_string(),
          .hosted_url = answer["hosted_url"].as_string(),
          .events = answer["events"],
          .terminal = std::ranges::find(terminal, status) != terminal.end()};
}

ApiCall status_call(std::string_view operation, std::string_view tool_call_id, const char* what) {
  return {.operation = operation,
          .method = "GET",
          .path = "/v1/tool-calls/" + url_encode(tool_call_id) + "/" + what};
}

}  // namespace

AsyncStatus Session::payment_status(std::string_view tool_call_id) {
  ApiCall call = status_call("paymentStatus", tool_call_id, "payment-status");
  call.project = state_->project;
  return read_status(state_->gateway->request(call), "payment_status",
                     {"succeeded", "failed", "refunded"});
}

AsyncStatus Session::verification_status(std::string_view tool_call_id) {
  ApiCall call = status_call("verificationStatus", tool_call_id, "verification-status");
  call.project = state_->project;
  return read_status(state_->gateway->request(call), "verification_status",
                     {"approved", "rejected", "expired"});
}

AsyncStatus Session::await_payment(std::string_view tool_call_id, const Polling& polling) {
  return poll(polling, [&] { return payment_status(tool_call_id); });
}

AsyncStatus Session::await_verification(std::string_view tool_call_id, const Polling& polling) {
  return poll(polling, [&] { return verification_status(tool_call_id); });
}

}  // namespace malote::client
