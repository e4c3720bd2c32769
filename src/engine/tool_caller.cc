#include "engine/tool_caller.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "base/json_writer.h"
#include "base/redact.h"
#include "core/template.h"
#include "engine/token_renewal.h"
#include "tools/mcp.h"

namespace malote::engine {

namespace {

constexpr Millis kLongestExchange{30'000};
constexpr Millis kLongestWait{120'000};  // no call has more time
constexpr Millis kLeastTime{5'000};      // what a call that waited must have left
constexpr Millis kFirstWait{1000};       // between tries; doubles
constexpr std::size_t kMaxAnswer = 1024 * 1024;

using tools::Fate;
using tools::ToolOutcome;

ToolOutcome refusal(std::string_view code, std::string message, Fate fate = Fate::refused) {
  return {.fate = fate, .data = tools::failure_data(message, code, 0), .error = std::move(message)};
}

/// Faults of the input, each with its place.
ToolOutcome refusal_of(const Error& error) {
  const bool passes = error.errc == Errc::store_unavailable;
  if (error.issues.empty())
    return refusal(error_code(error.errc), error.message, passes ? Fate::retryable : Fate::refused);
  json::Writer w;
  w.object().key("issues").array();
  std::string message;
  for (const auto& [path, text] : error.issues) {
    w.object().field("path", path).field("message", text).end();
    message += (message.empty() ? "" : "; ") + (path.empty() ? text : path + " " + text);
  }
  const std::string code{error.errc == Errc::invalid_body ? "invalid_args"
                                                          : error_code(error.errc)};
  return {.fate = Fate::refused,
          .data = tools::failure_data(message, code, 0, std::move(w.end().end()).text()),
          .error = message};
}

ToolOutcome not_connected(const std::string& server) {
  return refusal("server_not_connected",
                 server + " is not connected: create a connection with its credentials first");
}

std::string code_of(const ToolOutcome& outcome) {
  const auto data = json::Document::parse(outcome.data);
  return data ? std::string{data->root()["code"].as_string().value_or("")} : "";
}

/// What is left open is of no harm where the same request may simply be made again.
Fate effect_of(const ToolOutcome& outcome, const tools::Tool& tool) {
  const bool harmless = outcome.fate == Fate::unknown && is_repeatable(tool);
  return harmless ? Fate::retryable : outcome.fate;
}

}  // namespace

bool is_repeatable(const tools::Tool& tool) { return tool.safe || tool.idempotency.honoured; }

/// One call on its way. The documents are what the scope's views point into.
struct ToolCaller::Active {
  ToolRequest request{};
  Done done{};
  Timestamp started_at{};
  std::deque<json::Document> documents{};
  core::Scope scope{};

  const tools::MetaTool* meta = nullptr;
  std::vector<const tools::Route*> routes{};  // in the order in which they are tried
  std::size_t route = 0;
  std::size_t step = 0;
  int step_tries = 0;
  bool wrote = false;  // something may have happened at a provider
  json::Writer trail{};
  bool has_trail = false;
  std::string not_connected{};  // servers that could have done it

  // the exchange under way
  const tools::Tool* tool = nullptr;
  const tools::Server* server = nullptr;
  AccountPtr account{};
  std::string input{};
  std::string key{};
  int tries = 0;
  int status = 0;
  std::string token{};
  std::string proof{};  // the Authorization header that was sent
  bool token_renewed = false;
  bool not_sent = false;

  const tools::Route& current() const { return *routes[route]; }

  json::View keep(std::string_view text) {
    auto document = json::Document::parse(text);
    documents.push_back(document ? std::move(*document) : *json::Document::parse("null"));
    return documents.back().root();
  }
  void set(std::string_view name, std::string_view json_text) { scope.set(name, keep(json_text)); }
  void set_text(std::string_view name, std::string_view text) {
    std::string quoted;
    json::append_string(quoted, text);
    set(name, quoted);
  }
  void note(std::string_view server_id, std::string_view outcome) {
    if (!std::exchange(has_trail, true)) trail.array();
    trail.object().field("server", server_id).field("outcome", outcome).end();
  }
};

ToolCaller::ToolCaller(const Context& context, HttpClient& http, Executor& self, Accounts& accounts,
                       HttpClient* mcp)
    : context_(context),
      http_(http),
      self_(self),
      accounts_(accounts),
      mcp_(context, mcp ? *mcp : http, self),
      tokens_(context, http, self) {}

ToolCaller::~ToolCaller() = default;

void ToolCaller::call(ToolRequest request, Done done) {
  const auto active = std::make_shared<Active>();
  active->request = std::move(request);
  active->done = std::move(done);
  self_.post([this, active] {
    ++active_;
    start(active);
  });
}

// --- time ----------------------------------------------------------------------------------------

Millis ToolCaller::left(const Active& active) const {
  const Millis left = active.started_at + active.request.time - context_.clock.now();
  return std::min(left, active.request.time);  // the clock may have gone back
}

void ToolCaller::after(const ActivePtr& active, Millis wait, std::function<void()> task) {
  if (stopped_) active->not_sent = !active->wrote;
  if (stopped_)
    return finish(active, refusal("shutting_down", "the gateway is stopping", Fate::retryable));
  parked_.emplace(context_.clock.now() + wait, Parked{active, std::move(task)});
}

Timestamp ToolCaller::next_wakeup() const {
  return parked_.empty() ? Timestamp::max() : parked_.begin()->first;
}

void ToolCaller::pump() {
  const Timestamp now = context_.clock.now();
  // What stands further ahead than anything waits was parked before the clock went back.
  const auto has_come = [&](Timestamp at) { return at <= now || at > now + kLongestWait; };
  while (!parked_.empty()) {
    auto next = parked_.begin();
    if (!has_come(next->first)) next = std::prev(parked_.end());
    if (!has_come(next->first)) return;
    const auto task = std::move(next->second.task);
    parked_.erase(next);
    task();
  }
}

void ToolCaller::stop() {
  stopped_ = true;
  for (auto& [at, parked] : std::exchange(parked_, {}))
    finish(parked.active, refusal("shutting_down", "the gateway is stopping", Fate::retryable));
}

// --- a call --------------------------------------------------------------------------------------

void ToolCaller::start(const ActivePtr& active) {
  active->started_at = context_.clock.now();
  const std::string& name = active->request.tool;
  if (active->request.proxy)
    return exchange(active, active->request.proxy->tool, active->request.input,
                    active->request.idempotency_key);
  if ((active->meta = context_.tools.meta(name))) return start_meta(active);
  const auto* tool = context_.tools.find(name);
  if (!tool) return refuse_unknown(active, name);
  exchange(active, *tool, active->request.input, active->request.idempotency_key);
}

void ToolCaller::start_meta(const ActivePtr& active) {
  const tools::MetaTool& meta = *active->meta;
  if (meta.routes.empty() && !meta.builtin)
    return refuse(active, "tool_not_registered",
                  "Tool not registered: " + meta.name +
                      " (no server can do this; docs/tools.md says how to add one)");
  const json::View input = active->keep(active->request.input);
  const auto arguments = tools::make_arguments(meta, input);
  if (!arguments) return refuse(active, arguments.error());
  active->scope.set("input", input);
  active->set("args", *arguments);
  active->set_text("idempotency_key", active->request.idempotency_key);
  active->set_text("today", format_rfc3339(active->started_at).substr(0, 10));
  for (const auto& route : meta.routes) active->routes.push_back(&route);
  const auto& first = active->request.servers;
  std::ranges::stable_partition(active->routes, [&](const tools::Route* route) {
    return std::ranges::find(first, route->server) != first.end();
  });
  const auto found = find_route(active);
  if (!found) return refuse(active, found.error());
  if (*found) return next_step(active);
  if (active->not_connected.empty())
    return refuse(active, "no_route", meta.name + ": no server that Malote knows can do this");
  refuse(active, "server_not_connected",
         meta.name + ": no connected server can do this; connect one of " + active->not_connected);
}

/// Moves to the first route, from the current one on, that fits and whose server is connected;
/// false when there is none.
Result<bool> ToolCaller::find_route(const ActivePtr& active) {
  for (; active->route < active->routes.size(); ++active->route) {
    const tools::Route& route = active->current();
    MALOTE_TRY(const auto account,
               accounts_.find(active->request.project, route.server, active->request.user_id));
    active->scope.set("metadata", account ? account->metadata.root() : json::View{});
    if (account) active->set("livemode", account->livemode ? "true" : "false");
    if (route.when) {
      MALOTE_TRY(const bool fits, core::holds(route.when, active->scope));
      if (!fits) continue;
    }
    const auto* server = context_.tools.server(route.server);
    if (account || (server && !server->needs_connection())) return true;
    active->note(route.server, "not_connected");
    active->not_connected += (active->not_connected.empty() ? "" : ", ") + route.server;
  }
  return false;
}

void ToolCaller::next_step(const ActivePtr& active) {
  const tools::Route& route = active->current();
  for (; active->step < route.steps.size(); ++active->step) {
    const tools::Step& step = route.steps[active->step];
    const auto wanted = step.when ? core::holds(step.when, active->scope) : Result<bool>{true};
    if (!wanted) return refuse(active, wanted.error());
    if (!*wanted) continue;
    const auto* tool = context_.tools.find(step.tool);
    if (!tool) return refuse_unknown(active, step.tool);
    auto params =
        step.params ? core::render(step.params, active->scope) : Result<std::string>{"{}"};
    if (!params) return refuse(active, params.error());
    // Each write of a route has a key of its own; the last one's is the call's.
    const bool last = active->step + 1 == route.steps.size();
    return exchange(active, *tool, std::move(*params),
                    active->request.idempotency_key + (last ? "" : "." + step.name));
  }
  finish_route(active);
}

void ToolCaller::finish_route(const ActivePtr& active) {
  const tools::Route& route = active->current();
  active->note(route.server, "success");
  auto data = route.result ? core::render(route.result, active->scope) : Result<std::string>{"{}"};
  if (data) return finish(active, {.fate = Fate::success, .data = std::move(*data)});
  // The deed is done, so this is no failure to try again; what came back is shown as it is.
  finish(active,
         {.fate = Fate::unknown,
          .data = tools::failure_data(data.error().message, "unexpected_answer", 0),
          .error = "the provider's answer lacks what the tool promises: " + data.error().message});
}

void ToolCaller::on_step(const ActivePtr& active, ToolOutcome outcome) {
  const tools::Step& step = active->current().steps[active->step];
  const bool harmless = active->tool->safe || step.prepares;
  if (harmless && outcome.fate == Fate::unknown) outcome.fate = Fate::retryable;
  if (outcome.fate == Fate::success) {
    active->wrote = active->wrote || !harmless;
    active->set("steps." + step.name, "{\"data\":" + outcome.data + "}");
  } else {
    active->wrote = active->wrote || outcome.fate == Fate::unknown;
    if (++active->step_tries < step.attempts && outcome.fate != Fate::unknown &&
        step.delay < left(*active)) {
      return after(active, step.delay, [this, active] { next_step(active); });
    }
    if (!step.optional) {
      if (fail_over(active, outcome)) return next_step(active);
      return finish(active, std::move(outcome));
    }
  }
  active->step_tries = 0;
  ++active->step;
  next_step(active);
}

/// On to the next server, if nothing can have happened at this one.
bool ToolCaller::fail_over(const ActivePtr& active, const ToolOutcome& outcome) {
  active->note(active->current().server, code_of(outcome));
  if (active->wrote || outcome.fate == Fate::unknown) return false;
  ++active->route;
  const auto found = find_route(active);
  if (!found || !*found) return false;
  active->step = 0;
  active->step_tries = 0;
  return true;
}

// --- an exchange ---------------------------------------------------------------------------------

void ToolCaller::exchange(const ActivePtr& active, const tools::Tool& tool, std::string input,
                          const std::string& key) {
  active->tool = &tool;
  active->server = context_.tools.server(tool.server);
  active->input = std::move(input);
  active->key = key;
  active->tries = 0;
  active->token.clear();
  active->token_renewed = false;
  active->account.reset();
  if (active->server->builtin) {
    const auto document = json::Document::parse(active->input);
    const json::View given = document ? document->root() : json::View{};
    return self_.post([this, active, outcome = tools::call_builtin(tool, given)]() mutable {
      end_exchange(active, std::move(outcome));
    });
  }
  auto account = accounts_.find(active->request.project, tool.server, active->request.user_id);
  if (!account) return end_exchange(active, refusal_of(account.error()));
  active->account = std::move(*account);
  if (!active->account && active->server->needs_connection()) {
    return end_exchange(active, not_connected(tool.server));
  }
  try_exchange(active);
}

void ToolCaller::try_exchange(const ActivePtr& active) {
  if (left(*active) <= Millis{0})
    return end_exchange(active, refusal("timeout", "there was no time left", Fate::retryable));
  const int per_minute = active->server->per_minute;
  if (per_minute > 0 && active->account) {
    // A leaky bucket (GCRA) that lets a sixth of a minute's worth go at once.
    const Timestamp now = context_.clock.now();
    const Millis spacing{60'000 / per_minute};
    Timestamp& paid = paces_[active->account->row.id];
    paid = paid > now + kLongestWait ? now : std::max(paid, now);
    const Millis wait = paid - now - Millis{10'000};
    active->not_sent =
        wait > Millis{0} && (!active->request.may_wait || wait + kLeastTime >= left(*active));
    if (active->not_sent)
      return end_exchange(active,
                          {.fate = Fate::retryable,
                           .data = tools::failure_data("rate limit", "rate_limited", 0),
                           .error = active->server->name + " takes " + std::to_string(per_minute) +
                                    " calls per minute",
                           .retry_after = promise(active->account->row.id, now + wait, spacing)});
    paid += spacing;
    if (wait > Millis{0}) return after(active, wait, [this, active] { prepare(active); });
  }
  prepare(active);
}

/// Those that are told to come later come one after the other.
Millis ToolCaller::promise(const std::string& account, Timestamp earliest, Millis spacing) {
  constexpr Millis kFurthest{3'600'000};
  const Timestamp now = context_.clock.now();
  Timestamp& promised = promised_[account];
  if (promised > now + kFurthest) promised = now;
  promised = std::max(promised, earliest) + spacing;
  return promised - now;
}

tools::Account account_of(const AccountPtr& open) {
  if (!open) return {};
  return {.credentials = open->credentials.root(),
          .metadata = open->metadata.root(),
          .base_url = open->base_url,
          .livemode = open->livemode};
}

bool ToolCaller::can_renew(const Active& active) const {
  return renewal_ && active.account && renewal_->is_renewable(*active.account);
}

/// A token that runs out is renewed first. Where that fails it is used as it is: the provider says
/// whether it is good.
void ToolCaller::prepare(const ActivePtr& active) {
  if (!can_renew(*active) || !renewal_->is_due(*active->account)) return fetch_token(active);
  renew(active, false, {});
}

/// Sends with another token. When there is none, what was `otherwise` stands, if it is a failure.
void ToolCaller::renew(const ActivePtr& active, bool is_refused, ToolOutcome otherwise) {
  const auto go_on = [this, active, otherwise = std::move(otherwise)](bool renewed) {
    if (!renewed && otherwise.fate != Fate::success) return end_exchange(active, otherwise);
    auto account =
        accounts_.find(active->request.project, active->tool->server, active->request.user_id);
    if (!account) return end_exchange(active, refusal_of(account.error()));
    active->account = std::move(*account);
    if (!active->account) return end_exchange(active, not_connected(active->tool->server));
    fetch_token(active);
  };
  renewal_->renew(active->account, is_refused, go_on);
}

void ToolCaller::fetch_token(const ActivePtr& active) {
  if (!active->server->needs_token() || !active->account) return send(active);
  const Connection& row = active->account->row;
  const std::string made_of = row.sealed_credentials + row.metadata;
  if (const auto* known = tokens_.find(row.id, made_of)) {
    active->token = known->text;
    return send(active);
  }
  auto request = tools::build_token_request(*active->server, account_of(active->account));
  if (!request) return end_exchange(active, refusal_of(request.error()));
  request->timeout = std::min(kLongestExchange, left(*active));
  TokenWish wish{.key = row.id,
                 .made_of = made_of,
                 .name = active->server->name,
                 .request = std::move(*request),
                 .answer = tools::token_answer_of(*active->server)};
  tokens_.get(std::move(wish), [this, active](const auto& token, const HttpOutcome& outcome) {
    if (token) {
      active->token = token->text;
      return send(active);
    }
    const bool refused = outcome.status >= 400 && outcome.status < 500 && outcome.status != 429;
    end_exchange(active, refusal("token_refused", token.error().message,
                                 refused ? Fate::unauthorized : Fate::retryable));
  });
}

void ToolCaller::send(const ActivePtr& active) {
  tools::Account account = account_of(active->account);
  account.token = active->token;
  const auto input = json::Document::parse(active->input);
  if (!input) return end_exchange(active, refusal_of(input.error()));
  auto request =
      tools::build_request(*active->server, *active->tool, input->root(), account, active->key);
  if (!request) return end_exchange(active, refusal_of(request.error()));
  request->timeout = std::min(kLongestExchange, std::max(left(*active), Millis{1}));
  request->response_limit = request->response_kept = kMaxAnswer;
  request->once = !is_repeatable(*active->tool);
  const auto* proof = find_header(request->headers, "Authorization");
  active->proof = proof ? *proof : "";
  if (active->server->mcp && !active->request.proxy) return send_mcp(active, std::move(*request));
  http_.start(std::move(*request), [this, active](HttpOutcome outcome) {
    self_.post([this, active, outcome = std::move(outcome)] { on_outcome(active, outcome); });
  });
}

void ToolCaller::send_mcp(const ActivePtr& active, HttpRequest request) {
  const auto input = json::Document::parse(active->input);
  const bool given = input && input->root().is_object();
  json::Writer params;
  params.object().field("name", active->tool->name);
  params.key("arguments").raw(given ? input->root().raw() : "{}");
  if (!active->tool->safe && !active->key.empty())
    params.key("_meta").object().field(tools::kMcpIdempotencyKey, active->key).end();
  params.end();
  mcp_.ask({.server = active->server,
            .account = active->account ? active->account->row.id : "",
            .request = std::move(request),
            .method = "tools/call",
            .params = std::move(params).text()},
           [this, active](const HttpOutcome& outcome) { on_outcome(active, outcome); });
}

/// A provider may repeat what it was sent; nobody who only calls tools may see the credentials.
void ToolCaller::hide_secrets(const ActivePtr& active, std::string& body) const {
  if (!active->account) return;
  std::vector<std::string> secrets{active->token,
                                   active->proof.substr(active->proof.find(' ') + 1)};
  for (const auto member : active->account->credentials.root())
    secrets.emplace_back(member.as_string().value_or(""));
  redact(body, std::move(secrets));
}

void ToolCaller::on_outcome(const ActivePtr& active, const HttpOutcome& outcome) {
  active->status = outcome.status;
  const auto input = json::Document::parse(active->input);
  HttpOutcome shown = outcome;
  hide_secrets(active, shown.body);
  const bool remote = active->server->mcp && !active->request.proxy;
  auto result = remote ? tools::interpret_mcp(*active->server, *active->tool, shown)
                       : tools::interpret(*active->server, *active->tool, input->root(), shown);
  if (outcome.local) result = refusal("no_socket", "no socket to spare", Fate::retryable);
  if (observer_)
    observer_->on_tool_request(active->server->id, effect_of(result, *active->tool),
                               outcome.duration);
  if (result.fate == Fate::unauthorized && active->server->needs_token() &&
      !std::exchange(active->token_renewed, true)) {
    tokens_.drop(active->account->row.id, active->token);
    return fetch_token(active);
  }
  if (result.fate == Fate::unauthorized && can_renew(*active) &&
      !std::exchange(active->token_renewed, true))
    return renew(active, true, std::move(result));
  if (!try_again(active, result)) end_exchange(active, std::move(result));
}

/// Waits and tries again, where that cannot do a thing twice.
bool ToolCaller::try_again(const ActivePtr& active, const ToolOutcome& outcome) {
  const bool may = outcome.fate == Fate::retryable ||
                   (outcome.fate == Fate::unknown && is_repeatable(*active->tool));
  if (!may || ++active->tries >= active->request.attempts) return false;
  const Millis wait =
      std::max(outcome.retry_after.value_or(Millis{0}), kFirstWait * (1 << (active->tries - 1)));
  if (wait >= left(*active)) return false;
  after(active, wait, [this, active] { try_exchange(active); });
  return true;
}

void ToolCaller::end_exchange(const ActivePtr& active, ToolOutcome outcome) {
  if (active->meta) return on_step(active, std::move(outcome));
  finish(active, std::move(outcome));
}

// --- the end -------------------------------------------------------------------------------------

void ToolCaller::refuse(const ActivePtr& active, const Error& error) {
  finish(active, refusal_of(error));
}

void ToolCaller::refuse(const ActivePtr& active, std::string_view code,
                        const std::string& message) {
  finish(active, refusal(code, message));
}

/// Of a remote server that was not reached yet, nobody knows whether it has the tool.
void ToolCaller::refuse_unknown(const ActivePtr& active, const std::string& tool) {
  constexpr Millis kAskLater{10'000};
  const auto* server = context_.tools.server(tool.substr(0, tool.find_first_of("/_")));
  if (!server || !server->is_unlisted())
    return refuse(active, "tool_not_registered", "Tool not registered: " + tool);
  active->not_sent = true;
  auto outcome = refusal("provider_unreachable", server->id + " has not listed its tools yet",
                         Fate::retryable);
  outcome.retry_after = kAskLater;
  finish(active, std::move(outcome));
}

void ToolCaller::finish(const ActivePtr& active, ToolOutcome outcome) {
  --active_;
  ToolResult result{.success = outcome.fate == Fate::success,
                    .data = std::move(outcome.data),
                    .error = std::move(outcome.error),
                    .tool = active->request.tool,
                    .status = active->status,
                    .duration = std::max(Millis{0}, context_.clock.now() - active->started_at),
                    .fate = outcome.fate,
                    .not_sent = active->not_sent && !active->wrote,
                    .repeatable = active->tool && is_repeatable(*active->tool),
                    .retry_after = outcome.retry_after};
  if (!result.success) result.code = code_of({.data = result.data});
  if (active->tool && result.code != "tool_not_registered") result.server = active->tool->server;
  if (active->has_trail) result.routing = std::move(active->trail.end()).text();
  active->done(std::move(result));
}

std::string encode_result(const ToolResult& result) {
  json::Writer w;
  w.object().field("success", result.success).key("data").raw(result.data);
  w.field_or_null("error", std::string_view{result.error});
  w.field("duration", result.duration.count());
  w.field("server", result.server).field("tool", result.tool);
  if (result.fate == tools::Fate::unknown && !result.repeatable) w.field("outcome_unknown", true);
  return std::move(w.end()).text();
}

}  // namespace malote::engine
