// Errors and plain answers as HTTP responses.
#pragma once

#include <string>
#include <string_view>

#include "base/json_writer.h"
#include "base/result.h"
#include "ports/http_types.h"

namespace malote::api {

/// {"error","code","message","status","request_id"[,"field"][,"issues"]}: the superset that every
/// client of the API understands.
Response problem(const Error& error, std::string_view request_id);

/// Text for JSON: bytes that are not UTF-8 become "�".
std::string printable(std::string_view bytes);

/// The response with the request's id.
Response identified(Response response, std::string_view request_id);

Response json_response(int status, std::string body);
inline Response json_response(int status, json::Writer&& w) {
  return json_response(status, std::move(w).text());
}

}  // namespace malote::api
