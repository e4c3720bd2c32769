// Where values of an inbound request are found. A path is one of
//   /a/b            JSON pointer into the body; a segment "-" is a list's last member
//   item:/a/b       the same within one entry of a batch; "item:" is a scalar entry itself
//   fetched:/a/b    within the resource fetched back from the provider
//   header:Name     query:name
//   {/a}:{item:/b}  a text put together from such paths; absent when one of them is
// Pure; lives as long as the request and documents it points at.
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
  explicit Sources(const RawRequest& request, json::View body = {}, json::View fetched = {},
                   json::View item = {})
      : request_(request), body_(body), fetched_(fetched), item_(item) {}

  /// The value as text; empty when absent, null, an object or an array.
  std::optional<std::string> text(std::string_view path) const;
  /// The first of several paths that has a non-empty text.
  std::optional<std::string> first(const std::vector<std::string>& paths) const;
  /// JSON values only ("/…", "item:/…", "fetched:/…", "" for the body itself).
  json::View json(std::string_view path) const;

 private:
  std::optional<std::string> filled_in(std::string_view pattern) const;

  const RawRequest& request_;
  json::View body_;
  json::View fetched_;
  json::View item_;
};

/// The entries of a batch: "/entry/*/changes/*/value", where "*" stands for every member of a list.
/// At most kMaxItems of them.
std::vector<json::View> expand(json::View root, std::string_view pattern);
inline constexpr std::size_t kMaxItems = 1000;

}  // namespace malote::providers
