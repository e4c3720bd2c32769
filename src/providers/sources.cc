#include "providers/sources.h"

#include "base/bytes.h"

namespace malote::providers {

namespace {

constexpr std::string_view kHeader = "header:";
constexpr std::string_view kQuery = "query:";
constexpr std::string_view kFetched = "fetched:";
constexpr std::string_view kItem = "item:";

/// Bytes that are no text are not taken: they would end up in JSON that nobody can read.
std::optional<std::string> copy(const std::string* value) {
  return value && is_valid_utf8(*value) ? std::optional{*value} : std::nullopt;
}

/// A JSON pointer in which "-" means the last member of a list.
json::View follow(json::View at, std::string_view path) {
  constexpr std::string_view kLast = "/-";
  while (true) {
    auto dash = path.find(kLast);
    while (dash != std::string_view::npos && dash + 2 < path.size() && path[dash + 2] != '/')
      dash = path.find(kLast, dash + 1);
    at = at.pointer(path.substr(0, dash));
    if (dash == std::string_view::npos) return at;
    if (!at.is_array() || at.size() == 0) return {};
    at = at.at(at.size() - 1);
    path.remove_prefix(dash + kLast.size());
  }
}

void expand_into(json::View at, std::string_view pattern, std::vector<json::View>& out) {
  if (out.size() >= kMaxItems) return;
  const auto star = pattern.find("/*");
  if (star == std::string_view::npos) {
    if (const json::View found = at.pointer(pattern)) out.push_back(found);
    return;
  }
  const json::View list = at.pointer(pattern.substr(0, star));
  if (!list.is_array()) return;
  for (const auto member : list) expand_into(member, pattern.substr(star + 2), out);
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
  if (path.starts_with(kFetched)) return follow(fetched_, path.substr(kFetched.size()));
  if (path.starts_with(kItem)) return follow(item_, path.substr(kItem.size()));
  if (path.empty() || path.front() == '/') return follow(body_, path);
  return {};
}

std::optional<std::string> Sources::text(std::string_view path) const {
  if (path.find('{') != std::string_view::npos) return filled_in(path);
  if (path.starts_with(kHeader)) return copy(header_of(request_, path.substr(kHeader.size())));
  if (path.starts_with(kQuery)) return copy(query_of(request_, path.substr(kQuery.size())));
  const auto value = json(path).as_text();
  return value ? std::optional<std::string>{*value} : std::nullopt;
}

std::optional<std::string> Sources::filled_in(std::string_view pattern) const {
  std::string out;
  while (!pattern.empty()) {
    const auto open = pattern.find('{');
    out += pattern.substr(0, open);
    if (open == std::string_view::npos) break;
    const auto close = pattern.find('}', open);
    if (close == std::string_view::npos) return {};
    const auto value = text(pattern.substr(open + 1, close - open - 1));
    if (!value || value->empty()) return {};
    out += *value;
    pattern.remove_prefix(close + 1);
  }
  return out;
}

std::optional<std::string> Sources::first(const std::vector<std::string>& paths) const {
  for (const auto& path : paths) {
    auto value = text(path);
    if (value && !value->empty()) return value;
  }
  return {};
}

std::vector<json::View> expand(json::View root, std::string_view pattern) {
  std::vector<json::View> out;
  expand_into(root, pattern, out);
  return out;
}

}  // namespace malote::providers
