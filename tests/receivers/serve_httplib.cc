#include <thread>

#include "adapter_server.h"
#include "malote/receiver/adapters/httplib.h"

void serve(const AdapterServer& server) {
  httplib::Server http;
  malote::receiver::httplib::limit(http, server.limits);
  for (const auto& [path, hooks] : server.handlers)
    malote::receiver::httplib::mount(http, path, hooks);
  const int port = http.bind_to_any_port("127.0.0.1");
  std::thread thread{[&] { http.listen_after_bind(); }};
  server.announce(static_cast<std::uint16_t>(port));
  server.wait();
  http.stop();
  thread.join();
}
