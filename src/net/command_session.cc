#include "net/command_session.h"

#include <signal.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/bytes.h"
#include "base/json_writer.h"
#include "base/log.h"

namespace malote::net {

namespace {

constexpr std::size_t kLongestErrorLine = 16 * 1024;
constexpr int kMaxNoise = 1000;  // lines before its first answer that are no messages
constexpr std::string_view kOpening = "initialize";
constexpr std::string_view kTakenUp = "notifications/initialized";

/// White space between the tokens of a message may be line ends, which would cut it in two.
std::string one_line(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  std::ranges::replace(text, '\r', ' ');
  return text;
}

std::string cancellation(std::string_view id) {
  json::Writer w;
  w.object().field("jsonrpc", "2.0").field("method", "notifications/cancelled");
  w.key("params").object().field("requestId", id).field("reason", "it took too long");
  return std::move(w.end().end()).text();
}

/// What can be read now, at most 1 MiB of it: others want their turn. False once there is nothing
/// more to come.
bool read_some(int fd, const std::function<void(std::string_view)>& take) {
  constexpr int kRounds = 16;
  std::array<char, 64 * 1024> bytes;
  for (int round = 0; round < kRounds; ++round) {
    const auto size = ::read(fd, bytes.data(), bytes.size());
    if (size > 0) {
      take({bytes.data(), static_cast<std::size_t>(size)});
    } else if (size == 0 || errno != EINTR) {
      return size < 0 && errno == EAGAIN;
    }
  }
  return true;
}

}  // namespace

CommandSession::CommandSession(Whose whose, std::unique_ptr<ChildProcess> child, EventLoop& loop,
                               const Clock& clock, CommandLog& log)
    : whose_(std::move(whose)),
      child_(std::move(child)),
      loop_(loop),
      clock_(clock),
      log_(log),
      lines_(whose_.limits.line),
      error_lines_(kLongestErrorLine),
      open_by_(Steady::now() + whose_.limits.opening) {
  for (const auto* fd : {&child_->output(), &child_->errors(), &child_->exit()})
    loop_.watch(fd->get(), EPOLLIN, false);
  loop_.watch(child_->input().get(), 0, false);
}

CommandSession::~CommandSession() {
  for (const auto* fd : {&child_->input(), &child_->output(), &child_->errors(), &child_->exit()})
    if (fd->get() >= 0) loop_.unwatch(fd->get());
}

// --- what goes in --------------------------------------------------------------------------------

void CommandSession::send(const HttpRequest& request, HttpClient::Done done) {
  const auto document = json::Document::parse(request.body, json::kLenient);
  const json::View message = document ? document->root() : json::View{};
  const std::string method{message["method"].as_string().value_or("")};
  const std::string id{message["id"].as_text().value_or("")};
  HttpOutcome outcome{.started_at = clock_.now()};
  if (method.empty() || pending_.contains(id)) {
    outcome.error = "connect: the message is no request of its own";
    return done(std::move(outcome));
  }
  if (unread_bytes_ + request.body.size() > whose_.limits.unread) {
    outcome.error = "connect: the command does not read what it is sent";
    return done(std::move(outcome));
  }
  if (id.empty()) {
    const bool known = method == kTakenUp && std::exchange(is_told_, true);
    if (!known) write(one_line(request.body));
    outcome.status = 202;
    return done(std::move(outcome));
  }
  const auto now = Steady::now();
  Pending pending{.done = std::move(done),
                  .outcome = std::move(outcome),
                  .began = now,
                  .deadline = now + request.timeout,
                  .limit = request.response_limit,
                  .opens = method == kOpening};
  if (pending.opens) return open(id, request.body, std::move(pending));
  pending_.emplace(id, std::move(pending));
  write(one_line(request.body), id);
}

/// An answer that came too late for whoever asked first is good for the next.
void CommandSession::open(const std::string& id, const std::string& body, Pending pending) {
  const auto waiting = pending_.emplace(id, std::move(pending)).first;
  if (!opening_.empty()) return settle(waiting, {.status = 200, .body = opening_});
  if (std::exchange(opening_id_, id) != id) write(one_line(body), id);
}

void CommandSession::write(std::string text, std::string id) {
  text += '\n';
  unread_bytes_ += text.size();
  unread_.push_back({.text = std::move(text), .id = std::move(id)});
  flush();
}

void CommandSession::flush() {
  const int fd = child_->input().get();
  while (fd >= 0 && !unread_.empty()) {
    Message& message = unread_.front();
    const auto size =
        ::write(fd, message.text.data() + message.written, message.text.size() - message.written);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) break;
    if (size < 0) return end();  // it has closed its input; check_end() tells the rest
    message.written += static_cast<std::size_t>(size);
    unread_bytes_ -= static_cast<std::size_t>(size);
    if (message.written == message.text.size()) unread_.pop_front();
  }
  const bool is_full = fd >= 0 && !unread_.empty();
  if (std::exchange(is_full_, is_full) != is_full) loop_.watch(fd, is_full ? EPOLLOUT : 0u, true);
}

