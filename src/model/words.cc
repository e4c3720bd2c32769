// The wire and database words of every enumeration, in one place.
#include <array>

#include "model/connection.h"
#include "model/delivery.h"
#include "model/event.h"
#include "model/loop.h"
#include "model/session.h"
#include "model/trigger.h"

namespace malote {

namespace {

template <std::size_t N, class E>
std::string_view pick(const std::array<std::string_view, N>& words, E value) {
  return words.at(static_cast<std::size_t>(value));
}

}  // namespace

std::string_view word(Integrity v) {
  static constexpr std::array<std::string_view, 2> kWords{"signed_body", "unsigned_body"};
  return pick(kWords, v);
}
std::string_view word(TriggerStatus v) {
  static constexpr std::array<std::string_view, 3> kWords{"active", "paused", "error"};
  return pick(kWords, v);
}
std::string_view word(PayloadFormat v) {
  static constexpr std::array<std::string_view, 2> kWords{"flat", "envelope"};
  return pick(kWords, v);
}
std::string_view word(SignatureScheme v) {
  static constexpr std::array<std::string_view, 2> kWords{"hex", "timestamped"};
  return pick(kWords, v);
}
std::string_view word(DeliveryState v) {
  static constexpr std::array<std::string_view, 4> kWords{"pending", "failed", "delivered", "dead"};
  return pick(kWords, v);
}
std::string_view word(DeliveryOrigin v) {
  static constexpr std::array<std::string_view, 4> kWords{"fan_out", "test_fire", "redeliver",
                                                          "replay"};
  return pick(kWords, v);
}
std::string_view word(ConnectionStatus v) {
  static constexpr std::array<std::string_view, 4> kWords{"pending", "connected", "revoked",
                                                          "expired"};
  return pick(kWords, v);
}
std::string_view word(SessionStatus v) {
  static constexpr std::array<std::string_view, 2> kWords{"active", "closed"};
  return pick(kWords, v);
}
std::string_view word(CallStatus v) {
  static constexpr std::array<std::string_view, 3> kWords{"running", "success", "error"};
  return pick(kWords, v);
}
std::string_view word(RunState v) {
  static constexpr std::array<std::string_view, 5> kWords{"running", "compensating", "completed",
                                                          "failed", "cancelled"};
  return pick(kWords, v);
}
std::string_view word(RunOrigin v) {
  static constexpr std::array<std::string_view, 2> kWords{"event", "manual"};
  return pick(kWords, v);
}
std::string_view word(StepState v) {
  static constexpr std::array<std::string_view, 4> kWords{"succeeded", "failed", "skipped",
                                                          "pending"};
  return pick(kWords, v);
}

}  // namespace malote
