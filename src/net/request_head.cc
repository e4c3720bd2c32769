#include "net/request_head.h"

#include <algorithm>

#include "base/bytes.h"

namespace malote::net {

namespace http = boost::beast::http;

namespace {

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// The target from its path on: "http://host/path?query" is taken like "/path?query".
std::string origin_form(std::string_view target) {
  const auto scheme = target.substr(0, target.find("://"));
  if (!equals_ignore_case(scheme, "http") && !equals_ignore_case(scheme, "https")) {
    return std::string{target};
  }
  target.remove_prefix(scheme.size() + 3);
  target.remove_prefix(std::min(target.find_first_of("/?"), target.size()));
  return (target.starts_with('/') ? "" : "/") + std::string{target};
}

}  // namespace

std::string_view fault_of(const RequestHead& head) {
  const bool is_1_0 = head.version() < 11;
  const auto encodings = head.count(http::field::transfer_encoding);
  const auto lengths = head.count(http::field::content_length);
  const auto hosts = head.count(http::field::host);
  if (encodings > 0 && is_1_0) return "HTTP/1.0 has no Transfer-Encoding";
  if (encodings > 0 && lengths > 0)
    return "Transfer-Encoding and Content-Length exclude each other";
  if (encodings > 1 ||
      (encodings == 1 &&
       !equals_ignore_case(view(head[http::field::transfer_encoding]), "chunked"))) {
    return "the one Transfer-Encoding is chunked";
  }
  if (lengths > 1 || (lengths == 1 && !is_digits(view(head[http::field::content_length])))) {
    return "Content-Length takes one whole number";
  }
  if (hosts > 1 || (hosts == 0 && !is_1_0)) return "a request has one Host";
  return {};
}

Request request_of(const RequestHead& head) {
  Request request;
  request.method = head.method() == http::verb::head ? "GET" : view(head.method_string());
  const std::string target = origin_form(view(head.target()));
  const auto mark = std::min(target.find('?'), target.size());
  request.path = target.substr(0, mark);
  request.query = target.substr(std::min(mark + 1, target.size()));
  for (const auto& field : head) {
    request.headers.emplace_back(view(field.name_string()), view(field.value()));
  }
  return request;
}

}  // namespace malote::net
