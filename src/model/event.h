// An event: one business fact in the catalogue's terms, as it is stored and delivered.
#pragma once

#include <string>

#include "base/ids.h"
#include "base/time.h"

namespace malote {

/// How far the sender's proof reaches. `unsigned_body`: a token or a signature over ids proved who
/// sent it, but not what it says.
enum class Integrity : std::uint8_t { signed_body, unsigned_body };
std::string_view word(Integrity integrity);

struct Event {
  EventKey key{};
  ProjectNo project{};
  std::string type{};    // canonical name, or provider.<server_id>.<name> when unmapped
  std::string source{};  // server_id of the provider, "api" for published, "test" for test-fire
  ConnectionNo connection{};  // 0 when it did not come in through a connection
  ReceiptKey receipt{};       // the raw request it came from, 0 when none
  Timestamp occurred_at{};
  Timestamp received_at{};
  bool livemode = false;
  Integrity integrity = Integrity::signed_body;
  std::string external_reference{};
  std::string dedupe_key{};  // unique per connection (or per project when published); may be empty
  std::string data{};        // a JSON object; the exact bytes that every delivery carries
  std::string trace{};       // that it came with (engine/trace_context.h); may be empty
};

/// A request as a provider sent it, kept beside the events that were read from it.
struct Receipt {
  ReceiptKey key{};
  ProjectNo project{};
  ConnectionNo connection{};
  Timestamp received_at{};
  std::string
      head{};  // JSON: {"method","path","query","headers":[[name,value]…]}, secrets redacted
  std::string body{};  // the raw bytes
  std::string note{};  // why nothing was emitted: "ignored", "probe", "fetch_pending", … or empty
};

}  // namespace malote
