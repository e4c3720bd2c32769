// One connection of the HTTP server. Lives on one I/O thread; keeps itself alive by its pending
// operations.
#pragma once

#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <memory>
#include <optional>

#include "net/http_server.h"
#include "net/transport.h"

namespace malote::net {

/// What all sessions of a server share.
struct ServerState {
  HttpLimits limits{};
  HttpHandler handler{};
  const TlsCertificate* tls = nullptr;  // nullptr: plain HTTP
  std::atomic<int> connections = 0;
  std::atomic<int> busy = 0;                // requests handed out and not answered yet
  std::atomic<std::size_t> unfinished = 0;  // bytes kept of requests that are still being read
  std::atomic<bool> stopping = false;
};

class HttpSession : public std::enable_shared_from_this<HttpSession> {
 public:
  HttpSession(boost::asio::ip::tcp::socket socket, std::shared_ptr<ServerState> state);
  ~HttpSession();

  void start();

  /// Bytes of a stream that wait to be sent; beyond, its client is too slow and is dropped.
  static constexpr std::size_t kMaxUnsent = 1024 * 1024;

 private:
  class Stream;
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  using Code = boost::system::error_code;

  void on_handshake(const Code& error);
  void next_request();
  bool begins();
  void advance();
  void read_more();
  void on_read(const Code& error, std::size_t bytes);
  void parse();
  bool take_head();
  void hold(std::size_t bytes);
  bool is_too_much() const { return state_->unfinished > state_->limits.max_unfinished; }
  void on_parse_error(const Code& error);
  void continue_if_expected();
  void hand_over();
  void answer(Response response);
  void refuse(int status, std::string_view code, std::string_view message);
  void write(const Response& response);
  void on_written(const Code& error);
  void drain();
  void begin_stream();
  void send_chunk(std::string text);
  void flush_stream();
  void end_stream();
  void watch_for_end();
  void arm(Millis time);
  void close();

  Transport transport_;
  boost::asio::steady_timer timer_;
  std::shared_ptr<ServerState> state_;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  Request request_;
  std::string out_;
  std::string remote_ip_;
  bool keep_alive_ = false;
  bool head_only_ = false;
  bool reading_ = false;  // some bytes of a request have come
  bool continued_ = false;
  std::size_t head_size_ = 0;
  std::size_t held_ = 0;  // this session's part of ServerState::unfinished
  std::size_t drained_ = 0;

  // of an answer that goes on
  std::function<void(std::shared_ptr<ResponseStream>)> streamer_;
  std::shared_ptr<std::atomic<bool>> stream_open_;
  std::shared_ptr<std::atomic<std::size_t>> unsent_;
  std::string waiting_;            // chunks that follow what is being written
  std::size_t waiting_bytes_ = 0;  // of their contents
  bool writing_ = false;
  bool ending_ = false;
};

}  // namespace malote::net
