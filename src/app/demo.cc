// malote demo: the main job on a fresh store, shown step by step. Everything is real: HTTP over
// loopback, provider signatures, SQLite on disk, retries.
#include <CLI/CLI.hpp>

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <filesystem>

#include "app/builtin.h"
#include "app/commands.h"
#include "app/demo_chain.h"
#include "app/demo_gateway.h"
#include "base/bytes.h"
#include "base/json_writer.h"
#include "base/log.h"
#include "net/simple_client.h"
#include "net/system.h"
#include "providers/sign.h"

namespace malote::app {

namespace {

using Steady = std::chrono::steady_clock;

double ms_between(Steady::time_point from, Steady::time_point to) {
  return std::chrono::duration<double, std::milli>(to - from).count();
}

/// One provider's webhook, signed as the provider would sign it now.
struct ProviderPost {
  std::string server_id{};
  std::string label{};
  std::string secret{};
  std::string proof{};  // in words
  providers::RawRequest request{};
};

ProviderPost asaas_post() {
  ProviderPost post{
      .server_id = "asaas",
      .label = "Asaas: a Pix of R$ 150.35 came in",
      .secret = "asaas-demo-token-0123456789",
      .proof =
          "static token in asaas-access-token (does not cover the body: integrity unsigned_body)"};
  post.request.body =
      R"({"id":"evt_demo_1&1","event":"PAYMENT_RECEIVED","dateCreated":"2026-11-20 08:59:58",)"
      R"("payment":{"id":"pay_demo_1","customer":"cus_1","value":150.35,"billingType":"PIX",)"
      R"("status":"RECEIVED","externalReference":"order-1001"}})";
  return post;
}

ProviderPost stripe_post(Timestamp now) {
  ProviderPost post{.server_id = "stripe",
                    .label = "Stripe: a card payment of USD 42.00 succeeded",
                    .secret = "whsec_demo_stripe_secret",
                    .proof = "HMAC-SHA256 over time and body in Stripe-Signature, within 300 s"};
  post.request.body =
      R"({"id":"evt_demo_2","object":"event","type":"payment_intent.succeeded","created":)" +
      std::to_string(to_unix_s(now)) +
      R"(,"livemode":false,"data":{"object":{"id":"pi_demo_2","amount_received":4200,)"
      R"("currency":"usd","metadata":{"external_reference":"order-1002"}}}})";
  return post;
}

ProviderPost standard_post(Timestamp now) {
  ProviderPost post{.server_id = "standard-webhooks",
                    .label = "A Standard Webhooks sender: invoice.authorized",
                    .secret = "whsec_" + base64_encode("0123456789abcdef0123456789abcdef"),
                    .proof = "HMAC-SHA256 over id, time and body in webhook-signature"};
  post.request.headers = {{"webhook-id", "msg_demo_3"}};
  post.request.body = R"({"type":"invoice.authorized","timestamp":")" + format_rfc3339(now) +
                      R"(","data":{"invoice_id":"nfe_demo_3","amount":150.35,"currency":"BRL"}})";
  return post;
}

ProviderPost signed_post(ProviderPost post, Timestamp now) {
  const auto registry = builtin_providers();
  const auto scheme = providers::scheme_for(*registry.find(post.server_id), {});
  if (!scheme || !providers::sign(*scheme, Secret{post.secret}, now, post.request))
    throw std::runtime_error("the demo cannot sign for " + post.server_id);
  return post;
}

class Demo {
 public:
  explicit Demo(const Config& config, const std::string& api_key)
      : gateway_(config, api_key), chain_(gateway_), data_dir_(config.data_dir) {}

