// One connection: reads a request with a deadline, has a worker answer it, writes, and goes on with
// the next. The threads of the io_context never wait for a handler.
#pragma once

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/core.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "malote/receiver/adapters/beast.h"

namespace http = boost::beast::http;

class Session : public std::enable_shared_from_this<Session> {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  /// The handler of a path. Before the path is known, the one of "", whose limits count then.
  using Find = std::function<const malote::receiver::WebhookHandler&(std::string_view path)>;

  Session(Socket socket, Find find, boost::asio::thread_pool& workers)
      : stream_(std::move(socket)), find_(std::move(find)), workers_(workers) {}

  void read() {
    parser_.emplace();
    malote::receiver::beast::limit(*parser_, find_(""));
    stream_.expires_after(std::chrono::seconds{10});
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](boost::beast::error_code error, std::size_t) {
                       self->respond(error);
                     });
  }

 private:
  void respond(boost::beast::error_code error) {
    if (error && error != http::error::body_limit) return;  // ended, too slow, or no HTTP
    stream_.expires_never();
    boost::asio::post(workers_, [self = shared_from_this(), error] {
      const auto& hooks = self->find_(self->parser_->get().target());
      self->response_ = error ? malote::receiver::beast::respond_too_large(hooks, *self->parser_)
                              : malote::receiver::beast::respond(hooks, self->parser_->get());
      boost::asio::post(self->stream_.get_executor(), [self] { self->write(); });
    });
  }

  void write() {
    stream_.expires_after(std::chrono::seconds{10});
    http::async_write(stream_, response_,
                      [self = shared_from_this()](boost::beast::error_code error, std::size_t) {
                        if (!error && self->response_.keep_alive()) return self->read();
                        self->stream_.socket().shutdown(Socket::shutdown_send, error);
                      });
  }

  boost::beast::tcp_stream stream_;
  const Find find_;
  boost::asio::thread_pool& workers_;
  boost::beast::flat_buffer buffer_{};
  std::optional<malote::receiver::beast::Parser> parser_{};
  http::response<http::string_body> response_{};
};
