#include "http_splitter.h"

#include <charconv>
#include <system_error>

namespace malote::bench {
namespace {

using Step = HttpSplitter::Step;

struct Head {
  std::size_t size = 0;
  std::size_t content_length = 0;
  bool awaits_continue = false;
  bool is_malformed = false;
};

// REQUIRES: `lower_case` consists of lower-case letters and '-', which differ from their capital in
// one bit or not at all.
bool equals_ignoring_case(std::string_view text, std::string_view lower_case) {
  if (text.size() != lower_case.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((text[i] | 0x20) != lower_case[i]) return false;
  }
  return true;
}

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

bool read_length(std::string_view text, std::size_t& length) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  return error == std::errc{} && end == text.data() + text.size();
}

// The name's length alone rules out nearly every field, so that most cost one comparison.
void take_field(std::string_view line, Head& head, HttpMessage& message) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) {
    head.is_malformed = true;
    return;
  }
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = without_blanks(line.substr(colon + 1));
  if (equals_ignoring_case(name, "content-length")) {
    head.is_malformed |= !read_length(value, head.content_length);
  } else if (equals_ignoring_case(name, "x-codespar-delivery-id")) {
    message.delivery_id = value;
  } else if (equals_ignoring_case(name, "x-codespar-attempt")) {
    message.attempt = value;
  } else if (equals_ignoring_case(name, "connection")) {
    message.closes = equals_ignoring_case(value, "close");
  } else if (equals_ignoring_case(name, "expect")) {
    head.awaits_continue = true;
  } else if (equals_ignoring_case(name, "transfer-encoding")) {
    head.is_malformed = true;
  }
}

// Leaves head.size at 0 while the empty line at the end has not arrived.
Head read_head(std::string_view bytes, HttpMessage& message) {
  Head head;
  std::size_t at = 0;
  while (!head.is_malformed) {
    const std::size_t end = bytes.find('\n', at);
    if (end == std::string_view::npos) return head;
    const std::string_view line = bytes.substr(at, end - at);
    const bool is_empty = line.empty() || line == "\r";
    if (is_empty) {
      head.size = end + 1;
      return head;
    }
    if (at == 0) {
      message.start_line = without_blanks(line);
    } else {
      take_field(line, head, message);
    }
    at = end + 1;
  }
  return head;
}

}  // namespace

void HttpSplitter::feed(std::string_view bytes) {
  if (kept_.empty()) {
    current_ = bytes;
    return;
  }
  kept_.append(bytes);
  current_ = kept_;
}

Step HttpSplitter::next(HttpMessage& message) {
  if (current_.empty()) return Step::incomplete;
  message = HttpMessage{};
  const Head head = read_head(current_, message);
  if (head.is_malformed) return Step::malformed;
  if (head.size == 0) return Step::incomplete;
  if (current_.size() - head.size < head.content_length) {
    if (!head.awaits_continue || was_continued_) return Step::incomplete;
    was_continued_ = true;
    return Step::awaits_continue;
  }
  message.body = current_.substr(head.size, head.content_length);
  current_.remove_prefix(head.size + head.content_length);
  was_continued_ = false;
  return Step::complete;
}

void HttpSplitter::keep_rest() {
  if (current_.empty()) {
    kept_.clear();
  } else if (kept_.empty()) {
    kept_.assign(current_);
  } else {
    kept_.erase(0, kept_.size() - current_.size());
  }
  current_ = {};
}

void HttpSplitter::reset() { *this = HttpSplitter{}; }

}  // namespace malote::bench
