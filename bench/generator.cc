#include "generator.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "delivery_ledger.h"
#include "poller.h"

namespace malote::bench {
namespace {

constexpr Nanos kNever = std::numeric_limits<Nanos>::max();
constexpr Nanos kRetryPause = 20 * kMillisecond;
constexpr std::size_t kReadBytes = 64 * 1024;

// The three digits in "HTTP/1.1 202 Accepted".
std::string_view status_of(std::string_view start_line) {
  constexpr std::size_t kStatusAt = 9;
  return start_line.size() < kStatusAt + 3 ? "none" : start_line.substr(kStatusAt, 3);
}

bool is_acknowledgement(std::string_view status, std::string_view expected) {
  if (!expected.empty()) return status == expected;
  return status == "202" || status == "200" || status == "201";
}

}  // namespace

Generator::Generator(const Options& options, Poller& poller, DeliveryLedger& ledger)
    : options_(options),
      poller_(poller),
      ledger_(ledger),
      renderer_(options),
      gateway_(parse_address(options.gateway)),
      connections_(options.connections),
      read_buffer_(kReadBytes),
      retry_at_(kNever) {}

void Generator::start() {
  require_listener(gateway_);
  is_issuing_ = true;
  figures_.started = now_ns();
  for (std::uint32_t slot = 0; slot < connections_.size(); ++slot) connect(slot);
}

void Generator::on_ready(const Ready& ready) {
  Connection& connection = connections_[ready.slot];
  if (connection.state == State::connecting) {
    if (ready.is_writable) on_connected(ready.slot);
    return;
  }
  if (ready.is_writable && connection.state == State::sending) flush(ready.slot);
  if (ready.is_readable && connection.socket.is_open()) read_answers(ready.slot);
}

void Generator::pump() {
  Nanos now = now_ns();
  if (now >= retry_at_) retry_waiting();
  while (may_issue(now)) {
    issue(now);
    now = now_ns();
  }
}

Nanos Generator::next_wake() const {
  if (!is_issuing_) return retry_at_;
  const Nanos end = options_.events > 0 ? kNever : figures_.started + options_.duration;
  const bool can_send = options_.rate > 0 && !idle_.empty() && !is_window_full();
  return std::min({retry_at_, end, can_send ? due_at() : kNever});
}

bool Generator::may_issue(Nanos now) {
  const bool is_over = options_.events > 0 ? issued_ >= options_.events
                                           : now - figures_.started >= options_.duration;
  if (is_over) is_issuing_ = false;
  if (!is_issuing_ || !has_idle_connection()) return false;
  return !is_window_full() && (options_.rate <= 0 || due_at() <= now);
}

bool Generator::is_window_full() const {
  return options_.window > 0 && ledger_.missing() >= options_.window;
}

bool Generator::has_idle_connection() {
  while (!idle_.empty() && connections_[idle_.front()].state != State::idle) idle_.pop_front();
  return !idle_.empty();
}

Nanos Generator::due_at() const {
  return figures_.started + static_cast<Nanos>(static_cast<double>(issued_) * 1e9 / options_.rate);
}

void Generator::issue(Nanos now) {
  const std::uint32_t slot = idle_.front();
  idle_.pop_front();
  Connection& connection = connections_[slot];
  const std::uint64_t left = options_.events > 0 ? options_.events - issued_ : options_.batch;
  connection.count = static_cast<std::uint32_t>(std::min<std::uint64_t>(options_.batch, left));
  connection.first = {.index = issued_, .sent = options_.rate > 0 ? due_at() : now};
  renderer_.render(connection.first, connection.count, connection.request);
  issued_ += connection.count;
  ledger_.on_issued_up_to(issued_);
  ++in_flight_;
  send_from_start(slot);
}

void Generator::retry_waiting() {
  retry_at_ = kNever;  // whoever fails again asks for another round
  for (std::uint32_t slot = 0; slot < connections_.size(); ++slot) {
    const State state = connections_[slot].state;
    if (state == State::disconnected) connect(slot);
    if (state == State::backing_off) {
      ++figures_.resent_requests;
      send_from_start(slot);
    }
  }
}

void Generator::connect(std::uint32_t slot) {
  Connection& connection = connections_[slot];
  connection.socket = begin_connect(gateway_);
  if (!connection.socket.is_open()) {
    connection.state = State::disconnected;
    retry_at_ = std::min(retry_at_, now_ns() + kRetryPause);
    return;
  }
  connection.state = State::connecting;
  connection.watches_writing = true;
  poller_.watch(connection.socket.fd(), Owner::generator, slot, Poller::Interest::writing);
}

void Generator::on_connected(std::uint32_t slot) {
  Connection& connection = connections_[slot];
  if (!is_connected(connection.socket)) {
    connection.socket.close();
    connection.state = State::disconnected;
    retry_at_ = std::min(retry_at_, now_ns() + kRetryPause);
    return;
  }
  watch_writing(slot, false);
  if (connection.count == 0) {
    become_idle(slot);
    return;
  }
  ++figures_.resent_requests;
  send_from_start(slot);
}

void Generator::send_from_start(std::uint32_t slot) {
  connections_[slot].sent = 0;
  connections_[slot].state = State::sending;
  flush(slot);
}

void Generator::flush(std::uint32_t slot) {
  Connection& connection = connections_[slot];
  while (connection.sent < connection.request.size()) {
    const ssize_t count = send(connection.socket.fd(), connection.request.data() + connection.sent,
                               connection.request.size() - connection.sent, MSG_NOSIGNAL);
    if (count < 0 && errno == EAGAIN) {
      watch_writing(slot, true);
      return;
    }
    if (count < 0) {
      drop(slot, "reset");
      return;
    }
    connection.sent += static_cast<std::size_t>(count);
  }
  connection.state = State::waiting;
  watch_writing(slot, false);
}

void Generator::watch_writing(std::uint32_t slot, bool writing) {
  Connection& connection = connections_[slot];
  if (connection.watches_writing == writing) return;
  connection.watches_writing = writing;
  poller_.change(connection.socket.fd(), Owner::generator, slot,
                 writing ? Poller::Interest::writing : Poller::Interest::reading);
}

void Generator::read_answers(std::uint32_t slot) {
  Connection& connection = connections_[slot];
  const ssize_t count = recv(connection.socket.fd(), read_buffer_.data(), read_buffer_.size(), 0);
  if (count < 0 && errno == EAGAIN) return;
  if (count <= 0) {
    drop(slot, count == 0 ? "closed" : "reset");
    return;
  }
  connection.answers.feed({read_buffer_.data(), static_cast<std::size_t>(count)});
  HttpMessage answer;
  HttpSplitter::Step step = connection.answers.next(answer);
  for (; step == HttpSplitter::Step::complete; step = connection.answers.next(answer)) {
    on_answer(slot, status_of(answer.start_line));
    if (answer.closes) {
      drop(slot, "closed");
      return;
    }
  }
  connection.answers.keep_rest();
  if (step == HttpSplitter::Step::malformed) drop(slot, "malformed");
}

void Generator::on_answer(std::uint32_t slot, std::string_view status) {
  Connection& connection = connections_[slot];
  if (connection.count == 0) return;  // such as 408 on an idle connection
  if (is_acknowledgement(status, options_.expected_status)) {
    const Nanos now = now_ns();
    figures_.acknowledgement.record(now - connection.first.sent);
    figures_.last_acknowledged = now;
    ledger_.on_acknowledged(connection.first.index, connection.count);
  } else {
    figures_.errors[std::string(status)] += connection.count;
    if (options_.is_resilient) {
      connection.state = State::backing_off;
      retry_at_ = std::min(retry_at_, now_ns() + kRetryPause);
      return;
    }
  }
  connection.count = 0;
  --in_flight_;
  become_idle(slot);
}

void Generator::become_idle(std::uint32_t slot) {
  connections_[slot].state = State::idle;
  idle_.push_back(slot);
}

void Generator::drop(std::uint32_t slot, const char* reason) {
  Connection& connection = connections_[slot];
  const bool awaited_answer =
      connection.state == State::sending || connection.state == State::waiting;
  connection.socket.close();
  connection.answers.reset();
  if (awaited_answer) figures_.errors[reason] += connection.count;
  if (awaited_answer && !options_.is_resilient) {
    connection.count = 0;
    --in_flight_;
  }
  connect(slot);
}

}  // namespace malote::bench
