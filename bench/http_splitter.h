// Cuts a byte stream into HTTP/1.1 messages, requests and answers alike, and picks out the few
// header fields the load program needs. It knows messages with a Content-Length only, as both the
// gateway's answers and its deliveries have one; anything else is `malformed`.
//
// Complete messages are handed out as views into the bytes just read; only the rest of an
// incomplete one is copied and kept.
//
//   splitter.feed(bytes);
//   while (splitter.next(message) == HttpSplitter::Step::complete) { … }
//   splitter.keep_rest();
//
// Threads: one.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace malote::bench {

struct HttpMessage {
  std::string_view start_line;
  std::string_view delivery_id;  // X-CodeSpar-Delivery-Id
  std::string_view attempt;      // X-CodeSpar-Attempt
  std::string_view body;
  bool closes = false;  // Connection: close
};

class HttpSplitter {
 public:
  enum class Step {
    complete,
    incomplete,
    awaits_continue,  // incomplete, and the sender wants "100 Continue" before it goes on
    malformed,
  };

  // REQUIRES: `bytes` stays valid until keep_rest().
  void feed(std::string_view bytes);
  Step next(HttpMessage& message);
  void keep_rest();

  // Forgets everything, for a new connection.
  void reset();

 private:
  std::string kept_;
  std::string_view current_;
  bool was_continued_ = false;
};

}  // namespace malote::bench
