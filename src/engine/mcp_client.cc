#include "engine/mcp_client.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "base/json_writer.h"
#include "base/redact.h"
#include "core/endpoint_guard.h"
#include "tools/mcp.h"
#include "tools/variables.h"

namespace malote::engine {

namespace {

constexpr std::size_t kMaxSessions = 10'000;
constexpr std::size_t kMaxSessionId = 1024;
constexpr std::string_view kOpening = "initialize";  // id of the request that opens a session

std::string opening_params() {
  json::Writer w;
  w.object().field("protocolVersion", tools::kMcpVersion);
  w.key("capabilities").object().end();
  w.key("clientInfo").object().field("name", "malote").field("version", "1").end();
  return std::move(w.end()).text();
}

bool is_good(const HttpOutcome& outcome) { return outcome.status >= 200 && outcome.status <= 299; }

/// What came of opening a session, for the request that was to go into it.
std::string before_sending(const std::string& error) {
  const bool says_so = error.starts_with("ssrf_blocked") || error.starts_with("connect: ");
  return says_so ? error : "connect: " + error;
}

bool is_header_text(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

}  // namespace

struct McpClient::Asking {
  McpAsk ask{};
  Done done{};
  std::string id{};    // of its request: no two in a session have the same
  std::string name{};  // of its session
  Timestamp deadline{};
  HttpRequest request{};     // with all headers but those of the session
  std::string session_id{};  // that it was sent in
  bool renewed = false;

