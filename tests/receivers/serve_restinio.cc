#include "adapter_server.h"
#include "malote/receiver/adapters/restinio.h"

void serve(const AdapterServer& server) {
  std::uint16_t port = 0;
  restinio::server_settings_t<> settings;
  settings.address("127.0.0.1")
      .port(0)
      .acceptor_post_bind_hook([&](auto& acceptor) { port = acceptor.local_endpoint().port(); })
      .request_handler([&](restinio::request_handle_t request) {
        const auto hooks = server.handlers.find(std::string_view{request->header().path()});
        if (hooks == server.handlers.end()) return restinio::request_rejected();
        return malote::receiver::restinio::respond(hooks->second, request);
      });
  malote::receiver::restinio::limit(settings, server.limits);
  const auto running = restinio::run_async(restinio::own_io_context(), std::move(settings), 8);
  server.announce(port);
  server.wait();
  running->stop();
  running->wait();
}
