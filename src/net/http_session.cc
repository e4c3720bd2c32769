#include "net/http_session.h"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/http/read.hpp>
#include <chrono>
#include <cstdio>
#include <ctime>

#include "base/json_writer.h"
#include "base/log.h"
#include "net/request_head.h"
#include "net/system.h"

namespace malote::net {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

constexpr std::size_t kReadSize = 16 * 1024;
constexpr std::size_t kHandshakeSize = 64 * 1024;   // of memory, at most; measured
constexpr std::size_t kMaxDrain = 4 * 1024 * 1024;  // read and thrown away after a refusal
constexpr Millis kDrainTime{2000};

std::string_view reason_phrase(int status) {
  const auto text = http::obsolete_reason(static_cast<http::status>(status));
  return {text.data(), text.size()};
}

}  // namespace

HttpSession::HttpSession(asio::ip::tcp::socket socket, std::shared_ptr<ServerState> state)
    : transport_(std::move(socket)),
      timer_(transport_.executor()),
      state_(std::move(state)),
      remote_ip_(transport_.peer_address()) {
  ++state_->connections;
}

HttpSession::~HttpSession() {
  hold(0);
  --state_->connections;
}

/// A handshake counts as an unfinished request: against the same time, and the same bytes.
void HttpSession::start() {
  if (!state_->tls) return next_request();
  hold(kHandshakeSize);
  if (is_too_much()) return close();
  arm(state_->limits.request_time);
  transport_.begin_tls(
      state_->tls->current(),
      [self = shared_from_this()](const Code& error, std::size_t) { self->on_handshake(error); });
}

void HttpSession::on_handshake(const Code& error) {
  hold(0);
  if (!error) return next_request();
  if (TlsStream::is_plain_http(error)) {
    transport_.forget_tls();
    return refuse(400, "tls_required", "this port takes https only; ask for https://…");
  }
  if (log::is_enabled(log::Level::debug))
    log::debug("tls: no handshake with " + remote_ip_ + ": " + error.message());
  close();
}

/// One timer for the whole of a phase: a peer that drips bytes gains nothing.
void HttpSession::arm(Millis time) {
  timer_.expires_after(time);
  timer_.async_wait([weak = weak_from_this()](const Code& error) {
    if (error) return;
    if (const auto self = weak.lock()) self->transport_.close();
  });
}

void HttpSession::next_request() {
  parser_.emplace();
  parser_->body_limit(state_->limits.max_body);
  parser_->header_limit(static_cast<std::uint32_t>(state_->limits.max_headers));
  reading_ = false;
  continued_ = false;
  head_only_ = false;
  head_size_ = 0;
  if (!begins()) arm(state_->limits.idle_time);
  advance();
}

/// Whether a request's first byte is here. Empty lines before it are skipped (RFC 9112, 2.2).
bool HttpSession::begins() {
  const auto text = [&] {
    return std::string_view{static_cast<const char*>(buffer_.data().data()), buffer_.size()};
  };
  while (text().starts_with("\r\n")) buffer_.consume(2);
  return !text().empty() && text() != "\r";
}

void HttpSession::advance() {
  if (!reading_) {
    if (!begins()) return read_more();
    reading_ = true;
    arm(state_->limits.request_time);
  }
  parse();
}

void HttpSession::read_more() {
  transport_.read_some(buffer_.prepare(kReadSize),
                       [self = shared_from_this()](const Code& error, std::size_t bytes) {
                         self->on_read(error, bytes);
                       });
}

void HttpSession::on_read(const Code& error, std::size_t bytes) {
  if (error) return close();
  buffer_.commit(bytes);
  advance();
}

void HttpSession::parse() {
  Code error;
  while (!error && !parser_->is_done() && buffer_.size() > 0) {
    const bool in_head = !parser_->is_header_done();
    const std::size_t used = parser_->put(buffer_.data(), error);
    buffer_.consume(used);
    if (in_head) head_size_ += used;
    if (!error && in_head && parser_->is_header_done() && !take_head()) return;
  }
  if (error && error != http::error::need_more) return on_parse_error(error);
  if (parser_->is_done()) return hand_over();
  // What waits here unparsed is a header, the line before a chunk, or the trailer; Beast bounds
  // only the first.
  if (buffer_.size() > state_->limits.max_headers) return on_parse_error(http::error::header_limit);
  hold(head_size_ + parser_->get().body().size() + buffer_.size());
  if (is_too_much()) {
    return refuse(503, "overloaded", "too much is being sent at once; send the request again");
  }
  if (parser_->is_header_done()) return continue_if_expected();
  read_more();
}

