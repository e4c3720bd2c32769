// Which handler an event goes to, and what came of it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "malote/receiver/webhook_handler.h"

namespace malote::receiver {

using Handler = WebhookHandler::Builder::Handler;

/// An Outcome, or what a handler threw.
struct Handled {
  Outcome outcome{Ack{}};
  bool threw = false;
  std::string what{};
};

class Dispatch {
 public:
  /// False when there is one already.
  bool add(const std::string& type, Handler handler);
  bool add_prefix(const std::string& prefix, Handler handler);
  void set_unhandled(Handler handler) { unhandled_ = std::move(handler); }
  void add_observer(std::function<void(const Event&)> observer);

  /// By the type as sent, by another name of it, by the longest prefix; nullptr when there is none.
  const Handler* find(const Event& event) const;
  Handled run(const Event& event, Context& context) const noexcept;

 private:
  std::unordered_map<std::string, Handler> by_type_;
  std::unordered_map<std::string, Handler> by_canonical_;
  std::vector<std::pair<std::string, Handler>> by_prefix_;  // the longest first
  Handler unhandled_;
  std::vector<std::function<void(const Event&)>> observers_;
};

}  // namespace malote::receiver
