// The emulated providers over real HTTP: one listener, answers that come late, webhooks that go
// out. For `malote emulate`, and for whoever wants them within a process.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "emulator/emulator.h"
#include "net/http_server.h"
#include "net/http_thread.h"
#include "net/system.h"

namespace malote::app {

class EmulatorServer {
 public:
  /// Binds ("127.0.0.1:0" for any port); throws std::runtime_error when it cannot. Webhooks go
  /// wherever they are registered to: this is for loopback and test networks.
  EmulatorServer(const std::string& listen, emulator::Options options);
  /// Drops what is still waiting for an answer.
  ~EmulatorServer();

  std::string address() const { return server_.address(); }
  emulator::Emulator& emulator() { return emulator_; }
  void start();

 private:
  void handle(const Request& request, const Respond& respond);
  void run_late();

  net::SystemClock clock_;
  net::OsEntropy entropy_;
  providers::Registry packs_;
  net::HttpThread http_;
  emulator::Emulator emulator_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::multimap<Timestamp, std::pair<Respond, Response>> late_;
  bool stopping_ = false;
  net::HttpServer server_;
  std::thread late_thread_;
};

}  // namespace malote::app
