// Where values of an inbound request are found. A path is "/a/b" (JSON pointer into the body),
// "header:Name", "query:name" or "fetched:/a/b" (into the resource fetched back from the
// provider). Pure; lives as long as the request and documents it points at.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/time.h"

namespace malote::providers {

/// An inbound request as it came: the raw bytes, nothing trusted yet.
struct RawRequest {
  std::string method{};
  std::string url{};  // as the provider addressed it, where its scheme signs that; may be empty
  std::vector<std::pair<std::string, std::string>> headers{};
  std::vector<std::pair<std::string, std::string>> query{};  // decoded
  std::string body{};
  std::string remote_ip{};
};

const std::string* header_of(const RawRequest& request, std::string_view name);
std::size_t header_count(const RawRequest& request, std::string_view name);
const std::string* query_of(const RawRequest& request, std::string_view name);

class Sources {
 public:
  explicit Sources(const RawRequest& request, json::View body = {}, json::View fetched = {})
      : request_(request), body_(body), fetched_(fetched) {}

  /// The value as text; empty when absent, null, an object or an array.
  std::optional<std::string> text(std::string_view path) const;
  /// The first of several paths that has a non-empty text.
  std::optional<std::string> first(const std::vector<std::string>& paths) const;
  /// JSON values only ("/…", "fetched:/…", "" for the body itself).
  json::View json(std::string_view path) const;

 private:
  const RawRequest& request_;
  json::View body_;
  json::View fetched_;
};

}  // namespace malote::providers
