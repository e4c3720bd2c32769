#include "core/catalogue.h"

#include <algorithm>

#include "base/json.h"

namespace malote::core {

namespace {

std::string text_of(json::View value) { return std::string{value.as_string().value_or("")}; }

Result<EventType> parse_type(json::View entry) {
  EventType type{.name = text_of(entry["name"]),
                 .domain = text_of(entry["domain"]),
                 .summary = text_of(entry["summary"]),
                 .subject = text_of(entry["subject"]),
                 .fixture = std::string{entry["fixture"].raw()},
                 .schema = std::string{entry["schema"].raw()},
                 .since = text_of(entry["since"])};
  for (const auto alias : entry["aliases"]) type.aliases.push_back(text_of(alias));
  if (type.name.empty() || !entry["fixture"].is_object()) {
    return fail(Errc::invalid_body, "event catalogue: an entry lacks its name or fixture");
  }
  return type;
}

bool is_name_char(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; }

/// "provider.<server_id>.<name>": the name is the provider's own, with what it may hold.
bool is_provider_name(std::string_view text) {
  constexpr std::string_view kPrefix = "provider.";
  return text.starts_with(kPrefix) && text.size() > kPrefix.size() &&
         std::ranges::all_of(text.substr(kPrefix.size()), [](char c) {
           return is_name_char(c) || (c >= 'A' && c <= 'Z') || c == '.' || c == ':' || c == '-';
         });
}

}  // namespace

Result<Catalogue> Catalogue::parse(std::string_view events_json) {
  MALOTE_TRY(const auto document, json::Document::parse(events_json));
  Catalogue catalogue;
  for (const auto entry : document.root()["events"]) {
    MALOTE_TRY(auto type, parse_type(entry));
    const std::size_t index = catalogue.types_.size();
    bool fresh = catalogue.by_name_.emplace(type.name, index).second;
    for (const auto& alias : type.aliases) {
      fresh = catalogue.by_name_.emplace(alias, index).second && fresh;
    }
    if (!fresh)
      return fail(Errc::invalid_body, "event catalogue: a name is used twice: " + type.name);
    catalogue.types_.push_back(std::move(type));
  }
  return catalogue;
}

const EventType* Catalogue::find(std::string_view name) const {
  const auto at = by_name_.find(name);
  return at == by_name_.end() ? nullptr : &types_[at->second];
}

std::string Catalogue::canonical(std::string_view name) const {
  const EventType* type = find(name);
  return type ? type->name : std::string{name};
}

bool is_event_pattern(std::string_view text) {
  if (text == "*") return true;
  if (text.ends_with(".*")) text.remove_suffix(2);
  if (text.empty() || text.size() > 128) return false;
  if (is_provider_name(text)) return true;
  bool start = true;  // of a dotted part, which must not be empty
  for (const char c : text) {
    if (c == '.') {
      if (start) return false;
      start = true;
    } else if (is_name_char(c) || (c == '-' && !start)) {
      start = false;
    } else {
      return false;
    }
  }
  return !start;
}

bool is_event_name(std::string_view text) {
  return text.find('*') == std::string_view::npos && is_event_pattern(text);
}

bool matches(const Catalogue& catalogue, std::string_view pattern, std::string_view type) {
  if (pattern == "*" || pattern == type) return true;
  if (pattern.ends_with(".*")) {
    return type.size() > pattern.size() - 1 &&
           type.starts_with(pattern.substr(0, pattern.size() - 1));
  }
  const EventType* known = catalogue.find(pattern);
  return known != nullptr && known->name == type;
}

}  // namespace malote::core
