// malote bench: what this machine and disk can do, in a few seconds. The end-to-end figures are
// made by `make bench` (docs/bench.md).
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <future>

#include "app/builtin.h"
#include "app/commands.h"
#include "base/bytes.h"
#include "core/payload.h"
#include "crypto/hmac.h"
#include "net/system.h"
#include "providers/mapping.h"
#include "providers/verify.h"
#include "store/sqlite_store.h"

namespace malote::app {

namespace {

using Steady = std::chrono::steady_clock;

double seconds_since(Steady::time_point began) {
  return std::chrono::duration<double>(Steady::now() - began).count();
}

std::string payload(std::size_t size) {
  std::string text = R"({"payment_id":"pay_1","amount":150.35,"currency":"BRL","note":")";
  text.append(size > text.size() + 2 ? size - text.size() - 2 : 0, 'x');
  return text + "\"}";
}

void bench_verify() {
  const auto registry = builtin_providers();
  const auto found = registry.find("standard-webhooks");
  const auto& pack = *found;
  const auto scheme = providers::scheme_for(pack, {});
  const Timestamp now = net::SystemClock{}.now();
  const std::string key = "0123456789abcdef0123456789abcdef";
  providers::RawRequest request{
      .method = "POST", .body = R"({"type":"payment.confirmed","data":)" + payload(1024) + "}"};
  const std::string t = std::to_string(to_unix_s(now));
  const std::string mac =
      crypto::hmac(crypto::Hash::sha256, key, "msg_1." + t + "." + request.body);
  request.headers = {{"webhook-id", "msg_1"},
                     {"webhook-timestamp", t},
                     {"webhook-signature", "v1," + base64_encode(mac)}};
  const std::vector<providers::WebhookSecret> secrets{
      {.text = Secret{base64_encode(key)}, .user = {}}};
  const providers::CanonicalName canonical = [](std::string_view name) {
    return std::optional<std::string>{name};
  };
  constexpr int kRounds = 50'000;
  const auto began = Steady::now();
  int accepted = 0;
  for (int i = 0; i < kRounds; ++i) {
    if (!providers::verify(*scheme, request, secrets, now)) continue;
    const auto body = json::Document::parse(request.body);
    const auto mapped = providers::map_request(
        {.pack = pack, .request = request, .body = body->root(), .canonical = canonical});
    accepted += static_cast<int>(mapped.drafts.size());
  }
  std::printf("verify + normalise, 1 KiB HMAC      %8.2f us each (%d accepted)\n",
              seconds_since(began) * 1e6 / kRounds, accepted);
}

void bench_body() {
  const Event event{
      .key = {1}, .type = "payment.confirmed", .source = "api", .data = payload(1024)};
  constexpr int kRounds = 100'000;
  const auto began = Steady::now();
  std::size_t bytes = 0;
  for (int i = 0; i < kRounds; ++i) {
    bytes += core::delivery_body(kBodyVersion, event, "trg_0123456789abcdef", PayloadFormat::flat)
                 .size();
  }
  std::printf("delivery body from 1 KiB of data    %8.2f us each (%zu bytes)\n",
              seconds_since(began) * 1e6 / kRounds, bytes / kRounds);
}

void bench_store(const std::string& folder, int waiting) {
  store::SqliteStore store{{.path = folder + "/bench-" + std::to_string(waiting) + ".db"}};
  const Timestamp now = net::SystemClock{}.now();
  const std::string data = payload(1024);
  constexpr double kSeconds = 2;
  std::int64_t stored = 0;
  const auto began = Steady::now();
  while (seconds_since(began) < kSeconds) {
    std::promise<void> last;
    for (int i = 0; i < waiting; ++i) {
      store.submit(
          [&](Tx& tx) -> Result<void> {
            Event event{.project = {1}, .type = "payment.confirmed", .source = "api", .data = data};
            tx.append_event(event, now);
            Delivery delivery{.event = event.key, .trigger = {1}, .project = {1}, .due_at = now};
            tx.append_delivery(delivery, now);
            return {};
          },
          [&, i](Result<void>) {
            if (i + 1 == waiting) last.set_value();
          });
    }
    last.get_future().get();
    stored += waiting;
  }
  std::printf("durable event + delivery, %3d waiting %8.0f per second\n", waiting,
              static_cast<double>(stored) / seconds_since(began));
}

int bench(const std::string& folder) {
  std::string name = folder + "/malote-bench-XXXXXX";
  if (!::mkdtemp(name.data())) throw std::runtime_error("cannot make a folder in " + folder);
  bench_verify();
  bench_body();
  for (const int waiting : {1, 16, 128}) bench_store(name, waiting);
  std::filesystem::remove_all(name);
  std::printf("SQLite WAL, synchronous=FULL, on %s\n", folder.c_str());
  return 0;
}

}  // namespace

void add_bench(CLI::App& app, Command& chosen) {
  static std::string folder{"."};
  auto* command = app.add_subcommand("bench", "Measure verification and the store on this machine");
  command->add_option("--data", folder, "A folder on the disk to measure")->default_val(".");
  command->callback([&chosen] { chosen = [] { return bench(folder); }; });
}

}  // namespace malote::app
