// Identities. Things that come in millions (events, deliveries, receipts) are known by a 63-bit
// key: 42 bits of milliseconds, 21 bits of sequence, so that inserts append and order is time
// (docs/decisions/003-integer-keys.md). Things that come in hundreds (triggers, connections,
// projects) have a small row number inside and a random text id outside.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace malote {

template <class Tag>
struct Key {
  std::int64_t value = 0;
  auto operator<=>(const Key&) const = default;
  explicit operator bool() const { return value != 0; }
};

using EventKey = Key<struct EventTag>;
using DeliveryKey = Key<struct DeliveryTag>;
using ReceiptKey = Key<struct ReceiptTag>;
using RunKey = Key<struct RunTag>;
using ProjectNo = Key<struct ProjectTag>;
using TriggerNo = Key<struct TriggerTag>;
using ConnectionNo = Key<struct ConnectionTag>;
using SessionNo = Key<struct SessionTag>;
using ToolCallNo = Key<struct ToolCallTag>;
using LoopNo = Key<struct LoopTag>;

constexpr int kKeySequenceBits = 21;
constexpr std::int64_t kLastKeyMs = (std::int64_t{1} << (63 - kKeySequenceBits)) - 1;  // 2109
/// The first key of a millisecond; times that keys cannot hold become the nearest they can.
constexpr std::int64_t first_key_at(Timestamp t) {
  return std::clamp<std::int64_t>(to_ms(t), 0, kLastKeyMs) << kKeySequenceBits;
}
constexpr Timestamp time_of_key(std::int64_t key) { return from_ms(key >> kKeySequenceBits); }

std::string key_text(std::string_view prefix, std::int64_t key);  // prefix + 16 hex digits
std::optional<std::int64_t> parse_key(std::string_view prefix, std::string_view text);

inline std::string text_of(EventKey key) { return key_text("evt_", key.value); }
inline std::string text_of(DeliveryKey key) { return key_text("dlv_", key.value); }
inline std::string text_of(RunKey key) { return key_text("run_", key.value); }
std::optional<EventKey> parse_event_key(std::string_view text);
std::optional<DeliveryKey> parse_delivery_key(std::string_view text);
std::optional<RunKey> parse_run_key(std::string_view text);

}  // namespace malote
