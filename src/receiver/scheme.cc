#include "malote/receiver/scheme.h"

#include <algorithm>
#include <initializer_list>
#include <map>

#include "base/bytes.h"
#include "base/embedded.h"
#include "base/json.h"
#include "receiver/profile.h"

namespace malote {
std::span<const EmbeddedFile> receiver_files();
}

namespace malote::receiver {

namespace {

[[noreturn]] void refuse(const std::string& place, const std::string& what) {
  throw ConfigError("bad_profile", place + " " + what);
}

/// Reads the members of one object and refuses those it does not know.
class Reader {
 public:
  Reader(json::View object, std::string place, std::initializer_list<std::string_view> known)
      : object_(object), place_(std::move(place)) {
    if (!object.is_object()) refuse(place_, "takes an object");
    for (const auto member : object) {
      if (std::ranges::find(known, member.key()) == known.end())
        refuse(at(member.key()), "is no member of a profile");
    }
  }

  std::string at(std::string_view name) const { return place_ + "/" + std::string{name}; }
  json::View operator[](std::string_view name) const { return object_[name]; }

  std::string text(std::string_view name, bool required = true) const {
    const auto value = object_[name];
    if (!value && !required) return {};
    const auto text = value.as_string();
    if (!text || text->empty()) refuse(at(name), "takes a text");
    return std::string{*text};
  }

  bool flag(std::string_view name) const {
    const auto value = object_[name];
    if (!value) return false;
    if (!value.as_bool()) refuse(at(name), "takes true or false");
    return *value.as_bool();
  }

  template <class T>
  T word(std::string_view name, std::initializer_list<std::pair<std::string_view, T>> words) const {
    const std::string given = text(name);
    std::string allowed;
    for (const auto& [known, value] : words) {
      if (given == known) return value;
      allowed += allowed.empty() ? "" : ", ";
      allowed += known;
    }
    refuse(at(name), "takes one of " + allowed);
  }

  std::vector<std::string> list(std::string_view name) const {
    std::vector<std::string> texts;
    const auto value = object_[name];
    if (value && !value.is_array()) refuse(at(name), "takes a list of texts");
    for (const auto item : value) {
      if (!item.as_string()) refuse(at(name), "takes a list of texts");
      texts.emplace_back(*item.as_string());
    }
    return texts;
  }

