#include "http_sink.h"

#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <limits>
#include <optional>
#include <utility>

#include "delivery_ledger.h"
#include "options.h"
#include "poller.h"
#include "request_renderer.h"

namespace malote::bench {
namespace {

constexpr std::size_t kReadBytes = 64 * 1024;

constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
constexpr std::string_view kServerError =
    "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 4\r\n\r\nfail";
constexpr std::string_view kNotFound = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

// The ledger's numbers for the paths it books.
constexpr std::size_t kOkPath = 0;
constexpr std::size_t kFail10Path = 1;
constexpr std::size_t kFirstNumberedPath = 2;
constexpr std::uint32_t kNumberedPaths = 100'000;

std::uint64_t hash_of(std::string_view text, std::uint64_t seed) {
  std::uint64_t hash = seed ^ 0xcbf29ce484222325;  // FNV-1a
  for (const char letter : text) {
    hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001b3;
  }
  return hash ^ hash >> 32;
}

bool must_fail(const HttpMessage& request) {
  const bool is_fifth_or_later = request.attempt.size() != 1 || request.attempt[0] >= '5';
  if (is_fifth_or_later) return false;
  return hash_of(request.attempt, hash_of(request.delivery_id, 0)) % 10 == 0;
}

// "/ok" in "POST /ok HTTP/1.1".
std::string_view target_of(std::string_view start_line) {
  const std::size_t start = start_line.find(' ') + 1;
  const std::size_t end = start_line.find(' ', start);
  if (start == 0 || end == std::string_view::npos) return {};
  return start_line.substr(start, end - start);
}

std::optional<std::size_t> booked_path(std::string_view target) {
  constexpr std::string_view kNumbered = "/t/";
  if (target == "/ok") return kOkPath;
  if (target == "/fail10") return kFail10Path;
  if (!target.starts_with(kNumbered)) return std::nullopt;
  std::uint32_t number = 0;
  const char* const end = target.data() + target.size();
  const auto parsed = std::from_chars(target.data() + kNumbered.size(), end, number);
  const bool is_number = parsed.ec == std::errc{} && parsed.ptr == end;
  if (!is_number || number >= kNumberedPaths) return std::nullopt;
  return kFirstNumberedPath + number;
}

}  // namespace

HttpSink::HttpSink(const Options& options, Poller& poller, DeliveryLedger& ledger)
    : options_(options), poller_(poller), ledger_(ledger), read_buffer_(kReadBytes) {}

void HttpSink::open() {
  listener_ = listen_on(parse_address(options_.sink));
  poller_.watch(listener_.fd(), Owner::listener, 0, Poller::Interest::reading);
}

std::uint32_t HttpSink::take_slot() {
  if (free_slots_.empty()) {
    connections_.emplace_back();
    return static_cast<std::uint32_t>(connections_.size() - 1);
  }
  const std::uint32_t slot = free_slots_.back();
  free_slots_.pop_back();
  return slot;
}

void HttpSink::on_listener_ready() {
  while (true) {
    Socket accepted = accept_from(listener_);
    if (!accepted.is_open()) return;
    const std::uint32_t slot = take_slot();
    Connection& connection = connections_[slot];
    connection.socket = std::move(accepted);
    ++connection.generation;
    poller_.watch(connection.socket.fd(), Owner::sink, slot, Poller::Interest::reading);
  }
}

void HttpSink::on_ready(const Ready& ready) {
  if (connections_[ready.slot].socket.is_open()) read_requests(ready.slot);
}

void HttpSink::read_requests(std::uint32_t slot) {
  Connection& connection = connections_[slot];
  const ssize_t count = recv(connection.socket.fd(), read_buffer_.data(), read_buffer_.size(), 0);
  if (count < 0 && errno == EAGAIN) return;
  if (count <= 0) {
    close(slot);
    return;
  }
  connection.requests.feed({read_buffer_.data(), static_cast<std::size_t>(count)});
  HttpMessage request;
  HttpSplitter::Step step = connection.requests.next(request);
  while (step == HttpSplitter::Step::complete) {
    on_request(slot, request);
    if (!connection.socket.is_open()) return;
    step = connection.requests.next(request);
  }
  connection.requests.keep_rest();
  if (step == HttpSplitter::Step::awaits_continue) answer(slot, kContinue);
  if (step == HttpSplitter::Step::malformed) {
    ++figures_.unreadable;
    close(slot);
  }
}

void HttpSink::on_request(std::uint32_t slot, const HttpMessage& request) {
  const Nanos now = now_ns();
  const std::string_view target = target_of(request.start_line);
  if (target != "/hang") {
    last_activity_ = now;
    answer_delivery(slot, target, request);
    return;
  }
  if (const auto stamp = find_stamp(request.body)) figures_.hang.record(now - stamp->sent);
  hanging_.push_back({.answer_at = now + options_.hang,
                      .slot = slot,
                      .generation = connections_[slot].generation});
}

void HttpSink::answer_delivery(std::uint32_t slot, std::string_view target,
                               const HttpMessage& request) {
  const auto path = booked_path(target);
  const auto stamp = find_stamp(request.body);
  if (!path || !stamp) {
    ++figures_.unreadable;
    answer(slot, kNotFound);
    return;
  }
  const bool is_fail10 = *path == kFail10Path;
  if (is_fail10 && must_fail(request)) {
    ++figures_.refused;
    answer(slot, kServerError);
    return;
  }
  record(*path, *stamp, request, is_fail10 ? figures_.fail10 : figures_.ok);
  answer(slot, kOk);
}

void HttpSink::record(std::size_t path, EventStamp stamp, const HttpMessage& request,
                      Histogram& latency) {
  const auto id_hash = static_cast<std::uint32_t>(hash_of(request.delivery_id, 0));
  const auto verdict = ledger_.on_received(path, stamp.index, id_hash);
  if (verdict != DeliveryLedger::Verdict::first) return;
  latency.record(last_activity_ - stamp.sent);
  if (figures_.first_received == 0) figures_.first_received = last_activity_;
  figures_.last_received = last_activity_;
  const auto second = static_cast<std::size_t>(last_activity_ / kSecond);
  std::vector<std::uint32_t>& per_second = figures_.received_per_second;
  if (second >= per_second.size()) per_second.resize(second + 1);
  ++per_second[second];
}

void HttpSink::answer(std::uint32_t slot, std::string_view response) {
  const ssize_t count =
      send(connections_[slot].socket.fd(), response.data(), response.size(), MSG_NOSIGNAL);
  if (count != static_cast<ssize_t>(response.size())) close(slot);
}

void HttpSink::pump() {
  const Nanos now = now_ns();
  while (!hanging_.empty() && hanging_.front().answer_at <= now) {
    const Hanging due = hanging_.front();
    hanging_.pop_front();
    const Connection& connection = connections_[due.slot];
    const bool still_waits = connection.generation == due.generation && connection.socket.is_open();
    if (still_waits) answer(due.slot, kOk);
  }
}

Nanos HttpSink::next_wake() const {
  return hanging_.empty() ? std::numeric_limits<Nanos>::max() : hanging_.front().answer_at;
}

void HttpSink::close(std::uint32_t slot) {
  connections_[slot].socket.close();
  connections_[slot].requests.reset();
  free_slots_.push_back(slot);
}

}  // namespace malote::bench
