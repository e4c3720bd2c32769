#include "engine/trace_context.h"

#include <algorithm>
#include <optional>

#include "base/bytes.h"
#include "crypto/hmac.h"

namespace malote::engine {

namespace {

constexpr std::size_t kParentSize = 55;  // 00-<32>-<16>-<2>
constexpr std::size_t kMaxState = 512;
constexpr std::string_view kHex = "0123456789abcdef";

bool is_hex(std::string_view text) {
  return text.find_first_not_of(kHex) == std::string_view::npos;
}

/// An id of zeros alone says that there is none.
bool is_id(std::string_view text) {
  return is_hex(text) && text.find_first_not_of('0') != std::string_view::npos;
}

/// A later version may say more behind what is known of it (W3C Trace Context, 2.2 and 4).
bool is_traceparent(std::string_view text) {
  if (text.size() < kParentSize || text[2] != '-' || text[35] != '-' || text[52] != '-')
    return false;
  const std::string_view version = text.substr(0, 2);
  if (!is_hex(version) || version == "ff") return false;
  if (text.size() > kParentSize && (version == "00" || text[kParentSize] != '-')) return false;
  return is_id(text.substr(3, 32)) && is_id(text.substr(36, 16)) && is_hex(text.substr(53, 2));
}

/// Enough of the grammar that nothing odd is passed on: members with a key and a value, printable.
bool is_tracestate(std::string_view text) {
  if (text.empty() || text.size() > kMaxState) return false;
  if (std::ranges::any_of(text, [](char c) { return (c < ' ' && c != '\t') || c > '~'; }))
    return false;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const std::string_view member = trim(text.substr(0, comma));
    const auto equals = member.find('=');
    const bool whole = equals != std::string_view::npos && equals > 0 && equals + 1 < member.size();
    if (!member.empty() && !whole) return false;
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return true;
}

/// The finalizer of SplitMix64: one to one, and no bit of what comes out shows what went in.
std::uint64_t mix(std::uint64_t z) {
  z += 0x9e3779b97f4a7c15U;
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31U);
}

void append_hex(std::string& out, std::uint64_t value) {
  for (unsigned shift = 64; shift > 0; shift -= 4) out += kHex[(value >> (shift - 4)) & 15U];
}

std::uint64_t number_of(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char c : bytes) number = (number << 8U) | static_cast<unsigned char>(c);
  return number;
}

}  // namespace

TraceSeed trace_seed(std::string_view identity) {
  const std::string digest = crypto::sha256("trace:" + std::string{identity});
  return {number_of(std::string_view{digest}.substr(0, 8)),
          number_of(std::string_view{digest}.substr(8, 8))};
}

std::string trace_of(const std::vector<std::pair<std::string, std::string>>& headers) {
  std::string_view parent;
  std::string state;
  for (const auto& [name, value] : headers) {
    if (equals_ignore_case(name, "traceparent")) {
      if (!parent.empty()) return {};
      parent = trim(value);
    } else if (equals_ignore_case(name, "tracestate")) {
      state += (state.empty() ? "" : ",") + value;
    }
  }
  if (!is_traceparent(parent)) return {};
  std::string kept = "00" + std::string{parent.substr(2, kParentSize - 2)};
  const std::string_view trimmed = trim(state);
  if (is_tracestate(trimmed)) kept += " " + std::string{trimmed};
  return kept;
}

AttemptTrace trace_attempt(const TraceSeed& seed, const Event& event, DeliveryKey delivery,
                           int number) {
  const auto key = static_cast<std::uint64_t>(event.key.value);
  const auto owed = static_cast<std::uint64_t>(delivery.value);
  AttemptTrace trace;
  const std::string_view came = event.trace;
  std::string_view flags = "01";  // else receivers that go by their caller would record nothing
  if (came.size() >= kParentSize) {
    trace.trace_id = came.substr(3, 32);
    flags = came.substr(53, 2);
    trace.tracestate = came.substr(std::min(came.size(), kParentSize + 1));
  } else {
    append_hex(trace.trace_id, mix(seed.a ^ mix(key)));
    append_hex(trace.trace_id, mix(seed.b ^ key) | 1U);  // never of zeros alone
  }
  append_hex(trace.span_id, mix(mix(seed.b ^ owed) + static_cast<std::uint64_t>(number)) | 1U);
  trace.traceparent = "00-" + trace.trace_id + "-" + trace.span_id + "-" + std::string{flags};
  return trace;
}

}  // namespace malote::engine
