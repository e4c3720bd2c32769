#include "net/http_server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <charconv>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include "base/log.h"
#include "net/http_session.h"

namespace malote::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using Code = boost::system::error_code;

namespace {

constexpr Millis kAcceptPause{100};
constexpr std::chrono::seconds kWarnPause{10};

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc{} || stopped != end) return {};
  return port;
}

/// "host:port" or "[v6]:port".
tcp::endpoint parse_endpoint(const std::string& address) {
  const auto colon = address.rfind(':');
  const auto port =
      colon == std::string::npos ? std::nullopt : parse_port(address.substr(colon + 1));
  std::string host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty()) host = "0.0.0.0";
  if (host == "localhost") host = "127.0.0.1";
  Code error;
  const auto ip = asio::ip::make_address(host, error);
  if (error || !port) {
    throw std::runtime_error("--listen takes ADDRESS:PORT, e.g. 127.0.0.1:8080; got " + address);
  }
  return {ip, *port};
}

/// An io_context of its own per thread: sessions need no locks.
struct Loop {
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
};

}  // namespace

class HttpServer::Impl {
 public:
  Impl(const std::string& address, int io_threads, HttpLimits limits, HttpHandler handler,
       const TlsCertificate* tls)
      : state_(std::make_shared<ServerState>()) {
    state_->limits = limits;
    state_->handler = std::move(handler);
    state_->tls = tls;
    for (int i = 0; i < std::max(1, io_threads); ++i) loops_.push_back(std::make_unique<Loop>());
    acceptor_.emplace(loops_.front()->context);
    pause_.emplace(loops_.front()->context);
    const auto endpoint = parse_endpoint(address);
    Code error;
    acceptor_->open(endpoint.protocol(), error);
    acceptor_->set_option(asio::socket_base::reuse_address{true}, error);
    acceptor_->bind(endpoint, error);
    if (!error) acceptor_->listen(1024, error);
    if (error) throw std::runtime_error("cannot listen on " + address + ": " + error.message());
  }

  std::string address() const {
    const auto endpoint = acceptor_->local_endpoint();
    const std::string host = endpoint.address().to_string();
    return (endpoint.address().is_v6() ? "[" + host + "]" : host) + ":" +
           std::to_string(endpoint.port());
  }

  void start() {
    accept();
    for (auto& loop : loops_) {
      threads_.emplace_back([&context = loop->context] { context.run(); });
    }
  }

  void stop(Millis patience) {
    if (state_->stopping.exchange(true)) return;
    asio::post(loops_.front()->context, [this] {
      Code ignored;
      acceptor_->close(ignored);
    });
    // Requests that were taken are answered; a client's idle connections are simply closed.
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (state_->busy > 0 && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(Millis{5});
    }
    std::this_thread::sleep_for(Millis{20});  // the last answers leave the socket buffers
    for (auto& loop : loops_) loop->context.stop();
    for (auto& thread : threads_) thread.join();
    threads_.clear();
  }

 private:
  void accept() {
    Loop& loop = *loops_[next_++ % loops_.size()];
    acceptor_->async_accept(loop.context, [this, &loop](const Code& error, tcp::socket socket) {
      if (state_->stopping) return;
      if (error) return accept_later(error);
      if (state_->connections < state_->limits.max_connections) {
        auto session = std::make_shared<HttpSession>(std::move(socket), state_);
        asio::post(loop.context, [session] { session->start(); });
      }  // else: the socket closes; the peer may come again
      accept();
    });
  }

  /// Most likely there are no descriptors left: the peer waits in the backlog, and to try again at
  /// once would only spin.
  void accept_later(const Code& error) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= next_warning_) {
      log::warn("cannot accept connections: " + error.message());
      next_warning_ = now + kWarnPause;
    }
    pause_->expires_after(kAcceptPause);
    pause_->async_wait([this](const Code&) {
      if (!state_->stopping) accept();
    });
  }

  std::shared_ptr<ServerState> state_;
  std::vector<std::unique_ptr<Loop>> loops_;
  std::optional<tcp::acceptor> acceptor_;
  std::optional<asio::steady_timer> pause_;
  std::chrono::steady_clock::time_point next_warning_{};
  std::size_t next_ = 0;
  std::vector<std::thread> threads_;
};

HttpServer::HttpServer(const std::string& address, int io_threads, HttpLimits limits,
                       HttpHandler handler, const TlsCertificate* tls)
    : impl_(std::make_unique<Impl>(address, io_threads, limits, std::move(handler), tls)) {}

HttpServer::~HttpServer() { stop(Millis{0}); }

std::string HttpServer::address() const { return impl_->address(); }
void HttpServer::start() { impl_->start(); }
void HttpServer::stop(Millis patience) { impl_->stop(patience); }

}  // namespace malote::net