/// Takes back a request of which nothing was written.
bool CommandSession::withdraw(std::string_view id) {
  const auto at = std::ranges::find(unread_, id, &Message::id);
  if (at == unread_.end() || at->written > 0) return false;
  unread_bytes_ -= at->text.size();
  unread_.erase(at);
  return true;
}

// --- what comes out ------------------------------------------------------------------------------

void CommandSession::on_ready(int fd, unsigned events) {
  if (fd == child_->input().get()) {
    // Nobody reads any more: a process that has ended, or is of no use.
    (events & EPOLLERR) ? end() : flush();
  } else if (fd == child_->output().get()) {
    read_output();
  } else if (fd == child_->errors().get()) {
    read_errors();
  } else if (fd == child_->exit().get()) {
    check_end();
  }
}

void CommandSession::read_output() {
  Descriptor& output = child_->output();
  const auto each = [this](std::string_view line, bool whole) { on_line(line, whole); };
  const bool goes_on =
      read_some(output.get(), [&](std::string_view bytes) { lines_.take(bytes, each); });
  if (goes_on) return;
  loop_.unwatch(output.get());
  output.close();
  end();  // no answer can come any more
}

void CommandSession::read_errors() {
  Descriptor& errors = child_->errors();
  const auto each = [this](std::string_view line, bool whole) {
    note("stderr", whole ? line : "(a line that is too long)");
  };
  const bool goes_on =
      read_some(errors.get(), [&](std::string_view bytes) { error_lines_.take(bytes, each); });
  if (goes_on) return;
  error_lines_.end(each);
  loop_.unwatch(errors.get());
  errors.close();
}

void CommandSession::note(std::string_view what, std::string_view line) {
  for (const auto& text : log_.take(what, line, Steady::now())) log::info(text);
}

void CommandSession::on_line(std::string_view line, bool whole) {
  if (!whole) {
    const auto answered = std::ranges::find_if(pending_, [&](const auto& entry) {
      return line.find("\"" + entry.first + "\"") != std::string_view::npos;
    });
    note("stdout", "(a line that is too long for a message)");
    if (answered != pending_.end()) settle(answered, {.error = "its answer is too long"});
    return;
  }
  const auto document = json::Document::parse(line, json::kLenient);
  const json::View root = document ? document->root() : json::View{};
  if (root.is_array()) {
    for (const auto message : root) on_message(message);
  } else if (root.is_object()) {
    on_message(root);
  } else if (!trim(line).empty()) {
    note("stdout, no message", line);
    if (!opening_.empty() || ++noise_ < kMaxNoise || is_ending()) return;
    log::warn(log_.name() + ": it says so much else that it is ended: it speaks no JSON-RPC");
    end();
  }
}

void CommandSession::on_message(json::View message) {
  speak_by_.reset();
  if (message["method"].is_string()) return on_question(message);
  const std::string id{message["id"].as_text().value_or("")};
  if (!id.empty() && id == opening_id_) {
    const auto version = message["result"]["protocolVersion"].as_string().value_or("");
    if (!version.empty()) opening_ = message.raw();
    if (opening_.empty()) opening_id_.clear();  // refused: it may be asked again
  }
  const auto pending = pending_.find(id);
  if (pending == pending_.end()) return;  // it comes too late
  if (message.raw().size() > pending->second.limit)
    return settle(pending, {.error = "its answer is too long"});
  settle(pending, {.status = 200, .body = std::string{message.raw()}});
}

/// The command asks, or tells.
void CommandSession::on_question(json::View message) {
  const auto method = message["method"].as_string().value_or("");
  if (method == "notifications/tools/list_changed") changed_ = true;
  const json::View id = message["id"];
  if (!id || unread_bytes_ + id.raw().size() > whose_.limits.unread) return;
  json::Writer w;
  w.object().field("jsonrpc", "2.0").key("id").raw(id.raw());
  if (method == "ping") {
    w.key("result").object().end();
  } else {
    w.key("error").object().field("code", -32601).field("message", "Method not found").end();
  }
  write(std::move(w.end()).text());
}

