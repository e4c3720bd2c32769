// Bodies and queries as they go over the wire, and small changes to JSON objects. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace malote::tools {

/// application/x-www-form-urlencoded of an object: a[b] for objects, a[] for lists of plain values,
/// a[0][b] for lists of objects; null and empty ones are left out. With `brackets` off, as in most
/// queries, a list of plain values repeats its name.
std::string encode_form(json::View object, bool brackets = true);

/// multipart/form-data of an object: plain members are fields; objects {filename, content_base64,
/// mime_type}, and lists of them, are files.
struct Multipart {
  std::string content_type{};
  std::string body{};
};
Result<Multipart> encode_multipart(json::View object);

/// The object with the member `path` ("a.b": of the object a in it) added, where it is absent.
/// `value` is JSON. What is no object stays as it is.
std::string with_member(json::View object, std::string_view path, std::string_view value);

}  // namespace malote::tools