/// False: refused.
bool HttpSession::take_head() {
  const auto& message = parser_->get();
  head_only_ = message.method() == http::verb::head;
  keep_alive_ = message.keep_alive();
  if (const auto fault = fault_of(message); !fault.empty()) {
    refuse(400, "invalid_request", fault);
    return false;
  }
  request_ = request_of(message);
  request_.remote_ip = remote_ip_;
  request_.secure = transport_.is_tls();
  return true;
}

void HttpSession::hold(std::size_t bytes) {
  state_->unfinished += bytes - held_;  // unsigned: a difference below zero comes out right
  held_ = bytes;
}

/// A peer that asks before it sends the body is told to go on (or is refused by the body limit).
void HttpSession::continue_if_expected() {
  const auto expect = parser_->get()[http::field::expect];
  if (continued_ || !boost::beast::iequals(expect, "100-continue")) return read_more();
  continued_ = true;
  out_ = "HTTP/1.1 100 Continue\r\n\r\n";
  transport_.write(asio::buffer(out_), [self = shared_from_this()](const Code& error, std::size_t) {
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
  hold(0);
  keep_alive_ = keep_alive_ && !state_->stopping;
  request_.body = std::move(parser_->get().body());
  ++state_->busy;
  state_->handler(std::move(request_), [self = shared_from_this()](Response response) {
    auto* const session = self.get();
    asio::dispatch(
        session->transport_.executor(),
        [self, response = std::move(response)]() mutable { self->answer(std::move(response)); });
  });
}

void HttpSession::answer(Response response) {
  if (response.status == 0) {
    close();
  } else {
    write(response);
  }
  --state_->busy;
}

void HttpSession::refuse(int status, std::string_view code, std::string_view message) {
  keep_alive_ = false;
  parser_.reset();  // with what was kept of the body
  hold(0);
  OsEntropy entropy;
  const std::string id = random_id(entropy, "req_");
  json::Writer w;
  w.object().field("error", code).field("code", code).field("message", message);
  w.field("status", status).field("request_id", id).end();
  write({.status = status, .headers = {{"X-Request-Id", id}}, .body = std::move(w).text()});
}

namespace {

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 6.6.1), made once a second per thread.
const std::string& http_date() {
  thread_local std::time_t made = -1;
  thread_local std::string text;
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  if (now == made) return text;
  std::tm parts{};
  gmtime_r(&now, &parts);
  char buffer[32];
  text.assign(buffer, std::strftime(buffer, sizeof buffer, "%a, %d %b %Y %H:%M:%S GMT", &parts));
  made = now;
  return text;
}

}  // namespace

void HttpSession::write(const Response& response) {
  streamer_ = response.stream;
  if (streamer_) keep_alive_ = false;
  out_.clear();
  out_.reserve(response.body.size() + 256);
  out_ += "HTTP/1.1 ";
  out_ += std::to_string(response.status);
  out_ += ' ';
  out_ += reason_phrase(response.status);
  out_ += "\r\nDate: ";
  out_ += http_date();
  out_ += "\r\n";
  if (!response.body.empty() || streamer_) {
    out_ += "Content-Type: ";
    out_ += response.content_type;
    out_ += "\r\n";
  }
  if (streamer_) {
    out_ += "Transfer-Encoding: chunked\r\n";
  } else if (response.status != 204)
    out_ += "Content-Length: " + std::to_string(response.body.size()) + "\r\n";
  for (const auto& [name, value] : response.headers) {
    out_ += name;
    out_ += ": ";
    out_ += value;
    out_ += "\r\n";
  }
  out_ += keep_alive_ ? "\r\n" : "Connection: close\r\n\r\n";
  if (!head_only_ && response.status != 204 && !streamer_) out_ += response.body;
  arm(state_->limits.request_time);
  transport_.write(asio::buffer(out_), [self = shared_from_this()](const Code& error, std::size_t) {
    self->on_written(error);
  });
}

void HttpSession::on_written(const Code& error) {
  if (error) return close();
  if (streamer_ && !head_only_) return begin_stream();
  if (keep_alive_) return next_request();
  transport_.end_writing();
  arm(kDrainTime);
  drain();
}

/// Reads on for a moment after the last answer: closing at once could destroy the answer on its
/// way to a peer that is still sending.
void HttpSession::drain() {
  buffer_.clear();
  transport_.read_some(buffer_.prepare(kReadSize),
                       [self = shared_from_this()](const Code& error, std::size_t bytes) {
                         self->drained_ += bytes;
                         if (error || self->drained_ > kMaxDrain) return self->close();
                         self->drain();
                       });
}

// --- an answer that goes on ----------------------------------------------------------------------

/// What the rest of the program holds of it. Keeps the session alive.
class HttpSession::Stream final : public ResponseStream {
 public:
  explicit Stream(std::shared_ptr<HttpSession> session)
      : session_(std::move(session)),
        open_(session_->stream_open_),
        unsent_(session_->unsent_),
        executor_(session_->transport_.executor()) {}
  ~Stream() override { close(); }

  bool write(std::string text) override {
    if (!*open_) return false;
    if (unsent_->fetch_add(text.size()) + text.size() > kMaxUnsent) {
      *open_ = false;
      asio::post(executor_, [session = session_] { session->close(); });
      return false;
    }
    asio::post(executor_, [session = session_, text = std::move(text)]() mutable {
      session->send_chunk(std::move(text));
    });
    return true;
  }

  std::size_t unsent() const override { return *unsent_; }

  void close() override {
    if (!open_->exchange(false)) return;
    asio::post(executor_, [session = session_] { session->end_stream(); });
  }

 private:
  std::shared_ptr<HttpSession> session_;
  std::shared_ptr<std::atomic<bool>> open_;
  std::shared_ptr<std::atomic<std::size_t>> unsent_;
  asio::any_io_executor executor_;
};

void HttpSession::begin_stream() {
  timer_.cancel();
  stream_open_ = std::make_shared<std::atomic<bool>>(true);
  unsent_ = std::make_shared<std::atomic<std::size_t>>(0);
  watch_for_end();
  std::exchange(streamer_, {})(std::make_shared<Stream>(shared_from_this()));
}

/// A client that goes away is noticed by its end of the connection.
void HttpSession::watch_for_end() {
  buffer_.clear();
  transport_.read_some(buffer_.prepare(kReadSize),
                       [self = shared_from_this()](const Code& error, std::size_t bytes) {
                         self->drained_ += bytes;
                         if (!error && self->drained_ <= kMaxDrain) return self->watch_for_end();
                         *self->stream_open_ = false;
                         self->close();
                       });
}

void HttpSession::send_chunk(std::string text) {
  if (text.empty()) return;
  char size[20];
  const int length = std::snprintf(size, sizeof size, "%zx\r\n", text.size());
  waiting_.append(size, static_cast<std::size_t>(length));
  waiting_ += text;
  waiting_ += "\r\n";
  waiting_bytes_ += text.size();
  flush_stream();
}

void HttpSession::flush_stream() {
  if (writing_) return;
  if (waiting_.empty()) {
    if (!ending_) return;
    ending_ = false;
    waiting_ = "0\r\n\r\n";
  }
  out_.clear();
  out_.swap(waiting_);
  writing_ = true;
  const bool last = waiting_bytes_ == 0;
  const std::size_t bytes = std::exchange(waiting_bytes_, 0);
  transport_.write(asio::buffer(out_),
                   [self = shared_from_this(), last, bytes](const Code& error, std::size_t) {
                     self->writing_ = false;
                     *self->unsent_ -= bytes;
                     if (error || last) {
                       *self->stream_open_ = false;
                       return self->close();
                     }
                     self->flush_stream();
                   });
}

void HttpSession::end_stream() {
  ending_ = true;
  flush_stream();
}

void HttpSession::close() {
  timer_.cancel();
  transport_.close();
}

}  // namespace malote::net
