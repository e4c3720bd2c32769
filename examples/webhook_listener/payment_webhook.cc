#include "payment_webhook.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <iostream>
#include <stdexcept>
#include <utility>

using malote::client::Client;
using malote::client::ClientError;
using malote::client::Json;
using malote::client::LoopResult;
using malote::client::Step;
using malote::client::StepResults;

namespace {

std::string header(const HttpRequest& request, const std::string& name) {
  const auto at = request.headers.find(name);
  return at == request.headers.end() ? "" : at->second;
}

/// Hex HMAC-SHA256 of the raw body. The key is the whole secret, its prefix included.
std::string sign(const std::string& secret, const std::string& body) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (!HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
            reinterpret_cast<const unsigned char*>(body.data()), body.size(), digest, &size)) {
    throw std::runtime_error{"HMAC failed"};
  }
  constexpr char kHex[] = "0123456789abcdef";
  std::string hex;
  for (unsigned int i = 0; i < size; ++i) {
    hex += kHex[digest[i] >> 4];
    hex += kHex[digest[i] & 15];
  }
  return hex;
}

/// In constant time: how long it takes says nothing of where the two differ.
bool is_signed(const HttpRequest& request, const std::string& secret) {
  const std::string expected = sign(secret, request.body);
  const std::string given = header(request, "x-codespar-signature");
  return given.size() == expected.size() &&
         CRYPTO_memcmp(given.data(), expected.data(), expected.size()) == 0;
}

/// A field of the event, which is at the top level and in `data`, or in `data` alone.
const Json& field(const Json& event, std::string_view name) {
  const Json& top = event[name];
  return top.is_null() ? event["data"][name] : top;
}

/// A payment may be confirmed by several events, and each may come several times: it is the
/// payment that must not be dealt with twice.
std::string dedupe_key(const HttpRequest& request, const Json& event) {
  const std::string payment = field(event, "payment_id").as_string();
  std::string key = payment.empty() ? header(request, "x-codespar-event-id") : payment;
  if (key.find('\n') != std::string::npos) key.clear();
  return key;
}

HttpResponse respond(int status, const Json& body) { return {status, body.text()}; }

}  // namespace

PaymentWebhook::PaymentWebhook(Client gateway, std::string trigger_secret,
                               const std::string& processed_file)
    : gateway_(std::move(gateway)),
      trigger_secret_(std::move(trigger_secret)),
      processed_(processed_file) {
  if (trigger_secret_.empty()) throw std::invalid_argument{"CODESPAR_TRIGGER_SECRET is empty"};
}

HttpResponse PaymentWebhook::handle(const HttpRequest& request) {
  if (request.method != "POST" || request.path != "/api/webhooks/payment") {
    return respond(404, {{"error", "Not found"}});
  }
  // 1. The signature is over the raw bytes: check it before anything reads them.
  if (!is_signed(request, trigger_secret_)) return respond(401, {{"error", "Invalid signature"}});
  Json event;
  try {
    event = Json::parse(request.body);
  } catch (const std::invalid_argument& error) {
    return respond(400, {{"error", error.what()}});
  }

  // 2. Only confirmed payments, and each of them once.
  if (event["event"].as_string(event["type"].as_string()) != "payment.confirmed") {
    return respond(200, {{"received", true}});
  }
  const std::string payment = dedupe_key(request, event);
  if (payment.empty()) return respond(400, {{"error", "No payment_id and no event id"}});
  switch (processed_.claim(payment)) {
    case ProcessedPayments::Claim::done: return respond(200, {{"already_processed", true}});
    case ProcessedPayments::Claim::running: return respond(503, {{"error", "Being processed"}});
    case ProcessedPayments::Claim::granted: break;
  }
  try {
    return react(event, payment);
  } catch (...) {
    processed_.release(payment);
    throw;
  }
}

// 3. Run the loop. Where a step got no answer, ask for the webhook again: the steps that were done
// are not done twice, because each sends an idempotency key made of the payment.
HttpResponse PaymentWebhook::react(const Json& event, const std::string& payment) {
  try {
    const LoopResult result = run_steps(event, payment);
    if (result.results.size() == result.total_steps) {
      processed_.finish(payment);
      return respond(200, {{"processed", true}, {"steps", result.completed_steps}});
    }
  } catch (const ClientError& error) {
    std::cerr << payment << ": " << error.what() << '\n';
  }
  processed_.release(payment);
  return respond(503, {{"error", "The gateway did not answer"}});
}

LoopResult PaymentWebhook::run_steps(const Json& event, const std::string& payment) {
  auto session = gateway_.create("user_123", {.servers = {"nuvem-fiscal", "correios", "z-api"}});
  return session.loop(
      {.steps = {{.name = "invoice",
                  .tool = "codespar_invoice",
                  .params = {{"type", "nfe"},
                             {"customer_cpf", field(event, "customer")["cpf"]},
                             {"items", field(event, "items")},
                             {"total", field(event, "amount")}}},
                 {.name = "ship",
                  .tool = "codespar_ship",
                  .params = {{"to_cep", field(event, "shipping")["cep"]},
                             {"weight_kg", field(event, "shipping")["weight"]}}},
                 {.name = "notify",
                  .tool = "codespar_notify",
                  .params =
                      [&](const StepResults& previous) {
                        return Json{
                            {"channel", "whatsapp"},
                            {"to", field(event, "customer")["phone"]},
                            {"template", "order_confirmed"},
                            {"variables", Json{{"tracking", previous["ship"].data["tracking_code"]},
                                               {"nfe_url", previous["invoice"].data["pdf_url"]}}}};
                      }}},
       .abort_on_error = false,  // without an invoice the customer still gets the tracking code
       .on_step_error =
           [&](const Step& step, const std::string& error, std::size_t index) {
             std::cerr << payment << ": step " << index << ", " << step.tool << ": " << error
                       << '\n';
           },
       .idempotency_key = payment});
}