// --- ends ----------------------------------------------------------------------------------------

void CommandSession::settle(PendingMap::iterator pending, HttpOutcome outcome) {
  Pending settled = std::move(pending->second);
  pending_.erase(pending);
  outcome.started_at = settled.outcome.started_at;
  outcome.duration = std::chrono::floor<Millis>(Steady::now() - settled.began);
  if (settled.opens) outcome.mcp_session = whose_.session;
  settled.done(std::move(outcome));
}

void CommandSession::time_out(PendingMap::iterator pending) {
  const std::string id = pending->first;
  const bool opens = pending->second.opens;
  if (withdraw(id)) {
    opens ? opening_id_.clear() : expect_a_word();
    return settle(pending, {.error = "connect: the command did not read the request in time"});
  }
  if (!opens) {  // the one request that must not be cancelled
    write(cancellation(id));
    expect_a_word();
  }
  settle(pending, {.error = "timeout"});
}

/// It may be busy with that one call, or hang.
void CommandSession::expect_a_word() {
  if (speak_by_) return;
  speak_by_ = Steady::now() + whose_.limits.silence;
  json::Writer w;
  w.object().field("jsonrpc", "2.0").field("id", "ping-" + std::to_string(++pings_));
  write(std::move(w.field("method", "ping").end()).text());
}

void CommandSession::end() {
  if (stage_ != Stage::none && stage_ != Stage::wanted) return;
  if (child_->input().get() >= 0) loop_.unwatch(child_->input().get());
  child_->input().close();
  stage_ = Stage::input_closed;
  next_stage_ = Steady::now() + whose_.limits.patience;
}

void CommandSession::end_when_idle() {
  if (stage_ == Stage::none) stage_ = Stage::wanted;
  go_on_ending(Steady::now());
}

void CommandSession::go_on_ending(Steady::time_point now) {
  if (stage_ == Stage::wanted && pending_.empty()) return end();
  const bool signals = stage_ == Stage::input_closed || stage_ == Stage::terminated;
  if (!signals || now < next_stage_) return;
  child_->signal(stage_ == Stage::input_closed ? SIGTERM : SIGKILL);
  stage_ = stage_ == Stage::input_closed ? Stage::terminated : Stage::killed;
  next_stage_ = now + whose_.limits.patience;
}

void CommandSession::check_end() {
  if (over_) return;
  const auto status = child_->reap();
  if (!status) return;
  loop_.unwatch(child_->exit().get());
  // What it said last; others that had its pipes are gone, too.
  if (child_->output().get() >= 0) read_output();
  if (child_->errors().get() >= 0) read_errors();
  over_ = status;
  const std::string why = "its command ended (" + describe_end(*status) + ")";
  while (!pending_.empty()) {
    const auto pending = pending_.begin();
    // Of a session that is gone; nothing was done, so it may be opened anew.
    const bool unsent = withdraw(pending->first) && !pending->second.opens;
    settle(pending, unsent ? HttpOutcome{.status = 404} : HttpOutcome{.error = why});
  }
}

void CommandSession::on_time(Steady::time_point now) {
  for (auto next = pending_.begin(); next != pending_.end();) {
    const auto pending = next++;
    if (pending->second.deadline <= now) time_out(pending);
  }
  if (stage_ == Stage::none && opening_.empty() && now >= open_by_) {
    log::warn(log_.name() + ": it is ended, for it did not answer to initialize");
    end();
  }
  if (stage_ == Stage::none && speak_by_ && now >= *speak_by_) {
    log::warn(log_.name() + ": it is ended, for it sent no message more after a call that ran out");
    end();
  }
  go_on_ending(now);
}

Steady::time_point CommandSession::due() const {
  auto next = Steady::time_point::max();
  for (const auto& [id, pending] : pending_) next = std::min(next, pending.deadline);
  if (stage_ == Stage::none && opening_.empty()) next = std::min(next, open_by_);
  if (stage_ == Stage::none && speak_by_) next = std::min(next, *speak_by_);
  const bool signals = stage_ == Stage::input_closed || stage_ == Stage::terminated;
  return signals ? std::min(next, next_stage_) : next;
}

}  // namespace malote::net
