#include "api/problem.h"

#include <algorithm>

#include "base/bytes.h"

namespace malote::api {

namespace {

constexpr std::size_t kMaxText = 2000;

/// Messages echo what the client sent: only whole characters, no control characters.
std::string echoed(std::string_view text) {
  std::string out = printable(text);
  std::size_t end = std::min(out.size(), kMaxText);
  while (end < out.size() && (static_cast<unsigned char>(out[end]) & 0xC0) == 0x80) --end;
  out.resize(end);
  std::ranges::replace_if(
      out, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7F; }, '?');
  return out;
}

}  // namespace

std::string printable(std::string_view bytes) {
  if (is_valid_utf8(bytes)) return std::string{bytes};
  std::string out;
  for (std::size_t i = 0; i < bytes.size();) {
    std::size_t length = 1;
    while (length < 4 && i + length <= bytes.size() && !is_valid_utf8(bytes.substr(i, length)))
      ++length;
    if (i + length <= bytes.size() && is_valid_utf8(bytes.substr(i, length))) {
      out += bytes.substr(i, length);
      i += length;
    } else {
      out += "\xEF\xBF\xBD";
      ++i;
    }
  }
  return out;
}

Response problem(const Error& error, std::string_view request_id) {
  const int status = http_status(error.errc);
  const std::string_view code = error_code(error.errc);
  json::Writer w;
  w.object().field("error", code).field("code", code);
  w.field("message",
          error.message.empty() ? std::string{error_doc(error.errc)} : echoed(error.message));
  w.field("status", status).field("request_id", request_id);
  if (!error.issues.empty()) {
    w.field("field", echoed(error.issues.front().path)).key("issues").array();
    for (const auto& issue : error.issues) {
      w.object().field("path", echoed(issue.path)).field("message", echoed(issue.message)).end();
    }
    w.end();
  }
  Response response = json_response(status, std::move(w.end()));
  response.headers.emplace_back("X-Request-Id", request_id);
  if (status == 503 || status == 429) response.headers.emplace_back("Retry-After", "1");
  if (status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

Response identified(Response response, std::string_view request_id) {
  response.headers.emplace_back("X-Request-Id", request_id);
  return response;
}

Response json_response(int status, std::string body) {
  return {.status = status, .body = std::move(body)};
}

}  // namespace malote::api
