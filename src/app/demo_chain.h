// The last part of malote demo: a payment that ends in an invoice, a label and a message, each
// once, also when providers fail. The providers are emulated in the process; everything else is
// real.
#pragma once

#include <string>

#include "app/demo_gateway.h"
#include "app/emulator_server.h"

namespace malote::app {

class DemoChain {
 public:
  /// Starts the emulated providers. `gateway` must outlive it.
  explicit DemoChain(DemoGateway& gateway);

  std::string emulator() const { return "http://" + emulator_.address(); }

  /// False when something was not as it should be; says what.
  bool run();
  void print_how_to_go_on() const;

 private:
  void connect();
  void connect(const std::string& server, const std::string& secret, const std::string& metadata);
  bool pay();
  bool payment_succeeded(const std::string& tool_call) const;
  bool wait_for_end(const std::string& state);
  json::Document load_run() const;
  json::Document ask_emulator(const std::string& method, const std::string& path,
                              const std::string& body = "") const;

  bool clean_run();
  bool faulty_run();
  bool show_steps(json::View run) const;
  bool check_effects(json::View run, std::int64_t label_seen) const;

  DemoGateway& gateway_;
  EmulatorServer emulator_;
  std::string session_;
  std::string loop_;
  std::string run_;        // the newest
  std::size_t ended_ = 0;  // runs whose end was delivered
};

}  // namespace malote::app
