// The bytes of one connection, as they are or through TLS. I/O thread only; handlers as Asio's.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <optional>
#include <utility>

#include "net/tls_stream.h"

namespace malote::net {

class Transport {
 public:
  using Code = boost::system::error_code;

  explicit Transport(boost::asio::ip::tcp::socket socket) : socket_(std::move(socket)) {
    Code ignored;
    socket_.set_option(boost::asio::ip::tcp::no_delay{true}, ignored);
  }

  auto executor() { return socket_.get_executor(); }
  /// Empty where the peer is gone already.
  std::string peer_address() const {
    Code error;
    const auto peer = socket_.remote_endpoint(error);
    return error ? std::string{} : peer.address().to_string();
  }

  void begin_tls(const TlsContext& context, TlsStream::Done done) {
    tls_.emplace(socket_, context);
    tls_->handshake(std::move(done));
  }
  /// After a handshake that failed: what follows goes as it is.
  void forget_tls() { tls_.reset(); }
  bool is_tls() const { return tls_.has_value(); }

  template <class Handler>
  void read_some(boost::asio::mutable_buffer into, Handler handler) {
    if (tls_) return tls_->read_some(into, std::move(handler));
    socket_.async_read_some(into, std::move(handler));
  }

  template <class Handler>
  void write(boost::asio::const_buffer all, Handler handler) {
    if (tls_) return tls_->write(all, std::move(handler));
    boost::asio::async_write(socket_, all, std::move(handler));
  }

  /// Nothing more will be written; the peer may go on.
  void end_writing() {
    if (tls_) tls_->say_end();
    Code ignored;
    socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
  }

  void close() {
    if (tls_) tls_->say_end();
    Code ignored;
    socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_both, ignored);
    socket_.close(ignored);
  }

 private:
  boost::asio::ip::tcp::socket socket_;
  std::optional<TlsStream> tls_;
};

}  // namespace malote::net
