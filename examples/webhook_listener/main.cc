// Configuration from the environment, and nothing else; README.md lists it.
#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>

#include "payment_webhook.h"

namespace {

std::string setting(const char* name, const char* fallback) {
  const char* value = std::getenv(name);
  return value ? value : fallback;
}

std::chrono::milliseconds timeout() {
  const std::string text = setting("CODESPAR_TIMEOUT_MS", "2000");
  try {
    return std::chrono::milliseconds{std::stoi(text)};
  } catch (const std::exception&) {
    throw std::invalid_argument{"CODESPAR_TIMEOUT_MS must be a number of milliseconds, not '" +
                                text + "'"};
  }
}

}  // namespace

int main() {
  try {
    PaymentWebhook webhook{
        malote::client::Client{{.base_url = setting("CODESPAR_BASE_URL", "http://127.0.0.1:8080"),
                                .api_key = setting("CODESPAR_API_KEY", ""),
                                .timeout = timeout()}},
        setting("CODESPAR_TRIGGER_SECRET", ""),
        setting("PROCESSED_FILE", "processed-payments.txt")};
    serve_http(setting("LISTEN", "127.0.0.1:3000"),
               [&](const HttpRequest& request) { return webhook.handle(request); });
  } catch (const std::exception& error) {
    std::cerr << "webhook_listener: " << error.what() << '\n';
    return 2;
  }
}
