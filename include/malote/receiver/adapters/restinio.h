// A WebhookHandler behind RESTinio (0.6.12 and later):
//
//   using namespace restinio;
//   auto settings = server_settings_t<>{}.port(8080).request_handler(
//       [&](request_handle_t request) { return receiver::restinio::respond(hooks, request); });
//   receiver::restinio::limit(settings, hooks);
//   run_async(own_io_context(), std::move(settings), 8);
//
// By itself RESTinio takes bodies of any size, waits a minute for a request, and gives up on
// handlers after ten seconds. Beyond its limit it closes the connection without an answer; so that
// senders learn of a body that is a little too large, the limit is twice the handler's: 413 up to
// there. Memory is taken as a request announces it, which is bounded by that.
//
// respond() waits for the handlers: run the server on several threads (8 above). With Boost's Asio
// compile with RESTINIO_USE_BOOST_ASIO; link http_parser and fmt.
#pragma once

#include <chrono>
#include <restinio/all.hpp>
#include <string>
#include <utility>
#include <vector>

#include "malote/receiver/webhook_handler.h"

namespace malote::receiver::restinio {

/// For the whole server. `Settings` is a server_settings_t or a run_on_…_settings_t.
template <class Settings>
void limit(Settings& settings, const WebhookHandler& hooks) {
  settings
      .incoming_http_msg_limits(::restinio::incoming_http_msg_limits_t{}
                                    .max_url_size(8 * 1024)
                                    .max_field_name_size(256)
                                    .max_field_value_size(8 * 1024)
                                    .max_field_count(100)
                                    .max_body_size(2 * hooks.max_body()))
      .read_next_http_message_timelimit(std::chrono::seconds{10})
      .write_http_response_timelimit(std::chrono::seconds{10})
      .handle_request_timeout(std::chrono::minutes{1});  // the handler's budget is what counts
}

/// For any thread; the request may also be kept, and answered from another.
template <class RequestHandle>
::restinio::request_handling_status_t respond(const WebhookHandler& hooks,
                                              const RequestHandle& request) {
  std::vector<HeaderField> headers;
  request->header().for_each_field([&](const auto& field) {
    headers.push_back({field.name(), field.value()});
  });
  const Response answer = hooks.handle(
      {.method = request->header().method().c_str(), .headers = headers, .body = request->body()});
  auto response = request->create_response(::restinio::http_status_line_t{
      ::restinio::http_status_code_t{static_cast<std::uint16_t>(answer.status)}, "Answer"});
  for (const auto& [name, value] : answer.headers) response.append_header(name, value);
  if (request->header().method() != ::restinio::http_method_head())
    response.set_body(std::string{answer.body});
  if (!request->header().should_keep_alive()) response.connection_close();
  return response.done();
}

}  // namespace malote::receiver::restinio
