#include "net/http_session.h"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>

#include "base/json_writer.h"
#include "net/system.h"

namespace malote::net {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

constexpr std::size_t kReadSize = 16 * 1024;
constexpr std::size_t kMaxDrain = 4 * 1024 * 1024;  // read and thrown away after a refusal
constexpr Millis kDrainTime{2000};

std::string to_string(boost::beast::string_view text) { return {text.data(), text.size()}; }

std::string_view reason_phrase(int status) {
  const auto text = http::obsolete_reason(static_cast<http::status>(status));
  return {text.data(), text.size()};
}

}  // namespace

HttpSession::HttpSession(asio::ip::tcp::socket socket, std::shared_ptr<ServerState> state)
    : socket_(std::move(socket)), timer_(socket_.get_executor()), state_(std::move(state)) {
  ++state_->connections;
  Code error;
  socket_.set_option(asio::ip::tcp::no_delay{true}, error);
  const auto peer = socket_.remote_endpoint(error);
  if (!error) remote_ip_ = peer.address().to_string();
}

HttpSession::~HttpSession() { --state_->connections; }

void HttpSession::start() { next_request(); }

/// One timer for the whole of a phase: a peer that drips bytes gains nothing.
void HttpSession::arm(Millis time) {
  timer_.expires_after(time);
  timer_.async_wait([weak = weak_from_this()](const Code& error) {
    if (error) return;
    if (const auto self = weak.lock()) {
      Code ignored;
      self->socket_.close(ignored);
    }
  });
}

void HttpSession::next_request() {
  parser_.emplace();
  parser_->eager(true);
  parser_->body_limit(state_->limits.max_body);
  parser_->header_limit(static_cast<std::uint32_t>(state_->limits.max_headers));
  reading_ = buffer_.size() > 0;
  continued_ = false;
  if (reading_) {
    arm(state_->limits.request_time);
    return parse();
  }
  arm(state_->limits.idle_time);
  read_more();
}

void HttpSession::read_more() {
  socket_.async_read_some(buffer_.prepare(kReadSize),
                          [self = shared_from_this()](const Code& error, std::size_t bytes) {
                            self->on_read(error, bytes);
                          });
}

void HttpSession::on_read(const Code& error, std::size_t bytes) {
  if (error) {
    if (error != asio::error::eof || !reading_) return close();
    Code ignored;
    parser_->put_eof(ignored);
    return close();  // the peer gave up in the middle of a request
  }
  buffer_.commit(bytes);
  if (!reading_) {
    reading_ = true;
    arm(state_->limits.request_time);
  }
  parse();
}

void HttpSession::parse() {
  Code error;
  while (!parser_->is_done() && buffer_.size() > 0) {
    const std::size_t used = parser_->put(buffer_.data(), error);
    buffer_.consume(used);
    if (error == http::error::need_more) {
      error = {};
      break;
    }
    if (error) return on_parse_error(error);
    if (used == 0) break;
  }
  if (parser_->is_done()) return hand_over();
  if (parser_->is_header_done()) return continue_if_expected();
  read_more();
}

/// A peer that asks before it sends the body is told to go on (or is refused by the body limit).
void HttpSession::continue_if_expected() {
  const auto expect = parser_->get()[http::field::expect];
  if (continued_ || !boost::beast::iequals(expect, "100-continue")) return read_more();
  continued_ = true;
  out_ = "HTTP/1.1 100 Continue\r\n\r\n";
  asio::async_write(socket_, asio::buffer(out_),
                    [self = shared_from_this()](const Code& error, std::size_t) {
                      if (error) return self->close();
                      self->read_more();
                    });
}

void HttpSession::on_parse_error(const Code& error) {
  if (error == http::error::body_limit) {
    return refuse(413, "payload_too_large",
                  "the body is larger than " + std::to_string(state_->limits.max_body) + " bytes");
  }
  if (error == http::error::header_limit) {
    return refuse(
        431, "headers_too_large",
        "the headers are larger than " + std::to_string(state_->limits.max_headers) + " bytes");
  }
  refuse(400, "invalid_request", "not a valid HTTP/1.1 request: " + error.message());
}

void HttpSession::hand_over() {
  timer_.cancel();
  auto& message = parser_->get();
  keep_alive_ = message.keep_alive() && !state_->stopping;
  head_only_ = message.method() == http::verb::head;
  Request request{.method = to_string(message.method_string()), .remote_ip = remote_ip_};
  const auto target = message.target();
  const auto mark = target.find('?');
  request.path = to_string(target.substr(0, mark));
  if (mark != boost::beast::string_view::npos) request.query = to_string(target.substr(mark + 1));
  for (const auto& field : message) {
    request.headers.emplace_back(to_string(field.name_string()), to_string(field.value()));
  }
  request.body = std::move(message.body());
  ++state_->busy;
  state_->handler(std::move(request), [self = shared_from_this()](Response response) {
    auto* const session = self.get();
    asio::dispatch(
        session->socket_.get_executor(),
        [self, response = std::move(response)]() mutable { self->answer(std::move(response)); });
  });
}

void HttpSession::answer(Response response) {
  write(response);
  --state_->busy;
}

void HttpSession::refuse(int status, std::string_view code, std::string_view message) {
  keep_alive_ = false;
  OsEntropy entropy;
  const std::string id = random_id(entropy, "req_");
  json::Writer w;
  w.object().field("error", code).field("code", code).field("message", message);
  w.field("status", status).field("request_id", id).end();
  write({.status = status, .headers = {{"X-Request-Id", id}}, .body = std::move(w).text()});
}

void HttpSession::write(const Response& response) {
  out_.clear();
  out_.reserve(response.body.size() + 256);
  out_ += "HTTP/1.1 ";
  out_ += std::to_string(response.status);
  out_ += ' ';
  out_ += reason_phrase(response.status);
  out_ += "\r\n";
  if (!response.body.empty()) {
    out_ += "Content-Type: ";
    out_ += response.content_type;
    out_ += "\r\n";
  }
  if (response.status != 204)
    out_ += "Content-Length: " + std::to_string(response.body.size()) + "\r\n";
  for (const auto& [name, value] : response.headers) {
    out_ += name;
    out_ += ": ";
    out_ += value;
    out_ += "\r\n";
  }
  out_ += keep_alive_ ? "\r\n" : "Connection: close\r\n\r\n";
  if (!head_only_ && response.status != 204) out_ += response.body;
  arm(state_->limits.request_time);
  asio::async_write(
      socket_, asio::buffer(out_),
      [self = shared_from_this()](const Code& error, std::size_t) { self->on_written(error); });
}

void HttpSession::on_written(const Code& error) {
  if (error) return close();
  if (keep_alive_) return next_request();
  Code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  arm(kDrainTime);
  drain();
}

/// Reads on for a moment after the last answer: closing at once could destroy the answer on its
/// way to a peer that is still sending.
void HttpSession::drain() {
  buffer_.clear();
  socket_.async_read_some(buffer_.prepare(kReadSize),
                          [self = shared_from_this()](const Code& error, std::size_t bytes) {
                            self->drained_ += bytes;
                            if (error || self->drained_ > kMaxDrain) return self->close();
                            self->drain();
                          });
}

void HttpSession::close() {
  timer_.cancel();
  Code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
}

}  // namespace malote::net
