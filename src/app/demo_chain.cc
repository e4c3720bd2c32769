#include "app/demo_chain.h"

#include <cstdio>

#include "app/builtin.h"
#include "app/run_output.h"
#include "base/json_writer.h"
#include "net/simple_client.h"

namespace malote::app {

namespace {

constexpr std::size_t kLine = 88;
constexpr const char* kAsaasSecret = "asaas-demo-token-0123456789";

/// What each step of the loop does at which provider, by the emulator's names.
struct Deed {
  const char* step;
  const char* provider;
};
constexpr Deed kDeeds[] = {
    {"invoice", "nuvem-fiscal"}, {"label", "correios"}, {"message", "z-api"}};

bool failed(const std::string& what) {
  say("   FAILED: " + what);
  return false;
}

std::int64_t ms_between(json::View object, json::View since, const char* from, const char* to) {
  const auto begin = parse_time(text_at(since, from), std::chrono::minutes{0});
  const auto end = parse_time(text_at(object, to), std::chrono::minutes{0});
  return begin && end ? (*end - *begin).count() : -1;
}

}  // namespace

DemoChain::DemoChain(DemoGateway& gateway) : gateway_(gateway), emulator_("127.0.0.1:0", {}) {
  emulator_.start();
}

json::Document DemoChain::ask_emulator(const std::string& method, const std::string& path,
                                       const std::string& body) const {
  const auto outcome = net::exchange({.method = method,
                                      .url = emulator() + path,
                                      .headers = {{"Content-Type", "application/json"}},
                                      .body = body});
  auto document = json::Document::parse(outcome.body.empty() ? "{}" : outcome.body);
  if (outcome.status >= 300 || outcome.status == 0 || !document)
    throw std::runtime_error(method + " " + path + " failed: " + outcome.error + outcome.body);
  return std::move(*document);
}

// --- what the chain needs ------------------------------------------------------------------------

void DemoChain::connect(const std::string& server, const std::string& secret,
                        const std::string& metadata) {
  json::Writer w;
  w.object().field("server_id", server).key("secret").raw(secret);
  if (server == "asaas") w.field("webhook_secret", kAsaasSecret);
  w.key("connection_metadata").object().field("api_base_url", emulator() + "/" + server);
  const auto more = json::Document::parse(metadata);
  for (const auto member : more->root()) w.key(member.key()).raw(member.raw());
  const auto connection = gateway_.call("POST", "/v1/connections", std::move(w.end().end()).text());
  if (server != "asaas") return;
  json::Writer hook;
  hook.object().field("provider", server).field("secret", kAsaasSecret);
  hook.field("url", gateway_.base() + text_at(connection.root(), "webhook_path")).end();
  ask_emulator("POST", "/_emulator/webhooks", std::move(hook).text());
}

void DemoChain::connect() {
  connect("asaas", R"({"api_key":"demo"})", "{}");
  connect("nuvem-fiscal", R"({"client_id":"demo","client_secret":"demo"})",
          R"({"cnpj":"12345678000195","ncm":"61091000"})");
  connect("correios", R"({"user":"demo","token":"demo","posting_card":"0067599079"})",
          R"({"origin_cep":"01310100"})");
  connect("z-api", R"({"instance_id":"demo","token":"demo"})",
          R"({"templates":{"order_confirmed":"Pedido pago. Rastreio {{tracking}}, )"
          R"(nota {{nfe_url}}"}})");
  loop_ = text_at(gateway_.call("POST", "/v1/loops", builtin_loop()).root(), "id");
  gateway_.subscribe("/loops", "loop.*", "");
  session_ = text_at(
      gateway_.call("POST", "/v1/sessions", R"({"user_id":"demo","servers":["asaas"]})").root(),
      "id");
}

/// A customer is charged through the session, and pays: the provider posts its signed webhook.
bool DemoChain::pay() {
  const auto execute = [this](const std::string& tool, const std::string& input) {
    return gateway_.call("POST", "/v1/sessions/" + session_ + "/execute",
                         R"({"tool":")" + tool + R"(","input":)" + input + "}");
  };
  const auto customer =
      execute("asaas/create_customer", R"({"name":"Maria Exemplo","cpfCnpj":"52998224725",)"
                                       R"("mobilePhone":"11987654321","postalCode":"20040002"})");
  json::Writer w;
  w.object().field("customer", text_at(customer.root()["data"], "id"));
  w.field("billingType", "PIX").key("value").raw("150.35").field("dueDate", "2030-12-31").end();
  const auto payment = execute("asaas/create_payment", std::move(w).text());
  const std::string id = text_at(payment.root()["data"], "id");
  if (id.empty()) return failed("no payment: " + in_a_line(payment.root(), kLine));
  ask_emulator("POST", "/_emulator/pay", R"({"provider":"asaas","id":")" + id + R"("})");
  const std::string call = text_at(payment.root(), "tool_call_id");
  say("     session    " + session_ + ": asaas/create_payment " + id + ", R$ 150.35, " + call);
  say("     paid       Asaas posts PAYMENT_RECEIVED, signed, to the connection's webhook_path");
  return wait_for_end("") && payment_succeeded(call);
}

bool DemoChain::payment_succeeded(const std::string& tool_call) const {
  const auto status = gateway_.call("GET", "/v1/tool-calls/" + tool_call + "/payment-status");
  const std::string word = text_at(status.root(), "payment_status");
  if (word != "succeeded") return failed("payment-status says " + word);
  say("     status     GET /v1/tool-calls/" + tool_call + "/payment-status: " + word);
  return true;
}