  bool run() {
    say("\nMalote " + std::string{kVersion} +
        " demo. Everything is real: HTTP, signatures, a store on disk.\n");
    say("  gateway   " + gateway_.base());
    if (!builtin_console().empty())
      say("  dashboard " + gateway_.base() + "/   sign in with " + gateway_.api_key());
    say("  receiver  " + receiver().url("/orders") +
        "   a stand-in for your application; checks every signature");
    say("  emulator  " + chain_.emulator() +
        "   stand-ins for the providers' APIs; count what they do");
    say("  store     " + data_dir_ + "/malote.db\n");
    return subscribe() && providers() && forgery() && retry() && dead_letter() && chain_.run();
  }

  void print_how_to_go_on() const {
    say("Go on by hand (all of it stays up until Ctrl-C):\n");
    say("  export MALOTE_URL=" + gateway_.base() + " MALOTE_API_KEY=" + gateway_.api_key());
    say("  malote events list                      what happened");
    say("  malote deliveries list --state dead     what was never delivered, and why");
    say("  malote triggers test-fire " + trigger_id_ + "   a sample event through the real path");
    say("  curl -s -X POST $MALOTE_URL/v1/events -H \"Authorization: Bearer $MALOTE_API_KEY\" \\");
    say("       -d '{\"type\":\"order.created\",\"data\":{\"order_id\":\"1003\"}}'");
    chain_.print_how_to_go_on();
  }

  void stop() { gateway_.stop(); }

 private:
  DemoReceiver& receiver() { return gateway_.receiver(); }

  bool subscribe() {
    trigger_id_ = gateway_.subscribe("/orders", "*", "");
    say("1. Your application subscribes: POST /v1/triggers {\"event\":\"*\",\"webhook_url\":…}");
    say("     " + trigger_id_ + ", signing secret whsec_… (shown once)\n");
    return true;
  }

  bool providers() {
    say("2. Three providers post their webhooks to /v1/webhooks/<provider>/<connection>");
    const Timestamp now = net::SystemClock{}.now();
    std::size_t count = 0;
    for (const auto& post : {asaas_post(), stripe_post(now), standard_post(now)}) {
      if (!post_and_show(signed_post(post, now), ++count)) return false;
    }
    say("");
    return true;
  }

  std::string connect(const ProviderPost& post) {
    json::Writer w;
    w.object().field("server_id", post.server_id).field("webhook_secret", post.secret).end();
    const auto connection = gateway_.call("POST", "/v1/connections", std::move(w).text());
    return text_at(connection.root(), "webhook_path");
  }

  HttpOutcome send(const std::string& path, const ProviderPost& post) const {
    HttpRequest request{
        .url = gateway_.base() + path, .headers = post.request.headers, .body = post.request.body};
    request.headers.emplace_back("Content-Type", "application/json");
    return net::exchange(request);
  }

  bool post_and_show(const ProviderPost& post, std::size_t count) {
    const std::string path = connect(post);
    if (post.server_id == "stripe") stripe_path_ = path;
    const auto began = Steady::now();
    const auto answer = send(path, post);
    const auto answered = Steady::now();
    if (answer.status != 200 || !receiver().wait_for("/orders", count)) {
      say("   FAILED: " + post.label + ": " + answer.error + answer.body);
      return false;
    }
    const auto receipt = receiver().receipts("/orders").back();
    std::printf("   %s\n", post.label.c_str());
    std::printf("     verified   %s\n", post.proof.c_str());
    std::printf("     stored     %5.1f ms  %s %s, on disk before the provider got its 200\n",
                ms_between(began, answered), receipt.event_id.c_str(), receipt.type.c_str());
    std::printf("     delivered  %5.1f ms  %s, signature %s, webhook-signature %s\n",
                ms_between(began, receipt.at), receipt.delivery_id.c_str(),
                receipt.signature_good ? "good" : "BAD", receipt.standard_good ? "good" : "BAD");
    return receipt.signature_good && receipt.standard_good;
  }

  bool forgery() {
    const Timestamp now = net::SystemClock{}.now();
    auto post = signed_post(stripe_post(now), now);
    post.request.body.replace(post.request.body.find("4200"), 4, "9999");
    const auto answer = send(stripe_path_, post);
    say("3. Somebody changes the amount in a Stripe webhook: answered " +
        std::to_string(answer.status) + ", nothing stored\n");
    return answer.status == 401;
  }

