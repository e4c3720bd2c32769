// POST /api/webhooks/payment: on payment.confirmed, issue the invoice, make the shipping label,
// tell the customer. No agent: three steps, always the same.
#pragma once

#include <string>

#include "http_listener.h"
#include "malote/client.h"
#include "processed_payments.h"

class PaymentWebhook {
 public:
  PaymentWebhook(malote::client::Client gateway, std::string trigger_secret,
                 const std::string& processed_file);

  HttpResponse handle(const HttpRequest& request);

 private:
  HttpResponse react(const malote::client::Json& event, const std::string& payment);
  malote::client::LoopResult run_steps(const malote::client::Json& event,
                                       const std::string& payment);

  malote::client::Client gateway_;
  std::string trigger_secret_;
  ProcessedPayments processed_;
};
