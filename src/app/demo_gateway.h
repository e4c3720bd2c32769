// The gateway that malote demo shows, the stand-in for the user's application beside it, and how
// the demo speaks to them: real HTTP over loopback.
#pragma once

#include <string>

#include "app/demo_receiver.h"
#include "app/gateway.h"
#include "base/json.h"

namespace malote::app {

class DemoGateway {
 public:
  /// Starts both; throws std::runtime_error when it cannot.
  DemoGateway(const Config& config, std::string api_key);

  std::string base() const { return "http://" + gateway_.address(); }
  const std::string& api_key() const { return api_key_; }
  DemoReceiver& receiver() { return receiver_; }
  void stop() { gateway_.stop(); }

  /// Throws std::runtime_error when the answer is no success.
  json::Document call(const std::string& method, const std::string& path,
                      const std::string& body = "") const;

  /// A trigger that delivers `event` to the receiver's `path`, which then knows its secret. Returns
  /// its id. `schedule`: a JSON list of gaps between attempts; empty for the usual ones.
  std::string subscribe(const std::string& path, const std::string& event,
                        const std::string& schedule);

 private:
  DemoReceiver receiver_;
  Gateway gateway_;
  const std::string api_key_;
};

/// The text of a member; empty when it has none.
std::string text_at(json::View object, std::string_view member);

void say(const std::string& line);

}  // namespace malote::app