  bool retry() {
    say("4. The application fails twice, then recovers (ladder shortened to 200 ms, 400 ms)");
    receiver().answer_with("/flaky", {500, 503, 200});
    gateway_.subscribe("/flaky", "demo.retry", R"(["200ms","400ms"])");
    gateway_.call("POST", "/v1/events", R"({"type":"demo.retry","data":{"order_id":"1001"}})");
    if (!receiver().wait_for("/flaky", 3)) return false;
    const auto receipts = receiver().receipts("/flaky");
    for (const auto& receipt : receipts) {
      std::printf("     attempt %d  +%6.1f ms  %s  answered %d\n", receipt.attempt,
                  ms_between(receipts.front().at, receipt.at), receipt.delivery_id.c_str(),
                  receipt.answered);
    }
    say("     the same delivery id and the same bytes each time\n");
    return true;
  }

  bool dead_letter() {
    say("5. The application never recovers (ladder shortened to 100 ms, 100 ms)");
    receiver().answer_with("/down", {503});
    const std::string id = gateway_.subscribe("/down", "demo.dead", R"(["100ms","100ms"])");
    gateway_.call("POST", "/v1/events", R"({"type":"demo.dead","data":{"order_id":"1002"}})");
    if (!receiver().wait_for("/down", 3)) return false;
    for (int i = 0; i < 200; ++i) {  // the last attempt's record follows its answer
      const auto letters = gateway_.call("GET", "/v1/triggers/" + id + "/dlq");
      const json::View letter = letters.root()["dead_letters"].at(0);
      if (!letter) continue;
      say("     GET /v1/triggers/" + id + "/dlq");
      say("     " + text_at(letter, "id") + " after " + text_at(letter, "attempt") +
          " attempts, last answer " + text_at(letter["response"], "status") + " \"" +
          text_at(letter["response"], "body") + "\"; the whole request is kept");
      say("     send it again with: malote deliveries redeliver " + text_at(letter, "id") + "\n");
      return true;
    }
    return false;
  }

  DemoGateway gateway_;
  DemoChain chain_;
  const std::string data_dir_;
  std::string trigger_id_;
  std::string stripe_path_;
};

std::string fresh_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "malote-demo-XXXXXX").string();
  if (!::mkdtemp(name.data())) throw std::runtime_error("cannot make a folder in " + name);
  return name;
}

int demo(const std::string& listen, bool once) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  log::set_level(log::Level::error);  // the demo shows what happens itself

  net::OsEntropy entropy;
  Config config;
  config.deliveries = builtin_defaults();
  config.dev = true;
  config.listen = listen;
  config.data_dir = fresh_folder();
  const std::string api_key = random_id(entropy, "csk_test_", 32);
  config.api_key = Secret{api_key};
  bool good = false;
  {
    Demo demo{config, api_key};
    good = demo.run();
    say(good ? "All steps as they should be.\n" : "A step FAILED.\n");
    std::fflush(stdout);
    if (good && !once) {
      demo.print_how_to_go_on();
      std::fflush(stdout);
      int number = 0;
      sigwait(&signals, &number);
    }
    demo.stop();
  }
  std::error_code ignored;
  std::filesystem::remove_all(config.data_dir, ignored);
  return good ? 0 : 1;
}

}  // namespace

void add_demo(CLI::App& app, Command& chosen) {
  static std::string listen{"127.0.0.1:0"};  // whatever port is free
  static bool once = false;
  auto* command = app.add_subcommand("demo", "Show the main job on a fresh store, step by step");
  command->add_option("--listen", listen, "ADDRESS:PORT of the gateway");
  command->add_flag("--once", once, "End after the steps");
  command->callback([&chosen] { chosen = [] { return demo(listen, once); }; });
}

}  // namespace malote::app
