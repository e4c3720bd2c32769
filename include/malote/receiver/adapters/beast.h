// A WebhookHandler behind Boost.Beast (1.74 and later):
//
//   http::request_parser<http::string_body> parser;
//   receiver::beast::limit(parser, hooks);
//   http::async_read(stream, buffer, parser, …);
//   response = error == http::error::body_limit ? receiver::beast::respond_too_large(hooks, parser)
//                                               : receiver::beast::respond(hooks, parser.get());
//
// Beast's own limit is 1 MiB, whatever the handler's is, and it answers nothing by itself: limit()
// and respond_too_large() make that a 413. Give each read and write a deadline
// (stream.expires_after), or a sender that stops halfway holds its connection for ever.
//
// respond() waits for the handlers, up to their budget and for a copy that is under way: post it to
// a thread pool, not to the threads of the io_context. examples/receivers/cpp-beast does all this.
#pragma once

#include <boost/beast/http.hpp>
#include <string>
#include <vector>

#include "malote/receiver/webhook_handler.h"

namespace malote::receiver::beast {

namespace http = boost::beast::http;
using Parser = http::request_parser<http::string_body>;

/// Before the first byte is read.
inline void limit(Parser& parser, const WebhookHandler& hooks) {
  parser.header_limit(16 * 1024);
  parser.body_limit(hooks.max_body());
}

/// For requests that were read to their end, or, with `cut`, not beyond max_body(). Any thread.
inline http::response<http::string_body> respond(const WebhookHandler& hooks,
                                                 const http::request<http::string_body>& request,
                                                 bool cut = false) {
  std::vector<HeaderField> headers;
  for (const auto& field : request) headers.push_back({field.name_string(), field.value()});
  const Response answer = hooks.handle(
      {.method = request.method_string(), .headers = headers, .body = request.body(), .cut = cut});
  http::response<http::string_body> response;
  response.version(request.version());
  response.result(static_cast<unsigned>(answer.status));
  for (const auto& [name, value] : answer.headers) response.set(name, value);
  if (request.method() != http::verb::head) response.body() = answer.body;
  response.keep_alive(!cut && request.keep_alive());
  response.prepare_payload();
  return response;
}

/// For http::error::body_limit. The connection cannot be used any further, and the response says
/// so.
inline http::response<http::string_body> respond_too_large(const WebhookHandler& hooks,
                                                           const Parser& parser) {
  return respond(hooks, parser.get(), true);
}

}  // namespace malote::receiver::beast
