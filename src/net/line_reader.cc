#include "net/line_reader.h"

#include <utility>

namespace malote::net {

void LineReader::take(std::string_view bytes, const Each& each) {
  for (auto end = bytes.find('\n'); end != std::string_view::npos; end = bytes.find('\n')) {
    append(bytes.substr(0, end));
    bytes.remove_prefix(end + 1);
    tell(each);
  }
  append(bytes);
}

void LineReader::end(const Each& each) {
  if (!line_.empty()) tell(each);
}

void LineReader::append(std::string_view bytes) {
  line_ += bytes;
  if (whole_ && line_.size() <= limit_) return;
  whole_ = false;
  if (line_.size() > 2 * kKept) line_.erase(kKept, line_.size() - 2 * kKept);
}

void LineReader::tell(const Each& each) {
  const bool whole = std::exchange(whole_, true);
  std::string line = std::exchange(line_, {});
  if (line.ends_with('\r')) line.pop_back();
  each(line, whole);
}

}  // namespace malote::net