  Millis left(Timestamp now) const {
    return std::clamp(deadline - now, Millis{0}, ask.request.timeout);
  }
};

/// The caller's headers, then the endpoint's where those have none.
Result<HttpRequest> McpClient::make_request(const Asking& asking) const {
  const tools::McpEndpoint& endpoint = *asking.ask.server->mcp;
  HttpRequest request = asking.ask.request;
  if (!endpoint.is_command()) {
    if (const auto fine = core::check_target_url(context_.endpoints, request.url); !fine)
      return fail(Errc::invalid_body, "ssrf_blocked: " + fine.error().issues.front().message);
  }
  const auto filled = tools::fill_in(endpoint.headers, endpoint.variables, context_.environment);
  if (!filled) return fail(Errc::param_missing, "connect: " + filled.error().message);
  for (const auto& [name, text] : *filled) {
    if (find_header(request.headers, name)) continue;
    if (!is_header_text(text))
      return fail(Errc::param_missing, "connect: the header " + name + " cannot be made");
    request.headers.emplace_back(name, text);
  }
  if (!find_header(request.headers, "Content-Type"))
    request.headers.emplace_back("Content-Type", "application/json");
  request.headers.emplace_back("Accept", "application/json, text/event-stream");
  request.method = "POST";
  return request;
}

void McpClient::ask(McpAsk wish, Done done) {
  const auto asking = std::make_shared<Asking>();
  asking->ask = std::move(wish);
  asking->done = std::move(done);
  asking->id = random_id(context_.entropy, "req_");
  // A command has one session, whoever calls.
  const bool is_shared = asking->ask.server->mcp->is_command();
  asking->name = asking->ask.request.url + (is_shared ? "" : "\n" + asking->ask.account);
  asking->deadline = context_.clock.now() + asking->ask.request.timeout;
  auto request = make_request(*asking);
  if (!request) {
    return self_.post(
        [asking, error = request.error().message] { asking->done({.error = error}); });
  }
  asking->request = std::move(*request);
  proceed(asking);
}

void McpClient::proceed(const AskingPtr& asking) {
  if (sessions_.size() >= kMaxSessions && !sessions_.contains(asking->name))
    std::erase_if(sessions_, [](const auto& entry) { return entry.second.is_open; });
  Session& session = sessions_[asking->name];
  if (session.is_open) return send(asking);
  session.waiting.push_back(asking);
  if (session.waiting.size() == 1) initialize(asking);
}

void McpClient::exchange(const AskingPtr& asking, HttpRequest request,
                         void (McpClient::*then)(const AskingPtr&, HttpOutcome)) {
  request.timeout = std::max(asking->left(context_.clock.now()), Millis{1});
  http_.start(std::move(request), [this, asking, then](HttpOutcome outcome) {
    self_.post([this, asking, then, outcome = std::move(outcome)]() mutable {
      const auto& variables = asking->ask.server->mcp->variables;
      redact(outcome.body, tools::values_of(variables, context_.environment));
      (this->*then)(asking, std::move(outcome));
    });
  });
}

// --- opening a session ---------------------------------------------------------------------------

void McpClient::initialize(const AskingPtr& asking) {
  HttpRequest request = asking->request;
  std::erase_if(request.headers, [](const auto& header) {
    return equals_ignore_case(header.first, "Idempotency-Key");
  });
  request.body = tools::rpc_message(kOpening, "initialize", opening_params());
  request.is_whole = tools::AnswerWatch{kOpening};
  exchange(asking, std::move(request), &McpClient::on_initialized);
}

void McpClient::on_initialized(const AskingPtr& asking, HttpOutcome outcome) {
  const auto fail_with = [&](const std::string& why) {
    give_up(asking->name, {.error = before_sending(why), .local = outcome.local});
  };
  if (outcome.status == 0) return fail_with(outcome.error);
  const bool refused = outcome.status >= 400 && outcome.status < 500 && outcome.status != 408;
  if (refused) return give_up(asking->name, outcome);
  if (!is_good(outcome)) return fail_with("initialize answered " + std::to_string(outcome.status));
  const auto answer = json::Document::parse(tools::rpc_answer(outcome.body, kOpening));
  const json::View result = answer ? answer->root()["result"] : json::View{};
  const auto version = result["protocolVersion"].as_string().value_or("");
  if (version.empty()) return fail_with("the answer to initialize is none of the protocol's");
  if (!tools::is_mcp_version(version))
    return fail_with("the server speaks version " + std::string{cut_text(version, 40)} +
                     " of the protocol, which is not known here");
  if (outcome.mcp_session.size() > kMaxSessionId || !is_header_text(outcome.mcp_session))
    return fail_with("the server's session id cannot be sent back");
  Session& session = sessions_[asking->name];
  session.id = outcome.mcp_session;
  session.version = version;
  open(asking);
}

/// Says that the session is taken up; what waits goes out when that has arrived.
void McpClient::open(const AskingPtr& asking) {
  Session& session = sessions_[asking->name];
  HttpRequest request = asking->request;
  std::erase_if(request.headers, [](const auto& header) {
    return equals_ignore_case(header.first, "Idempotency-Key");
  });
  request.headers.emplace_back("MCP-Protocol-Version", session.version);
  if (!session.id.empty()) request.headers.emplace_back("Mcp-Session-Id", session.id);
  request.body = tools::rpc_message("", "notifications/initialized", "");
  request.timeout = std::max(asking->left(context_.clock.now()), Millis{1});
  http_.start(std::move(request), [this, name = asking->name](HttpOutcome outcome) {
    self_.post([this, name, outcome = std::move(outcome)] {
      if (outcome.status == 0) return give_up(name, {.error = before_sending(outcome.error)});
      Session& opened = sessions_[name];
      opened.is_open = true;
      for (const auto& one : std::exchange(opened.waiting, {})) send(one);
    });
  });
}

void McpClient::give_up(const std::string& name, const HttpOutcome& outcome) {
  const auto waiting = std::move(sessions_[name].waiting);
  sessions_.erase(name);
  for (const auto& one : waiting) one->done(outcome);
}

// --- a request in it -----------------------------------------------------------------------------

void McpClient::send(const AskingPtr& asking) {
  if (asking->left(context_.clock.now()) == Millis{0})
    return asking->done({.error = "connect: there was no time left after initialize"});
  const Session& session = sessions_[asking->name];
  asking->session_id = session.id;
  HttpRequest request = asking->request;
  request.headers.emplace_back("MCP-Protocol-Version", session.version);
  if (!session.id.empty()) request.headers.emplace_back("Mcp-Session-Id", session.id);
  request.body = tools::rpc_message(asking->id, asking->ask.method, asking->ask.params);
  request.is_whole = tools::AnswerWatch{asking->id};
  exchange(asking, std::move(request), &McpClient::on_answer);
}

void McpClient::on_answer(const AskingPtr& asking, HttpOutcome outcome) {
  const bool forgotten =
      !asking->session_id.empty() && (outcome.status == 404 || outcome.status == 400);
  if (forgotten && !std::exchange(asking->renewed, true)) {
    const auto known = sessions_.find(asking->name);
    if (known != sessions_.end() && known->second.is_open && known->second.id == asking->session_id)
      sessions_.erase(known);
    return proceed(asking);
  }
  if (forgotten && asking->ask.server->mcp->is_command())
    outcome = {.error = "connect: its command ended again before it was asked"};
  if (is_good(outcome)) outcome.body = tools::rpc_answer(outcome.body, asking->id);
  asking->done(std::move(outcome));
}

}  // namespace malote::engine
