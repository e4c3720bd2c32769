// The world outside: receivers of deliveries and the API of a provider, with faults. Each receiver
// is in one mode for a while and changes it at random times; a request it saw may still end in a
// reset or a timeout, which makes the repetition a legal duplicate.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ports/http_client.h"
#include "sim/oracle.h"

namespace malote::sim {

enum class Mode : std::uint8_t {
  good,
  slow,
  hang,
  reset_before,
  reset_after,
  redirect,
  client_error,
  gone,
  too_many,
  unavailable,
  server_error,
  too_large,
  blocked,
  no_socket,
  flapping,
  sluggish,  // of the fleet: answers late, but in time; never drawn
};

class SimHttp final : public HttpClient {
 public:
  SimHttp(World& world, const VirtualClock& clock, Oracle& oracle)
      : world_(world), clock_(clock), oracle_(oracle) {}

  /// The modes this run may draw, and for how long one lasts at most.
  void set_faults(std::vector<Mode> modes, std::int64_t longest_mode_ms);
  void set_mode(const std::string& host, Mode mode, std::int64_t for_ms);
  void heal() { healed_ = true; }

  /// Hosts "api.…" are the provider's: GET /payments/<id> answers with the payment, 404 for ids
  /// that start with "missing". The host "tools.…" is the tools' server.
  void start(HttpRequest request, Done done) override;

 private:
  struct Receiver {
    Mode mode = Mode::good;
    std::int64_t until = 0;
  };
  /// What will happen to one request.
  struct Plan {
    bool seen = true;  // the receiver got it
    std::int64_t takes_ms = 0;
    HttpOutcome outcome{};
    Timestamp not_before{};    // the receiver's Retry-After as a date, 0: none
    std::int64_t wait_s = -1;  // … or in seconds from the answer's end, -1: none
  };
  Mode mode_of(const std::string& host);
  Plan plan(Mode mode, const HttpRequest& request);
  void ask_to_wait(Plan& plan);
  void answer_as_provider(const HttpRequest& request, Plan& plan);
  void start_tool(const HttpRequest& request, Plan plan, Done done);
  void start_delivery(const HttpRequest& request, Plan plan, Done done);

  World& world_;
  const VirtualClock& clock_;
  Oracle& oracle_;
  std::vector<Mode> modes_;
  std::int64_t longest_mode_ms_ = 60'000;
  std::map<std::string, Receiver> receivers_;
  bool healed_ = false;
};

}  // namespace malote::sim
