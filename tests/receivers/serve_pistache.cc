#include "adapter_server.h"
#include "malote/receiver/adapters/pistache.h"

namespace {

class Cases : public Pistache::Http::Handler {
 public:
  HTTP_PROTOTYPE(Cases)
  explicit Cases(const AdapterServer& server) : server_(&server) {}
  void onRequest(const Pistache::Http::Request& request,
                 Pistache::Http::ResponseWriter response) override {
    const auto hooks = server_->handlers.find(request.resource());
    if (hooks != server_->handlers.end()) {
      malote::receiver::pistache::respond(hooks->second, request, std::move(response));
    } else {
      response.send(Pistache::Http::Code::Not_Found);
    }
  }

 private:
  const AdapterServer* server_;
};

}  // namespace

void serve(const AdapterServer& server) {
  Pistache::Http::Endpoint endpoint{Pistache::Address{"127.0.0.1", 0}};
  endpoint.init(malote::receiver::pistache::options(server.limits));
  endpoint.setHandler(std::make_shared<Cases>(server));
  endpoint.serveThreaded();
  server.announce(endpoint.getPort());
  server.wait();
  endpoint.shutdown();
}
