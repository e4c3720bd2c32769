#include "app/demo_receiver.h"

#include "base/bytes.h"
#include "crypto/hmac.h"

namespace malote::app {

namespace {

std::string header(const Request& request, std::string_view name) {
  const std::string* value = find_header(request.headers, name);
  return value ? *value : std::string{};
}

bool signed_by(const Request& request, const std::string& secret) {
  const std::string expected = hex_encode(crypto::hmac(crypto::Hash::sha256, secret, request.body));
  return constant_time_equal(expected, header(request, "X-CodeSpar-Signature"));
}

bool signed_by_standard(const Request& request, const std::string& secret) {
  const auto key = base64_decode(secret.substr(secret.find('_') + 1));
  if (!key) return false;
  const std::string text = header(request, "webhook-id") + "." +
                           header(request, "webhook-timestamp") + "." + request.body;
  const std::string expected =
      "v1," + base64_encode(crypto::hmac(crypto::Hash::sha256, *key, text));
  return constant_time_equal(expected, header(request, "webhook-signature"));
}

}  // namespace

DemoReceiver::DemoReceiver()
    : server_("127.0.0.1:0", 1, {},
              [this](Request request, Respond respond) { handle(request, respond); }) {
  server_.start();
}

void DemoReceiver::expect_secret(const std::string& path, const std::string& secret) {
  const std::lock_guard guard{mutex_};
  secrets_[path] = secret;
}

void DemoReceiver::answer_with(const std::string& path, std::vector<int> statuses) {
  const std::lock_guard guard{mutex_};
  answers_[path] = std::move(statuses);
}

bool DemoReceiver::wait_for(const std::string& path, std::size_t count) {
  std::unique_lock guard{mutex_};
  return arrived_.wait_for(guard, std::chrono::seconds{10},
                           [&] { return receipts_[path].size() >= count; });
}

std::vector<DemoReceipt> DemoReceiver::receipts(const std::string& path) const {
  const std::lock_guard guard{mutex_};
  const auto at = receipts_.find(path);
  return at == receipts_.end() ? std::vector<DemoReceipt>{} : at->second;
}

void DemoReceiver::handle(const Request& request, const Respond& respond) {
  DemoReceipt receipt{.path = request.path,
                      .delivery_id = header(request, "X-CodeSpar-Delivery-Id"),
                      .event_id = header(request, "X-CodeSpar-Event-Id"),
                      .type = header(request, "X-CodeSpar-Event"),
                      .attempt = std::atoi(header(request, "X-CodeSpar-Attempt").c_str()),
                      .at = std::chrono::steady_clock::now()};
  {
    const std::lock_guard guard{mutex_};
    auto& seen = receipts_[request.path];
    const std::string& secret = secrets_[request.path];
    receipt.signature_good = !secret.empty() && signed_by(request, secret);
    receipt.standard_good = !secret.empty() && signed_by_standard(request, secret);
    const auto& answers = answers_[request.path];
    receipt.answered = answers.empty() ? 200 : answers[std::min(seen.size(), answers.size() - 1)];
    seen.push_back(receipt);
  }
  arrived_.notify_all();
  respond({.status = receipt.answered,
           .content_type = "text/plain",
           .body = receipt.answered < 300 ? "thank you" : "not now"});
}

}  // namespace malote::app
