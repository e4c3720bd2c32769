#include "request_renderer.h"

#include <charconv>
#include <stdexcept>

namespace malote::bench {
namespace {

// Added to the numbers so that their count of digits never changes: ten digits for four billion
// events, and sixteen for ninety days, which is still below 2^53.
constexpr std::uint64_t kIndexBase = 1'000'000'000;
constexpr Nanos kSentBase = 1'000'000'000'000'000;
constexpr std::string_view kIndexBlank = "1000000000";
constexpr std::string_view kSentBlank = "1000000000000000";

std::optional<std::uint64_t> find_integer(std::string_view body, std::string_view quoted_name) {
  std::size_t at = body.find(quoted_name);
  if (at == std::string_view::npos) return std::nullopt;
  at += quoted_name.size();
  while (at < body.size() && (body[at] == ' ' || body[at] == ':')) ++at;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(body.data() + at, body.data() + body.size(), value);
  if (error != std::errc{}) return std::nullopt;
  return value;
}

// Digits and letters from a small generator with a fixed seed: every run sends the same bytes.
std::string make_pad(std::size_t size) {
  constexpr std::string_view kLetters =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";
  std::string pad(size, ' ');
  std::uint64_t state = 0x9e3779b97f4a7c15;
  for (char& letter : pad) {
    state = state * 6364136223846793005 + 1442695040888963407;
    letter = kLetters[static_cast<std::size_t>(state >> 58)];
  }
  return pad;
}

void patch(std::string& text, std::size_t at, std::uint64_t value) {
  char digits[24];
  const char* const end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  text.replace(at, static_cast<std::size_t>(end - digits), digits,
               static_cast<std::size_t>(end - digits));
}

}  // namespace

std::optional<EventStamp> find_stamp(std::string_view body) {
  const auto index = find_integer(body, "\"n\"");
  const auto sent = find_integer(body, "\"sent_ns\"");
  if (!index || *index < kIndexBase || !sent) return std::nullopt;
  return EventStamp{.index = *index - kIndexBase, .sent = static_cast<Nanos>(*sent) - kSentBase};
}

RequestRenderer::Fragment RequestRenderer::make_fragment(const Options& options,
                                                         const std::string& type) {
  Fragment fragment;
  std::string& text = fragment.text;
  text = "{\"type\":\"" + type + "\",";
  if (options.is_resilient) {
    text += "\"id\":\"bench-";
    fragment.id_at = text.size();
    text += std::string(kIndexBlank) + "\",";
  }
  text += "\"data\":";
  const std::size_t data_at = text.size();
  text += "{\"n\":";
  fragment.index_at = text.size();
  text += std::string(kIndexBlank) + ",\"sent_ns\":";
  fragment.sent_at = text.size();
  text += std::string(kSentBlank) + ",\"pad\":\"";
  const std::size_t unpadded = text.size() - data_at + 2;
  if (options.payload_bytes < unpadded) throw std::runtime_error("--payload is too small");
  text += make_pad(options.payload_bytes - unpadded) + "\"}}";
  return fragment;
}

RequestRenderer::RequestRenderer(const Options& options) : is_batched_(options.batch > 1) {
  const std::string host = "Host: " + options.gateway + "\r\n";
  if (!options.get_path.empty()) {
    get_request_ = "GET " + options.get_path + " HTTP/1.1\r\n" + host + "\r\n";
    return;
  }
  const bool is_provider = !options.post_path.empty();
  head_ = "POST " + (is_provider ? options.post_path : "/v1/events") + " HTTP/1.1\r\n" + host +
          (is_provider ? options.headers : "Authorization: Bearer " + options.key + "\r\n") +
          "Content-Type: application/json\r\nContent-Length: ";
  if (options.types == 0) fragments_.push_back(make_fragment(options, options.event));
  for (std::uint32_t type = 0; type < options.types; ++type) {
    fragments_.push_back(make_fragment(options, "bench.e" + std::to_string(type)));
  }
}

const RequestRenderer::Fragment& RequestRenderer::fragment_of(std::uint64_t index) const {
  return fragments_[static_cast<std::size_t>(index % fragments_.size())];
}

void RequestRenderer::append_event(EventStamp stamp, std::string& out) const {
  const Fragment& fragment = fragment_of(stamp.index);
  const std::size_t at = out.size();
  out += fragment.text;
  patch(out, at + fragment.index_at, kIndexBase + stamp.index);
  patch(out, at + fragment.sent_at, static_cast<std::uint64_t>(kSentBase + stamp.sent));
  if (fragment.id_at) patch(out, at + *fragment.id_at, kIndexBase + stamp.index);
}

void RequestRenderer::render(EventStamp first, std::uint32_t count, std::string& out) const {
  if (!get_request_.empty()) {
    out = get_request_;
    return;
  }
  constexpr std::string_view kOpen = "{\"events\":[";
  constexpr std::string_view kClose = "]}";
  std::size_t length = is_batched_ ? kOpen.size() + kClose.size() + count - 1 : 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    length += fragment_of(first.index + i).text.size();
  }
  out = head_;
  out += std::to_string(length);
  out += "\r\n\r\n";
  if (is_batched_) out += kOpen;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (i > 0) out += ',';
    append_event({.index = first.index + i, .sent = first.sent}, out);
  }
  if (is_batched_) out += kClose;
}

}  // namespace malote::bench