 private:
  json::View object_;
  std::string place_;
};

std::vector<Source> read_sources(const Reader& reader, std::string_view name) {
  std::vector<Source> sources;
  for (const auto& text : reader.list(name)) {
    if (text.starts_with("header:") && text.size() > 7) {
      sources.push_back({.in_header = true, .name = text.substr(7)});
    } else if (text.starts_with("body:") && (text.size() == 5 || text[5] == '/')) {
      sources.push_back({.in_header = false, .name = text.substr(5)});
    } else {
      refuse(reader.at(name), "takes \"header:<name>\" or \"body:<JSON Pointer>\"");
    }
  }
  return sources;
}

std::vector<SignedPart> read_signed(const Reader& reader) {
  using Kind = SignedPart::Kind;
  std::vector<SignedPart> parts;
  for (auto& text : reader.list("signed")) {
    if (text == "id") {
      parts.push_back({.kind = Kind::id});
    } else if (text == "ts") {
      parts.push_back({.kind = Kind::timestamp});
    } else if (text == "body") {
      parts.push_back({.kind = Kind::body});
    } else {
      parts.push_back({.kind = Kind::literal, .literal = std::move(text)});
    }
  }
  return parts;
}

TimestampRule read_timestamp(json::View value, HeaderFormat format) {
  const Reader reader{
      value, "/timestamp", {"header", "in_signature", "format", "required", "signed"}};
  TimestampRule rule{.header = reader.flag("in_signature") ? std::string{} : reader.text("header"),
                     .rfc3339 = reader.word<bool>("format", {{"unix", false}, {"rfc3339", true}}),
                     .required = reader.flag("required"),
                     .is_signed = reader.flag("signed")};
  const bool has_t = format == HeaderFormat::t_v1_comma || format == HeaderFormat::t_v1_space;
  if (rule.header.empty() != has_t)
    refuse("/timestamp", "stands in the signature exactly where the header format has t=");
  return rule;
}

void check(const Profile& p) {
  using Kind = SignedPart::Kind;
  if (!p.signs(Kind::body)) refuse("/signed", "leaves the body out");
  if (p.signs(Kind::timestamp) != (p.timestamp && p.timestamp->is_signed))
    refuse("/signed", "has ts exactly where the timestamp is signed");
  if (p.signs(Kind::timestamp) && !p.timestamp->required)
    refuse("/timestamp", "is signed, so it is required");
  if (p.signs(Kind::id) && !(p.id && p.id->required)) refuse("/id", "is signed, so it is required");
  if (p.type.empty()) refuse("/type", "has no source");
  if (p.format != HeaderFormat::bare && !(p.prefix + p.lenient_prefix).empty())
    refuse("/prefix", "is only for the bare header format");
}

std::shared_ptr<const Profile> read_profile(std::string_view name, json::View value) {
  const Reader reader{
      value,
      "",
      {"algorithm", "encoding", "secret_encoding", "signature_header", "header_format", "prefix",
       "lenient_prefix", "signed", "timestamp", "id", "event_id", "type", "occurred_at", "data"}};
  Profile p{.name = std::string{name}};
  reader.word<int>("algorithm", {{"hmac-sha256", 0}});
  p.encoding =
      reader.word<Encoding>("encoding", {{"hex", Encoding::hex}, {"base64", Encoding::base64}});
  p.secret_encoding = reader.word<SecretEncoding>("secret_encoding",
                                                  {{"utf8", SecretEncoding::utf8},
                                                   {"whsec-base64", SecretEncoding::whsec_base64},
                                                   {"hex", SecretEncoding::hex}});
  p.format =
      reader.word<HeaderFormat>("header_format", {{"bare", HeaderFormat::bare},
                                                  {"v1-space-list", HeaderFormat::v1_space_list},
                                                  {"t-v1-comma", HeaderFormat::t_v1_comma},
                                                  {"t-v1-space", HeaderFormat::t_v1_space}});
  p.signature_header = reader.text("signature_header");
  p.prefix = reader.text("prefix", false);
  p.lenient_prefix = reader.text("lenient_prefix", false);
  p.signed_parts = read_signed(reader);
  const auto timestamp = reader["timestamp"];
  const bool has_t = p.format == HeaderFormat::t_v1_comma || p.format == HeaderFormat::t_v1_space;
  if (timestamp && !timestamp.is_null()) p.timestamp = read_timestamp(timestamp, p.format);
  if (has_t && !p.timestamp) refuse("/timestamp", "is missing; the header format has t=");
  const auto id = reader["id"];
  if (id && !id.is_null()) {
    const Reader rule{id, "/id", {"header", "required"}};
    p.id = IdRule{.header = rule.text("header"), .required = rule.flag("required")};
  }
  p.event_id = read_sources(reader, "event_id");
  p.type = read_sources(reader, "type");
  p.occurred_at = read_sources(reader, "occurred_at");
  p.data = read_sources(reader, "data");
  check(p);
  return std::make_shared<const Profile>(std::move(p));
}

const std::map<std::string, std::shared_ptr<const Profile>, std::less<>>& builtin() {
  static const auto profiles = [] {
    std::map<std::string, std::shared_ptr<const Profile>, std::less<>> all;
    const auto document = json::Document::parse(receiver_files().front().text);
    for (const auto member : document->root())
      all.emplace(member.key(), read_profile(member.key(), member));
    return all;
  }();
  return profiles;
}

}  // namespace

bool Profile::signs(SignedPart::Kind kind) const {
  return std::ranges::any_of(signed_parts, [&](const auto& part) { return part.kind == kind; });
}

std::optional<std::string> key_of(const Profile& profile, std::string_view secret) {
  switch (profile.secret_encoding) {
    case SecretEncoding::utf8: return std::string{secret};
    case SecretEncoding::hex: return hex_decode(secret);
    case SecretEncoding::whsec_base64: break;
  }
  if (secret.starts_with("whsec_")) secret.remove_prefix(6);
  return base64_decode(secret);
}

Scheme::Scheme(std::string_view builtin_name) {
  const auto at = builtin().find(builtin_name);
  if (at == builtin().end()) {
    std::string known;
    for (const auto& name : names()) known += (known.empty() ? "" : ", ") + name;
    throw ConfigError("unknown_scheme", "there is no scheme \"" + std::string{builtin_name} +
                                            "\"; built in are " + known);
  }
  profile_ = at->second;
}

Scheme Scheme::from_json(std::string_view name, std::string_view profile) {
  const auto document = json::Document::parse(profile);
  if (!document) refuse("the profile", "is no JSON: " + document.error().message);
  if (name.empty()) refuse("the profile", "needs a name");
  return Scheme{read_profile(name, document->root())};
}

std::vector<std::string> Scheme::names() {
  std::vector<std::string> names;
  for (const auto& [name, profile] : builtin()) names.push_back(name);
  return names;
}

const std::string& Scheme::name() const noexcept { return profile_->name; }

}  // namespace malote::receiver
