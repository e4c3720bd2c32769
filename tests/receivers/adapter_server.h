// A server with one webhook handler per path, for probing an adapter over real HTTP. Each framework
// has its own serve_<framework>.cc.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "malote/receiver/webhook_handler.h"

struct AdapterServer {
  using Handlers = std::map<std::string, malote::receiver::WebhookHandler, std::less<>>;
  const Handlers& handlers;                          // by path
  const malote::receiver::WebhookHandler& limits;    // one of them: all have the same limits
  std::function<void(std::uint16_t port)> announce;  // once it listens on 127.0.0.1
  std::function<void()> wait;                        // until it shall stop
};

void serve(const AdapterServer& server);
