#include "providers/sources.h"

#include "base/bytes.h"

namespace malote::providers {

namespace {

constexpr std::string_view kHeader = "header:";
constexpr std::string_view kQuery = "query:";
constexpr std::string_view kFetched = "fetched:";

/// Bytes that are no text are not taken: they would end up in JSON that nobody can read.
std::optional<std::string> copy(const std::string* value) {
  return value && is_valid_utf8(*value) ? std::optional{*value} : std::nullopt;
}

}  // namespace

const std::string* header_of(const RawRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (equals_ignore_case(key, name)) return &value;
  }
  return nullptr;
}

std::size_t header_count(const RawRequest& request, std::string_view name) {
  std::size_t count = 0;
  for (const auto& [key, value] : request.headers) count += equals_ignore_case(key, name) ? 1u : 0u;
  return count;
}

const std::string* query_of(const RawRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.query) {
    if (key == name) return &value;
  }
  return nullptr;
}

json::View Sources::json(std::string_view path) const {
  if (path.starts_with(kFetched)) return fetched_.pointer(path.substr(kFetched.size()));
  if (path.empty() || path.front() == '/') return body_.pointer(path);
  return {};
}

std::optional<std::string> Sources::text(std::string_view path) const {
  if (path.starts_with(kHeader)) return copy(header_of(request_, path.substr(kHeader.size())));
  if (path.starts_with(kQuery)) return copy(query_of(request_, path.substr(kQuery.size())));
  const auto value = json(path).as_text();
  return value ? std::optional<std::string>{*value} : std::nullopt;
}

std::optional<std::string> Sources::first(const std::vector<std::string>& paths) const {
  for (const auto& path : paths) {
    auto value = text(path);
    if (value && !value->empty()) return value;
  }
  return {};
}

}  // namespace malote::providers
