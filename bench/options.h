// What one run of malote-load does, read from the command line.
// Errors: an unknown option or a value out of range throws std::runtime_error with a readable line.

#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "clock.h"

namespace malote::bench {

struct Options {
  // Whom to talk to.
  std::string gateway = "127.0.0.1:8080";
  std::string key;   // from MALOTE_API_KEY unless given
  std::string sink;  // empty: no sink

  // What to send.
  std::string event = "payment.confirmed";
  std::uint32_t types = 0;  // above 0: cycle through bench.e0 … bench.e<types-1> instead
  std::uint32_t payload_bytes = 1024;
  std::uint32_t batch = 1;
  std::string get_path;         // not empty: GET this path instead of posting events
  std::string post_path;        // not empty: POST the same bodies to this path, without the key
  std::string headers;          // further header lines of such a POST, each with its line end
  std::string expected_status;  // empty: 200, 201 and 202; the answer that counts as accepted

  // How fast and how long.
  std::uint32_t connections = 64;
  double rate = 0;  // events per second; 0: closed loop
  std::uint64_t window = 0;
  Nanos duration = 10 * kSecond;
  std::uint64_t events = 0;  // above 0: this many instead of `duration`
  bool is_resilient = false;

  // What to wait for.
  std::uint32_t expected_per_event = 1;
  Nanos drain = 10 * kSecond;
  Nanos linger = kSecond / 2;
  bool holds = false;
  bool sink_opens_after_hold = false;
  Nanos hang = 10 * kSecond;

  bool wants_help = false;
};

Options read_options(std::span<const char* const> arguments);

std::string help_text();

}  // namespace malote::bench
