#include "base/ids.h"

#include <charconv>

namespace malote {

std::string key_text(std::string_view prefix, std::int64_t key) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out{prefix};
  for (int shift = 60; shift >= 0; shift -= 4) {
    out += kDigits[static_cast<std::size_t>(key >> shift & 15)];
  }
  return out;
}

std::optional<std::int64_t> parse_key(std::string_view prefix, std::string_view text) {
  if (text.size() != prefix.size() + 16 || !text.starts_with(prefix)) return {};
  text.remove_prefix(prefix.size());
  if (text.find_first_not_of("0123456789abcdef") != std::string_view::npos) return {};
  std::int64_t key = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), key, 16);
  if (error != std::errc{} || key <= 0) return {};
  return key;
}

std::optional<EventKey> parse_event_key(std::string_view text) {
  const auto key = parse_key("evt_", text);
  return key ? std::optional{EventKey{*key}} : std::nullopt;
}

std::optional<DeliveryKey> parse_delivery_key(std::string_view text) {
  const auto key = parse_key("dlv_", text);
  return key ? std::optional{DeliveryKey{*key}} : std::nullopt;
}

std::optional<RunKey> parse_run_key(std::string_view text) {
  const auto key = parse_key("run_", text);
  return key ? std::optional{RunKey{*key}} : std::nullopt;
}

}  // namespace malote
