#include "options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <limits>
#include <stdexcept>
#include <string_view>

namespace malote::bench {
namespace {

using Text = std::string_view;

constexpr double kYearSeconds = 366.0 * 86'400;

template <typename Number>
Number read_number(Text text, Number lowest, Number highest) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_number = error == std::errc{} && end == text.data() + text.size();
  if (!is_number || value < lowest || value > highest) {
    throw std::runtime_error("not a number in range: '" + std::string(text) + "'");
  }
  return value;
}

std::uint32_t read_count(Text text, std::uint32_t lowest) {
  return read_number<std::uint32_t>(text, lowest, 1'000'000);
}

std::uint64_t read_large_count(Text text) {
  return read_number<std::uint64_t>(text, 0, std::numeric_limits<std::uint32_t>::max());
}

Nanos read_seconds(Text text) {
  return static_cast<Nanos>(read_number<double>(text, 0, kYearSeconds) * 1e9);
}

struct Option {
  Text name;
  Text value;  // how the help names the value; empty: a switch
  Text help;
  void (*apply)(Options&, Text);
};

constexpr std::array kOptions{
    Option{"--gateway", "HOST:PORT", "where the gateway listens (127.0.0.1:8080)",
           [](Options& o, Text v) { o.gateway = v; }},
    Option{"--key", "KEY", "API key; better in the environment as MALOTE_API_KEY",
           [](Options& o, Text v) { o.key = v; }},
    Option{"--sink", "HOST:PORT", "where deliveries are received; without it there is no sink",
           [](Options& o, Text v) { o.sink = v; }},
    Option{"--event", "TYPE", "event type to publish (payment.confirmed)",
           [](Options& o, Text v) { o.event = v; }},
    Option{"--types", "K", "cycle through the types bench.e0 to bench.e<K-1>",
           [](Options& o, Text v) { o.types = read_count(v, 0); }},
    Option{"--payload", "BYTES", "size of each event's data object (1024)",
           [](Options& o, Text v) { o.payload_bytes = read_count(v, 64); }},
    Option{"--batch", "N", "events per request (1)",
           [](Options& o, Text v) { o.batch = read_number<std::uint32_t>(v, 1, 1000); }},
    Option{"--get", "PATH", "GET this path in place of publishing events",
           [](Options& o, Text v) { o.get_path = v; }},
    Option{"--post", "PATH", "POST the events to this path as a provider would, without the key",
           [](Options& o, Text v) { o.post_path = v; }},
    Option{"--header", "LINE", "with --post: a header, \"Name: value\"; may come several times",
           [](Options& o, Text v) { o.headers.append(v).append("\r\n"); }},
    Option{"--expect-status", "CODE", "the answer that counts as accepted (200, 201 or 202)",
           [](Options& o, Text v) {
             o.expected_status = std::to_string(read_number<std::uint32_t>(v, 200, 599));
           }},
    Option{"--connections", "N", "keep-alive connections (64)",
           [](Options& o, Text v) { o.connections = read_count(v, 1); }},
    Option{"--rate", "R", "open loop at R events per second (closed loop)",
           [](Options& o, Text v) { o.rate = read_number<double>(v, 0, 1e7); }},
    Option{"--window", "W", "hold back while W deliveries of acknowledged events are missing",
           [](Options& o, Text v) { o.window = read_large_count(v); }},
    Option{"--seconds", "S", "publish for S seconds (10)",
           [](Options& o, Text v) { o.duration = read_seconds(v); }},
    Option{"--events", "N", "publish N events, however long that takes",
           [](Options& o, Text v) { o.events = read_large_count(v); }},
    Option{"--resilient", "", "reconnect, and resend what was not acknowledged with the same id",
           [](Options& o, Text) { o.is_resilient = true; }},
    Option{"--expect-per-event", "N", "deliveries owed per event, /hang left out (1)",
           [](Options& o, Text v) { o.expected_per_event = read_count(v, 0); }},
    Option{"--drain-seconds", "S", "give up after S seconds without any progress (10)",
           [](Options& o, Text v) { o.drain = read_seconds(v); }},
    Option{"--linger-seconds", "S", "stay until nothing came for S seconds, to see repeats (0.5)",
           [](Options& o, Text v) { o.linger = read_seconds(v); }},
    Option{"--hold", "", "after publishing print a line, and read one before draining",
           [](Options& o, Text) { o.holds = true; }},
    Option{"--sink-after-hold", "", "open the sink's port only after the hold",
           [](Options& o, Text) { o.sink_opens_after_hold = true; }},
    Option{"--hang-ms", "MS", "how long /hang takes to answer (10000)",
           [](Options& o, Text v) { o.hang = read_count(v, 0) * kMillisecond; }},
    Option{"--help", "", "print this text", [](Options& o, Text) { o.wants_help = true; }},
};

const Option& find_option(Text name) {
  const auto* const found = std::ranges::find(kOptions, name, &Option::name);
  if (found == kOptions.end()) {
    throw std::runtime_error("unknown option '" + std::string(name) + "'; try --help");
  }
  return *found;
}

void check(const Options& options) {
  if (options.sink_opens_after_hold && (!options.holds || options.sink.empty())) {
    throw std::runtime_error("--sink-after-hold needs --hold and --sink");
  }
  if (!options.headers.empty() && options.post_path.empty()) {
    throw std::runtime_error("--header needs --post");
  }
  const bool is_publishing = options.get_path.empty() && options.post_path.empty();
  if (is_publishing && options.key.empty() && !options.wants_help) {
    throw std::runtime_error("publishing needs an API key: set MALOTE_API_KEY or give --key");
  }
}

}  // namespace

Options read_options(std::span<const char* const> arguments) {
  Options options;
  if (const char* key = std::getenv("MALOTE_API_KEY"); key != nullptr) options.key = key;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const Option& option = find_option(arguments[i]);
    if (option.value.empty()) {
      option.apply(options, {});
      continue;
    }
    if (++i == arguments.size()) {
      throw std::runtime_error(std::string(option.name) + " needs a value");
    }
    option.apply(options, arguments[i]);
  }
  check(options);
  const bool expects_nothing = options.sink.empty() || !options.get_path.empty();
  if (expects_nothing) options.expected_per_event = 0;
  return options;
}

std::string help_text() {
  std::string text =
      "malote-load publishes events to a running gateway, receives the deliveries, and prints one\n"
      "JSON object with rates, latencies, losses and repeats.\n\n"
      "The sink answers 200 on /ok and /t/<n>, 200 after ten seconds on /hang, and 500 on /fail10\n"
      "to a tenth of the attempts, chosen by delivery id and attempt, but never to a fifth one.\n\n"
      "Options:\n";
  constexpr std::size_t kColumn = 28;
  for (const Option& option : kOptions) {
    std::string line = "  " + std::string(option.name) + " " + std::string(option.value);
    line.resize(std::max(line.size() + 1, kColumn), ' ');
    text += line + std::string(option.help) + "\n";
  }
  return text;
}

}  // namespace malote::bench