/// Waits for the delivery of loop.completed or loop.failed, and finds the run.
bool DemoChain::wait_for_end(const std::string& state) {
  if (!gateway_.receiver().wait_for("/loops", ++ended_))
    return failed("no loop.* event came within ten seconds");
  const auto runs = gateway_.call("GET", "/v1/runs?limit=1&loop_id=" + loop_);
  const json::View run = runs.root()["runs"].at(0);
  run_ = text_at(run, "id");
  const std::string is = text_at(run, "state");
  return state.empty() || is == state || failed("the run is " + is + ", not " + state);
}

json::Document DemoChain::load_run() const { return gateway_.call("GET", "/v1/runs/" + run_); }

// --- the runs ------------------------------------------------------------------------------------

bool DemoChain::run() {
  connect();
  return clean_run() && faulty_run();
}

bool DemoChain::clean_run() {
  say("6. A payment starts a loop: POST /v1/loops with data/loops/order_confirmed.json");
  say("     loop       " + loop_ + ", on payment.confirmed: customer, invoice, label, message");
  if (!pay()) return false;
  const auto run = load_run();
  say("     run        " + run_ + ", " + text_at(run.root(), "state") + " after " +
      std::to_string(ms_between(run.root(), run.root(), "started_at", "finished_at")) + " ms");
  const bool good = show_steps(run.root()) && check_effects(run.root(), 1);
  say("");
  return good;
}

bool DemoChain::show_steps(json::View run) const {
  if (text_at(run, "state") != "completed") return failed(text_at(run, "error"));
  std::size_t done = 0;
  for (const auto step : run["steps"]) {
    const json::View result = step["result"];
    std::printf("     %-8s  +%2lld ms  %s → %s, %s ms\n", text_at(step, "name").c_str(),
                static_cast<long long>(ms_between(step, run, "started_at", "started_at")),
                text_at(step, "tool").c_str(), text_at(result, "server").c_str(),
                text_at(result, "duration").c_str());
    std::printf("       given  %s\n", in_a_line(step["params"], kLine).c_str());
    std::printf("       back   %s\n", answer_in_a_line(step, kLine).c_str());
    std::printf("       key    %s\n", text_at(step, "idempotency_key").c_str());
    if (text_at(step, "state") == "succeeded") ++done;
  }
  return done == std::size(kDeeds) + 1 || failed("a step did not succeed");
}

/// What the providers say: each deed of this run was done once.
bool DemoChain::check_effects(json::View run, std::int64_t label_seen) const {
  const auto all = ask_emulator("GET", "/_emulator/effects");
  std::string told;
  for (const auto& [name, provider] : kDeeds) {
    std::int64_t seen = 0;
    std::int64_t performed = 0;
    const std::string key = text_at(run, "id") + "." + name;
    for (const auto effect : all.root()["effects"]) {
      if (text_at(effect, "provider") != provider || text_at(effect, "idempotency_key") != key)
        continue;
      seen += effect["seen"].as_int().value_or(0);
      performed += effect["performed"].as_int().value_or(0);
    }
    told += (told.empty() ? "" : "; ") + std::string{provider} + " asked " + std::to_string(seen) +
            "x, did it " + std::to_string(performed) + "x";
    const std::int64_t expected = name == std::string_view{"invoice"} ? 1 : label_seen;
    if (performed != 1 || seen != expected) return failed(told);
  }
  say("     counted    " + told);
  return true;
}

bool DemoChain::faulty_run() {
  say("7. The same on a bad day: the label service answers 500 once, the message service 429 once");
  ask_emulator("POST", "/_emulator/faults",
               R"([{"provider":"correios","path":"/prepostagem/v1/prepostagens","method":"POST",)"
               R"("status":500,"times":1},)"
               R"({"provider":"z-api","path":"*","status":429,"retry_after":1,"times":1}])");
  if (!pay()) return false;
  const auto stopped = load_run();
  if (text_at(stopped.root(), "failed_step") != "label")
    return failed("the run did not stop at the label: " + text_at(stopped.root(), "state"));
  say("     run        " + run_ + ", failed at label:");
  const json::View steps = stopped.root()["steps"];
  say("       back     " + answer_in_a_line(steps.at(steps.size() - 1), 2 * kLine));
  say("     A 500 does not say whether there is a label, and Correios keeps no idempotency keys, "
      "so");
  say("     nothing is done twice blindly. Having looked (there is none), you let it go on:");
  say("     $ malote runs redrive " + run_);
  gateway_.call("POST", "/v1/runs/" + run_ + "/redrive", "{}");
  if (!wait_for_end("completed")) return false;
  say("     The 429 was said before any work, so the message was tried again by itself.");
  const auto run = load_run();
  if (!check_effects(run.root(), 2)) return false;
  say("     $ malote runs show " + run_ + "\n");
  print_run(run.root());
  say("");
  return true;
}

void DemoChain::print_how_to_go_on() const {
  say("  malote loops run " + loop_ + " --dry-run \\");
  say("       --payload '{\"amount\":10,\"customer\":{\"cpf\":\"52998224725\","
      "\"phone\":\"11987654321\"},");
  say("                   \"shipping\":{\"cep\":\"20040002\"}}'       what would be called; "
      "without "
      "--dry-run: do it");
  say("  malote runs list --loop " + loop_ + "    and: runs show, runs redrive, runs cancel");
  say("  malote tools list --server correios     what a step may call");
  say("  curl -s " + emulator() + "/_emulator/faults -d \\");
  say("       '[{\"provider\":\"nuvem-fiscal\",\"status\":503,\"retry_after\":2,\"times\":3}]'"
      "   a provider that is down");
  say("  curl -s " + emulator() + "/_emulator/effects    what the providers did\n");
}

}  // namespace malote::app
