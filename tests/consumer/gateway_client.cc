// Calls a gateway that is not there, and prints what the client makes of it.
#include <malote/client.h>

#include <iostream>

int main() {
  malote::client::ClientConfig config;
  config.base_url = "http://127.0.0.1:1";
  config.api_key = "csk_test_consumer";
  config.timeout = std::chrono::milliseconds{100};
  malote::client::Client gateway{config};
  try {
    gateway.create("user_1", {});
  } catch (const malote::client::ClientError& error) {
    std::cout << "status " << error.status() << '\n';  // nothing listens there
  }
}
