#include "ports/http_types.h"

#include "base/bytes.h"

namespace malote {

const std::string* find_header(const Headers& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (equals_ignore_case(key, name)) return &value;
  }
  return nullptr;
}

std::size_t count_header(const Headers& headers, std::string_view name) {
  std::size_t count = 0;
  for (const auto& [key, value] : headers) count += equals_ignore_case(key, name) ? 1u : 0u;
  return count;
}

std::vector<std::pair<std::string, std::string>> parse_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> pairs;
  while (!query.empty()) {
    const std::string_view item = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), item.size() + 1));
    if (item.empty()) continue;
    const auto equals = item.find('=');
    const bool has_value = equals != std::string_view::npos;
    pairs.emplace_back(url_decode(item.substr(0, equals)),
                       has_value ? url_decode(item.substr(equals + 1)) : std::string{});
  }
  return pairs;
}

}  // namespace malote
