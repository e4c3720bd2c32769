// Renders the generator's requests. Everything that does not change between two events is prepared
// once, and the numbers have fixed widths, so that a request costs a few copies and digits.
//
// An event is {"type":…,"data":{"n":…,"sent_ns":…,"pad":…}} where the data object has exactly
// --payload bytes; in a resilient run also "id", which the gateway takes as the dedupe key. The pad
// looks random, so that a store that compresses gains nothing unreal.
// Threads: one.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "clock.h"
#include "options.h"

namespace malote::bench {

struct EventStamp {
  std::uint64_t index = 0;
  Nanos sent = 0;
};

// Finds the stamp in a delivered body. The body may hold the data twice, and any JSON spacing.
std::optional<EventStamp> find_stamp(std::string_view body);

class RequestRenderer {
 public:
  explicit RequestRenderer(const Options& options);

  // Replaces `out` by a request with `count` events from `first` on.
  void render(EventStamp first, std::uint32_t count, std::string& out) const;

 private:
  struct Fragment {
    std::string text;
    std::size_t index_at = 0;
    std::size_t sent_at = 0;
    std::optional<std::size_t> id_at;
  };

  static Fragment make_fragment(const Options& options, const std::string& type);
  const Fragment& fragment_of(std::uint64_t index) const;
  void append_event(EventStamp stamp, std::string& out) const;

  std::string get_request_;
  std::string head_;
  std::vector<Fragment> fragments_;  // one per event type
  bool is_batched_ = false;
};

}  // namespace malote::bench
