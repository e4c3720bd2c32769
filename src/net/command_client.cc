#include "net/command_client.h"

#include <signal.h>

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace malote::net {

namespace {

constexpr std::string_view kScheme = "stdio:";
constexpr Millis kLongestNap{60'000};

}  // namespace

CommandClient::CommandClient(const Clock& clock, HttpClient& network, OnChanged on_changed,
                             CommandLimits limits)
    : clock_(clock),
      network_(network),
      on_changed_(std::move(on_changed)),
      limits_(limits),
      thread_([this] { run(); }) {}

CommandClient::~CommandClient() { stop(); }

void CommandClient::stop() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  loop_.post([] {});
  thread_.join();
}

void CommandClient::set(Commands commands) {
  const auto shared = std::make_shared<Commands>(std::move(commands));
  loop_.post([this, shared] { replace(*shared); });
}

void CommandClient::start(HttpRequest request, Done done) {
  if (!request.url.starts_with(kScheme)) return network_.start(std::move(request), std::move(done));
  const auto shared = std::make_shared<HttpRequest>(std::move(request));
  loop_.post([this, shared, done = std::move(done)] { exchange(std::move(*shared), done); });
}

// --- the client's thread -------------------------------------------------------------------------

void CommandClient::run() {
  sigset_t broken_pipe;
  sigemptyset(&broken_pipe);
  sigaddset(&broken_pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);  // a write says so itself
  loop_.set_handler([this](int fd, unsigned events) { on_ready(fd, events); });
  while (true) {
    const bool stops = stopping_;
    if (stops) end_all();
    if (stops && endings_.empty()) return;
    loop_.run_for(left());
    on_time();
  }
}

void CommandClient::end_all() {
  for (auto& [name, server] : servers_) retire(name, server);
  servers_.clear();
  for (const auto& ending : endings_) ending.session->end();
}

void CommandClient::replace(Commands& commands) {
  for (auto server = servers_.begin(); server != servers_.end();) {
    const auto wanted = commands.find(server->first);
    const bool same = wanted != commands.end() && wanted->second == server->second.command;
    if (!same) retire(server->first, server->second);
    same ? ++server : server = servers_.erase(server);
  }
  for (auto& [name, command] : commands) {
    Server& server = servers_[name];
    if (server.log) continue;
    server.log = std::make_shared<CommandLog>("tools: " + name, command.secrets);
    server.command = std::move(command);
  }
}

void CommandClient::retire(const std::string& name, Server& server) {
  refuse_waiting(server, Steady::time_point::max(), "connect: its command is being ended");
  if (!server.session) return;
  server.session->end_when_idle();
  endings_.push_back({.name = name, .log = server.log, .session = std::move(server.session)});
}

/// Those that wait no longer than until then.
void CommandClient::refuse_waiting(Server& server, Steady::time_point until,
                                   const std::string& error) {
  for (auto& waiting : std::exchange(server.waiting, {})) {
    if (waiting.until <= until) {
      waiting.done({.error = error, .started_at = clock_.now()});
    } else {
      server.waiting.push_back(std::move(waiting));
    }
  }
}

void CommandClient::exchange(HttpRequest request, Done done) {
  const std::string name = request.url.substr(kScheme.size());
  const auto at = servers_.find(name);
  const auto* session_id = find_header(request.headers, "Mcp-Session-Id");
  HttpOutcome outcome{.started_at = clock_.now()};
  if (at == servers_.end() || stopping_) {
    outcome.error = "connect: there is no command " + name;
    return done(std::move(outcome));
  }
  Server& server = at->second;
  end_if_over(name, server);
  const bool ends = server.session && server.session->is_ending();
  const bool is_there = server.session && !ends;
  if (session_id && (!is_there || server.session->id() != *session_id)) {
    outcome.status = 404;
    return done(std::move(outcome));
  }
  if (ends) {  // by itself; what follows comes with its end
    const auto until = Steady::now() + request.timeout;
    server.waiting.push_back({std::move(request), std::move(done), until});
    return;
  }
  if (!is_there) {
    outcome.error = start_command(name, server);
    if (!outcome.error.empty()) return done(std::move(outcome));
  }
  server.session->send(request, std::move(done));
}

/// Why there is none, or empty.
std::string CommandClient::start_command(const std::string& name, Server& server) {
  const Timestamp now = clock_.now();
  const Millis wait = server.start_again - now;
  const bool clock_went_back = wait > limits_.longest_wait;
  if (wait > Millis{0} && !clock_went_back)
    return "connect: " + server.last_end + "; it is started again in " + format_duration(wait);
  server.log->forget_last();
  auto child = ChildProcess::start(server.command);
  if (!child) {  // what is wrong with it is for those who run the gateway, not for its clients
    log::warn("tools: " + name + ": " + child.error().message);
    return "connect: its command cannot be started; the log says why";
  }
  log::info("tools: " + name + ": its command is started, process " +
            std::to_string((*child)->id()));
  server.started_at = now;
  server.session = std::make_unique<CommandSession>(
      CommandSession::Whose{.session = std::to_string(++sessions_), .limits = limits_},
      std::move(*child), loop_, clock_, *server.log);
  return {};
}

void CommandClient::on_ready(int fd, unsigned events) {
  for (const auto& [name, server] : servers_)
    if (server.session) server.session->on_ready(fd, events);
  for (const auto& ending : endings_) ending.session->on_ready(fd, events);
}

void CommandClient::on_time() {
  const auto now = Steady::now();
  for (auto& [name, server] : servers_) {
    if (!server.session) continue;
    refuse_waiting(server, now, "connect: its command is being ended, and does not end");
    server.session->on_time(now);
    server.is_changed = server.session->take_changed() || server.is_changed;
    if (server.is_changed && now >= server.tell_changed) {
      server.is_changed = false;
      server.tell_changed = now + limits_.between_lists;
      on_changed_(name);
    }
    end_if_over(name, server);
  }
  for (const auto& ending : endings_) ending.session->on_time(now);
  std::erase_if(endings_, [](const auto& ending) {
    const auto status = ending.session->over();
    if (status) log::info("tools: " + ending.name + ": its command was ended");
    return status.has_value();
  });
}

void CommandClient::end_if_over(const std::string& name, Server& server) {
  const auto status = server.session ? server.session->over() : std::nullopt;
  if (!status) return;
  const bool was_opened = server.session->was_opened();
  server.session.reset();
  const Timestamp now = clock_.now();
  if (now - server.started_at >= limits_.steady) server.failures = 0;
  const int doublings = std::min(server.failures++, 10);
  const bool at_once = was_opened && doublings == 0;
  const Millis wait = std::min(limits_.longest_wait, limits_.first_wait * (1 << doublings));
  server.start_again = at_once ? now : now + wait;
  server.last_end = "its command ended (" + describe_end(*status) + ")";
  const auto& said = server.log->last();
  log::warn("tools: " + name + ": " + server.last_end +
            (said.empty() ? "" : "; it said last: " + said));
  for (auto& waiting : std::exchange(server.waiting, {}))
    exchange(std::move(waiting.request), std::move(waiting.done));
}

Millis CommandClient::left() const {
  auto next = Steady::time_point::max();
  for (const auto& [name, server] : servers_) {
    if (server.session) next = std::min(next, server.session->due());
    if (server.session && server.is_changed) next = std::min(next, server.tell_changed);
    for (const auto& waiting : server.waiting) next = std::min(next, waiting.until);
  }
  for (const auto& ending : endings_) next = std::min(next, ending.session->due());
  const auto now = Steady::now();
  if (next <= now) return Millis{0};
  return std::min(std::chrono::ceil<Millis>(std::min(next, now + kLongestNap) - now), kLongestNap);
}

}  // namespace malote::net
