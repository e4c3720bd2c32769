#include <boost/asio/io_context.hpp>
#include <thread>

#include "adapter_server.h"
#include "cpp-beast/session.h"

namespace {

using boost::asio::ip::tcp;

void accept(tcp::acceptor& acceptor, const AdapterServer& server,
            boost::asio::thread_pool& workers) {
  acceptor.async_accept([&](boost::beast::error_code error, tcp::socket socket) {
    if (error == boost::asio::error::operation_aborted) return;
    const auto find = [&](std::string_view path) -> const auto& {
      const auto hooks = server.handlers.find(path);
      return hooks == server.handlers.end() ? server.limits : hooks->second;
    };
    if (!error) std::make_shared<Session>(std::move(socket), find, workers)->read();
    accept(acceptor, server, workers);
  });
}

}  // namespace

void serve(const AdapterServer& server) {
  boost::asio::thread_pool workers{8};
  boost::asio::io_context io{1};
  tcp::acceptor acceptor{io, {boost::asio::ip::make_address("127.0.0.1"), 0}};
  accept(acceptor, server, workers);
  std::thread thread{[&] { io.run(); }};
  server.announce(acceptor.local_endpoint().port());
  server.wait();
  boost::asio::post(io, [&] { acceptor.close(); });
  workers.join();
  io.stop();
  thread.join();
}
