// The head of a request: judged and taken before the body is read, so that trailer fields, which
// Beast files among the headers, never count. Pure.
#pragma once

#include <boost/beast/http/message.hpp>
#include <string_view>

#include "ports/http_types.h"

namespace malote::net {

using RequestHead = boost::beast::http::request_header<>;

/// Why the head is refused, or empty: another server could see the request's end, or its host,
/// somewhere else (RFC 9112, 3.2, 6.1 and 6.3). Stricter than Beast, which skips what it does not
/// know.
std::string_view fault_of(const RequestHead& head);

/// Method, path, query and headers. A HEAD comes out as the GET that it stands for; a target in
/// absolute form without its scheme and host.
Request request_of(const RequestHead& head);

}  // namespace malote::net
