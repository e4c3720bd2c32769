// TLS over one accepted socket: OpenSSL on the descriptor itself, which Asio only waits for. The
// buffers between the two that asio::ssl keeps would cost each connection 68 KiB more.
//
// I/O thread only. Handlers are called like Asio's: once, and never from inside the call that
// started the operation. At most one read and one write at a time; whoever waits for a handler
// keeps the stream alive by it.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>

#include "net/tls.h"

struct ssl_st;  // OpenSSL's SSL

namespace malote::net {

class TlsStream {
 public:
  using Code = boost::system::error_code;
  using Done = std::function<void(const Code&, std::size_t)>;

  /// `socket` outlives the stream; whoever closes it ends what is under way here.
  TlsStream(boost::asio::ip::tcp::socket& socket, const TlsContext& context);

  void handshake(Done done);
  void read_some(boost::asio::mutable_buffer into, Done done);
  void write(boost::asio::const_buffer all, Done done);
  /// Says that nothing more will be written, as far as the socket takes it at once.
  void say_end();

  /// Whether a handshake failed because the peer speaks HTTP without TLS.
  static bool is_plain_http(const Code& error);

 private:
  struct Operation;

  void run(std::shared_ptr<Operation> operation);
  int attempt(const Operation& operation);
  void wait(std::shared_ptr<Operation> operation, boost::asio::socket_base::wait_type what);
  void finish(const std::shared_ptr<Operation>& operation, const Code& error);

  boost::asio::ip::tcp::socket& socket_;
  std::unique_ptr<ssl_st, void (*)(ssl_st*)> ssl_;
  bool broken_ = false;  // OpenSSL forbids any further call but freeing
};

}  // namespace malote::net
