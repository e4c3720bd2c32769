#include "base/redact.h"

#include "base/json_writer.h"

namespace malote {

namespace {

constexpr std::size_t kShortest = 6;

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
}

}  // namespace

void redact(std::string& text, std::string_view secret) {
  if (secret.size() < kShortest) return;
  replace_all(text, secret, "***");
  std::string quoted;
  json::append_string(quoted, secret);
  std::string escaped = quoted.substr(1, quoted.size() - 2);
  if (escaped != secret) replace_all(text, escaped, "***");
  if (escaped.find('/') == std::string::npos) return;
  replace_all(escaped, "/", "\\/");  // as some writers do
  replace_all(text, escaped, "***");
}

}  // namespace malote
