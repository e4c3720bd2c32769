#include "net/tls_stream.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/error.hpp>
#include <climits>

namespace malote::net {

namespace asio = boost::asio;

namespace {

/// Bytes that a client may send before its handshake is done: some times what any sends. OpenSSL
/// would keep 128 KiB.
constexpr std::uint64_t kMaxHandshake = 16 * 1024;

}  // namespace

struct TlsStream::Operation {
  enum class Kind { handshake, read, write };
  Kind kind{};
  char* into{};
  const char* from{};
  std::size_t size{};
  Done done{};
  std::size_t moved = 0;  // bytes so far
};

TlsStream::TlsStream(asio::ip::tcp::socket& socket, const TlsContext& context)
    : socket_(socket), ssl_(SSL_new(context.get()), &SSL_free) {
  Code error;
  socket_.native_non_blocking(true, error);
  broken_ = error || !ssl_ || SSL_set_fd(ssl_.get(), socket_.native_handle()) != 1;
  if (!broken_) SSL_set_accept_state(ssl_.get());
}

void TlsStream::handshake(Done done) {
  run(std::make_shared<Operation>(
      Operation{.kind = Operation::Kind::handshake, .done = std::move(done)}));
}

void TlsStream::read_some(asio::mutable_buffer into, Done done) {
  run(std::make_shared<Operation>(Operation{.kind = Operation::Kind::read,
                                            .into = static_cast<char*>(into.data()),
                                            .size = into.size(),
                                            .done = std::move(done)}));
}

void TlsStream::write(asio::const_buffer all, Done done) {
  run(std::make_shared<Operation>(Operation{.kind = Operation::Kind::write,
                                            .from = static_cast<const char*>(all.data()),
                                            .size = all.size(),
                                            .done = std::move(done)}));
}

int TlsStream::attempt(const Operation& operation) {
  const std::size_t left = std::min<std::size_t>(operation.size - operation.moved, INT_MAX);
  switch (operation.kind) {
    case Operation::Kind::handshake: return SSL_do_handshake(ssl_.get());
    case Operation::Kind::read: return SSL_read(ssl_.get(), operation.into, static_cast<int>(left));
    case Operation::Kind::write:
      return SSL_write(ssl_.get(), operation.from + operation.moved, static_cast<int>(left));
  }
  return -1;
}

void TlsStream::run(std::shared_ptr<Operation> operation) {
  while (true) {
    // A closed socket's descriptor may already be another connection's.
    if (broken_ || !socket_.is_open()) return finish(operation, asio::error::bad_descriptor);
    ERR_clear_error();
    const int moved = attempt(*operation);
    if (moved > 0) {
      if (operation->kind == Operation::Kind::handshake) return finish(operation, {});
      operation->moved += static_cast<std::size_t>(moved);
      const bool whole = operation->moved == operation->size;
      if (operation->kind == Operation::Kind::read || whole) return finish(operation, {});
      continue;
    }
    switch (SSL_get_error(ssl_.get(), moved)) {
      case SSL_ERROR_WANT_READ:
        if (operation->kind == Operation::Kind::handshake &&
            BIO_number_read(SSL_get_rbio(ssl_.get())) > kMaxHandshake)
          return finish(operation, asio::error::message_size);
        return wait(operation, asio::socket_base::wait_read);
      case SSL_ERROR_WANT_WRITE: return wait(operation, asio::socket_base::wait_write);
      case SSL_ERROR_ZERO_RETURN: return finish(operation, asio::error::eof);
      case SSL_ERROR_SSL:
        broken_ = true;
        return finish(operation,
                      Code{static_cast<int>(ERR_get_error()), asio::error::get_ssl_category()});
      default: broken_ = true; return finish(operation, asio::error::connection_reset);
    }
  }
}

void TlsStream::wait(std::shared_ptr<Operation> operation, asio::socket_base::wait_type what) {
  socket_.async_wait(what, [this, operation = std::move(operation)](const Code& error) mutable {
    if (error) return operation->done(error, operation->moved);
    run(std::move(operation));
  });
}

void TlsStream::finish(const std::shared_ptr<Operation>& operation, const Code& error) {
  asio::post(socket_.get_executor(),
             [operation, error] { operation->done(error, operation->moved); });
}

void TlsStream::say_end() {
  if (broken_ || !socket_.is_open() || !SSL_is_init_finished(ssl_.get())) return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
}

bool TlsStream::is_plain_http(const Code& error) {
  return error.category() == asio::error::get_ssl_category() &&
         ERR_GET_REASON(static_cast<unsigned long>(error.value())) == SSL_R_HTTP_REQUEST;
}

}  // namespace malote::net
