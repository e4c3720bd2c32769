// What the receiver library costs: verifying, refusing, and claiming.
//
//   cmake --preset release -B build/bench -DMALOTE_BENCH=ON
//   cmake --build build/bench --target malote-receiver-bench && build/bench/malote-receiver-bench
//   DIR
//
// DIR holds the claims' file; name one on the disk that is to be measured. The clock here is the
// processor's, so that other programs on the machine count for less; claims go by wall time.
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "malote/receiver/webhook_handler.h"

namespace {

using namespace malote::receiver;

constexpr int kRounds = 200'000;
constexpr std::int64_t kNow = 1'800'000'000;

double processor_s() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

template <class F>
void time_it(const char* what, F call) {
  for (int i = 0; i < kRounds / 10; ++i) call();
  const double before = processor_s();
  for (int i = 0; i < kRounds; ++i) call();
  std::printf("%-44s %7.2f us\n", what, (processor_s() - before) / kRounds * 1e6);
}

/// 1 KiB of JSON.
std::string body_of_1k() {
  std::string body = R"({"id":"evt_1","type":"payment.confirmed","data":{"note":")";
  body.append(1024 - body.size() - 3, 'x');
  return body + "\"}}";
}

void verify(const char* scheme, const std::string& secret) {
  const Verifier verifier{scheme, {secret}, {.clock = [] { return kNow; }}};
  const std::string body = body_of_1k();
  const auto headers = verifier.sign("dlv_1", kNow, body);
  std::vector<HeaderField> fields;
  for (const auto& [name, value] : headers) fields.push_back({name, value});
  std::string forged = body;
  forged[40] = 'y';
  time_it((std::string{"verify 1 KiB, "} + scheme).c_str(), [&] {
    if (!verifier.verify(fields, body)) std::abort();
  });
  time_it((std::string{"refuse 1 KiB forged, "} + scheme).c_str(), [&] {
    if (verifier.verify(fields, forged)) std::abort();
  });
}

void claims(const std::string& folder, int threads) {
  const std::string path = folder + "/receiver-bench.db";
  for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(path + end);
  const auto store = sqlite_store(path);
  constexpr int kClaims = 40'000;
  std::atomic<int> next{0};
  const auto begin = std::chrono::steady_clock::now();
  std::vector<std::thread> workers;
  for (int t = 0; t < threads; ++t) {
    workers.emplace_back([&] {
      for (int i = next++; i < kClaims; i = next++) {
        const std::string key = "standard/dlv_" + std::to_string(i);
        const Claim claim = store->begin(key, std::chrono::seconds{60});
        if (claim.state != Claim::State::acquired) std::abort();
      }
    });
  }
  for (auto& worker : workers) worker.join();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  std::printf("claims, %3d threads, synchronous=FULL %15.0f /s\n", threads, kClaims / took.count());
  for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(path + end);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: malote-receiver-bench DIR\n");
    return 2;
  }
  verify("standard", "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0ISE=");
  verify("codespar", "secret");
  for (const int threads : {1, 32, 256}) claims(argv[1], threads);
}
