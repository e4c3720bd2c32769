// A WebhookHandler behind cpp-httplib (0.11 and later), on every method of a path:
//
//   httplib::Server server;
//   receiver::httplib::limit(server, hooks);
//   receiver::httplib::mount(server, "/webhooks", hooks);   // hooks must outlive the server
//
// By itself cpp-httplib inflates compressed bodies without a limit, takes bodies of any size, waits
// for the connection's end when a request names no length, reads what it refuses to its end, and
// answers other methods with 404. Here nothing is read that is not wanted, and so that what was not
// read is never taken for the next request, a connection carries one.
//
// What cannot be changed from outside: header values are percent-decoded ("%20" in a signed id
// gives 401), the number of headers has no limit, and each of the server's threads (8, see
// new_task_queue) waits for one sender. Keep a proxy between this and the open internet.
#pragma once

#include <httplib.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "malote/receiver/webhook_handler.h"

namespace malote::receiver::httplib {

/// For the whole server.
inline void limit(::httplib::Server& server, const WebhookHandler& hooks) {
  server.set_payload_max_length(hooks.max_body());
  server.set_read_timeout(5);
  server.set_write_timeout(5);
  server.set_keep_alive_max_count(1);
}

inline void respond(const WebhookHandler& hooks, const ::httplib::Request& request,
                    const std::string& body, bool cut, ::httplib::Response& response) {
  std::vector<HeaderField> headers;
  for (const auto& [name, value] : request.headers) headers.push_back({name, value});
  const Response answer =
      hooks.handle({.method = request.method, .headers = headers, .body = body, .cut = cut});
  response.status = answer.status;
  response.body = answer.body;
  for (const auto& [name, value] : answer.headers) response.set_header(name, value);
}

/// Whether cpp-httplib would hand out the bytes as they were sent, and know where they end.
inline bool is_readable(const ::httplib::Request& request) {
  const auto is = [&](const char* name, const std::string& value) {
    return request.get_header_value_count(name) == 1 && request.get_header_value(name) == value;
  };
  return request.method == "POST" &&
         (!request.has_header("Content-Encoding") || is("Content-Encoding", "identity")) &&
         (request.has_header("Content-Length") || is("Transfer-Encoding", "chunked"));
}

inline void read_and_respond(const WebhookHandler& hooks, const ::httplib::Request& request,
                             ::httplib::Response& response, const ::httplib::ContentReader& read) {
  std::string body;
  const std::size_t max = hooks.max_body();
  bool cut = std::strtoull(request.get_header_value("Content-Length").c_str(), nullptr, 10) > max;
  if (is_readable(request) && !cut) {
    const bool complete = read([&](const char* data, std::size_t size) {
      cut = size > max - body.size();
      if (!cut) body.append(data, size);
      return !cut;
    });
    cut = cut || response.status == 413;
    if (!complete && !cut) return;  // 400: it ended, stopped, or was no HTTP
  }
  respond(hooks, request, body, cut, response);
}

/// `path` is a regular expression, as cpp-httplib's are.
inline void mount(::httplib::Server& server, const std::string& path, const WebhookHandler& hooks) {
  const auto with_body = [&hooks](const ::httplib::Request& request, ::httplib::Response& response,
                                  const ::httplib::ContentReader& read) {
    read_and_respond(hooks, request, response, read);
  };
  const auto without_body = [&hooks](const ::httplib::Request& request,
                                     ::httplib::Response& response) {
    respond(hooks, request, "", false, response);
  };
  server.Post(path, with_body).Put(path, with_body).Patch(path, with_body).Delete(path, with_body);
  server.Get(path, without_body).Options(path, without_body);
}

}  // namespace malote::receiver::httplib
