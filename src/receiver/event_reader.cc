#include "receiver/event_reader.h"

#include <algorithm>
#include <unordered_map>

#include "base/bytes.h"
#include "base/json.h"
#include "crypto/hmac.h"
#include "receiver/header_access.h"
#include "receiver/profile.h"

namespace malote::receiver {

namespace {

struct Alias {
  std::string_view name, canonical;
};
constexpr Alias kAliases[] = {
#include "receiver/catalogue_table.inc"
};

bool is_integer(std::string_view digits) {
  return digits.find_first_of(".eE") == std::string_view::npos;
}

/// What a source says, as text; empty when it says nothing.
std::string text_at(const Source& source, Headers headers, json::View root) {
  if (source.in_header) {
    const FoundHeader found = find_header(headers, source.name);
    return found.count == 1 ? std::string{found.value} : std::string{};
  }
  const json::View value = root.pointer(source.name);
  if (const auto text = value.as_string()) return std::string{*text};
  const bool number = value.is_number() && is_integer(value.raw());
  return number ? std::string{value.raw()} : std::string{};
}

std::string first_text(const std::vector<Source>& sources, Headers headers, json::View root) {
  for (const auto& source : sources) {
    auto text = text_at(source, headers, root);
    if (!text.empty()) return text;
  }
  return {};
}

/// The first source in the body that is a string decides, also when it is empty.
std::string type_of(const Profile& profile, Headers headers, json::View root) {
  for (const auto& source : profile.type) {
    const json::View value = source.in_header ? json::View{} : root.pointer(source.name);
    if (value.is_string()) return std::string{*value.as_string()};
    if (!source.in_header) continue;
    if (auto text = text_at(source, headers, root); !text.empty()) return text;
  }
  return {};
}

/// From signed material only: an unsigned id could be another one on every copy.
std::string key_of(const Profile& profile, Headers headers, json::View root,
                   std::string_view body) {
  if (profile.signs(SignedPart::Kind::id))
    return std::string{find_header(headers, profile.id->header).value};
  for (const auto& source : profile.event_id) {
    if (source.in_header) continue;
    auto text = text_at(source, headers, root);
    if (!text.empty()) return text;
  }
  return "sha256:" + hex_encode(crypto::sha256(body));
}

}  // namespace

std::string_view canonical_name(std::string_view type) {
  static const auto names = [] {
    std::unordered_map<std::string_view, std::string_view> all;
    for (const Alias& alias : kAliases) all.emplace(alias.name, alias.canonical);
    return all;
  }();
  const auto at = names.find(type);
  return at == names.end() ? std::string_view{} : at->second;
}

std::variant<Event, std::string> read_event(const Profile& profile, Headers headers,
                                            std::string_view body) {
  if (body.starts_with("\xEF\xBB\xBF")) return "the body begins with a byte order mark";
  if (!is_valid_utf8(body)) return "the body is not UTF-8";
  const auto document = json::Document::parse(body, json::kLenient);
  if (!document) return document.error().message;
  const json::View root = document->root();
  if (!root.is_object()) return "the body is JSON, but no object";
  Event event{.id = first_text(profile.event_id, headers, root),
              .type = type_of(profile, headers, root),
              .occurred_at = first_text(profile.occurred_at, headers, root),
              .raw = std::string{body},
              .data_text = "null"};
  if (event.type.empty()) return "the event has no type";
  event.canonical = canonical_name(event.type);
  if (profile.id) event.delivery_id = find_header(headers, profile.id->header).value;
  event.key = profile.name + "/" + key_of(profile, headers, root, body);
  for (const auto& source : profile.data) {
    const json::View value = source.in_header ? json::View{} : root.pointer(source.name);
    if (!value || value.is_null()) continue;
    event.data_text = value.raw();
    break;
  }
  return event;
}

}  // namespace malote::receiver
