#include "api/decode.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "base/bytes.h"

namespace malote::api {

namespace {

constexpr std::size_t kMaxHeaders = 20;
constexpr std::size_t kMaxHeaderValue = 4096;
constexpr std::size_t kMaxGaps = 100;
constexpr Millis kMaxGap = std::chrono::hours{24 * 30};

std::string pointer(std::string_view name) { return "/" + std::string{name}; }

bool is_token(std::string_view text) {
  constexpr std::string_view kExtra = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kExtra.find(c) != std::string_view::npos;
  });
}

/// Headers that Malote or HTTP itself sets.
bool is_reserved_header(std::string_view name) {
  const std::string lower = to_lower(name);
  if (lower.starts_with("x-codespar-") || lower.starts_with("webhook-")) return true;
  constexpr std::string_view kReserved[] = {
      "content-type",      "content-length", "content-encoding", "host",      "connection",
      "transfer-encoding", "expect",         "upgrade",          "te",        "trailer",
      "user-agent",        "keep-alive",     "traceparent",      "tracestate"};
  return std::ranges::find(kReserved, lower) != std::end(kReserved);
}

std::optional<HeaderList> decode_headers(BodyReader& body) {
  if (!body.has("headers")) return {};
  HeaderList headers;
  if (body.is_null("headers")) return headers;
  const json::View value = body.object("headers");
  if (value.size() > kMaxHeaders) body.issue("/headers", "holds more than 20 headers");
  for (const auto member : value) {
    const std::string at = "/headers/" + std::string{member.key()};
    const auto text = member.as_string();
    if (!is_token(member.key())) {
      body.issue(at, "is not a header name");
    } else if (is_reserved_header(member.key())) {
      body.issue(at, "is set by malote and cannot be changed");
    } else if (!text || text->size() > kMaxHeaderValue || std::ranges::any_of(*text, [](char c) {
                 return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
               })) {
      body.issue(at, "takes a text of at most 4096 bytes without control characters");
    } else {
      headers.emplace_back(member.key(), *text);
    }
  }
  return headers;
}

std::optional<std::vector<Millis>> decode_gaps(BodyReader& body,
                                               const engine::DeliveryDefaults& defaults) {
  if (!body.has("retry_schedule")) return {};
  if (body.is_null("retry_schedule")) return defaults.retry.gaps;
  const json::View list = body.at("retry_schedule");
  if (!list.is_array() || list.size() > kMaxGaps) {
    body.issue("/retry_schedule", "takes a list of at most 100 durations such as \"10s\"");
    return {};
  }
  std::vector<Millis> gaps;
  for (const auto item : list) {
    const auto text = item.as_string();
    const auto gap = text ? parse_duration(*text) : std::nullopt;
    if (!gap || *gap > kMaxGap) {
      body.issue("/retry_schedule/" + std::to_string(gaps.size()),
                 "takes a duration such as \"50ms\", \"10s\", \"2m\" or \"1h\", at most 30 days");
      return {};
    }
    gaps.push_back(*gap);
  }
  return gaps;
}

std::optional<std::vector<std::string>> decode_event_names(BodyReader& body) {
  if (body.has("events")) {
    const json::View list = body.at("events");
    std::vector<std::string> names;
    if (!list.is_array()) body.issue("/events", "takes a list of event names");
    for (const auto item : list) {
      if (!item.is_string()) body.issue("/events/" + std::to_string(names.size()), "takes a text");
      names.emplace_back(item.as_string().value_or(""));
    }
    return names;
  }
  const auto one = body.text("event", 1, 128);
  return one ? std::optional{std::vector{*one}} : std::nullopt;
}

template <class E>
std::optional<E> decode_word(BodyReader& body, std::string_view name,
                             std::initializer_list<E> values) {
  if (!body.has(name)) return {};
  std::string known;
  for (const E value : values) {
    if (body.at(name).as_string() == word(value)) return value;
    known += (known.empty() ? "" : ", ") + std::string{word(value)};
  }
  body.issue(pointer(name), "takes one of " + known);
  return {};
}

std::optional<int> narrow(std::optional<std::int64_t> value) {
  return value ? std::optional{static_cast<int>(*value)} : std::nullopt;
}

void decode_delivery_settings(BodyReader& body, const engine::DeliveryDefaults& defaults,
                              engine::TriggerPatch& patch) {
  patch.headers = decode_headers(body);
  patch.gaps = decode_gaps(body, defaults);
  if (body.is_null("timeout_ms")) {
    patch.timeout = defaults.timeout;
  } else if (const auto ms = body.integer("timeout_ms", 1, 120'000)) {
    patch.timeout = Millis{*ms};
  }
  if (body.is_null("jitter")) {
    patch.jitter_permille = defaults.retry.jitter_permille;
  } else if (const auto share = body.number("jitter", 0, 1)) {
    patch.jitter_permille = static_cast<int>(std::lround(*share * 1000));
  }
  patch.max_in_flight = body.is_null("max_in_flight")
                            ? std::optional{defaults.max_in_flight}
                            : narrow(body.integer("max_in_flight", 1, 1000));
  patch.rate_limit_per_s = body.is_null("rate_limit_per_s")
                               ? std::optional{0}
                               : narrow(body.integer("rate_limit_per_s", 1, 1'000'000));
  patch.format =
      body.is_null("payload_format")
          ? std::optional{PayloadFormat::flat}
          : decode_word(body, "payload_format", {PayloadFormat::flat, PayloadFormat::envelope});
  patch.signature = body.is_null("signature_scheme")
                        ? SignatureScheme::hex
                        : decode_word(body, "signature_scheme",
                                      {SignatureScheme::hex, SignatureScheme::timestamped});
}

bool is_empty(const engine::TriggerPatch& p) {
  return !p.name && !p.server_id && !p.url && !p.events && !p.headers && !p.timeout && !p.gaps &&
         !p.jitter_permille && !p.max_in_flight && !p.rate_limit_per_s && !p.format &&
         !p.signature && !p.status;
}

engine::NewEvent decode_event(BodyReader& b) {
  engine::NewEvent event;
  b.require("type");
  b.require("data");
  event.type = b.text("type", 1, 128).value_or("");
  if (!event.type.empty() && !core::is_event_name(event.type)) {
    b.issue("/type", "takes a name such as payment.confirmed");
  }
  const json::View data = b.object("data");
  if (data) event.data = data.raw();
  const auto at = b.is_null("occurred_at") ? std::nullopt : b.text("occurred_at", 1, 64);
  if (at) {
    event.occurred_at = parse_time(*at);
    if (!event.occurred_at)
      b.issue("/occurred_at", "takes an RFC 3339 time such as 2026-04-22T14:30:00Z");
  }
  event.external_reference = b.text_or_null("external_reference", 512).value_or("");
  if (event.external_reference.empty() && data) {
    const auto inside = data["external_reference"].as_string();
    if (inside && inside->size() <= 512) event.external_reference = *inside;
  }
  event.dedupe_key = b.text_or_null("id", 255).value_or("");
  return event;
}

}  // namespace

void BodyReader::issue(std::string path, std::string message) {
  constexpr std::size_t kEnough = 20;  // an answer stays small whatever was sent
  if (issues_.size() >= kEnough) return;
  issues_.push_back({std::move(path), std::move(message)});
}

void BodyReader::require(std::string_view name) {
  if (!has(name)) issue(pointer(name), "is required");
}

std::optional<std::string> BodyReader::text(std::string_view name, std::size_t min,
                                            std::size_t max) {
  const json::View value = object_[name];
  if (!value) return {};
  const auto text = value.as_string();
  if (!text || text->size() < min || text->size() > max ||
      text->find('\0') != std::string_view::npos) {
    issue(pointer(name),
          "takes a text of " + std::to_string(min) + " to " + std::to_string(max) + " bytes");
    return {};
  }
  return std::string{*text};
}

std::optional<std::string> BodyReader::text_or_null(std::string_view name, std::size_t max) {
  if (is_null(name)) return std::string{};
  return text(name, 0, max);
}

std::optional<std::int64_t> BodyReader::integer(std::string_view name, std::int64_t min,
                                                std::int64_t max) {
  const json::View value = object_[name];
  if (!value) return {};
  const auto number = value.as_int();
  if (!number || *number < min || *number > max) {
    issue(pointer(name),
          "takes a whole number from " + std::to_string(min) + " to " + std::to_string(max));
    return {};
  }
  return number;
}

std::optional<double> BodyReader::number(std::string_view name, double min, double max) {
  const json::View value = object_[name];
  if (!value) return {};
  const auto number = value.as_double();
  if (!number || !(*number >= min && *number <= max)) {
    issue(pointer(name), fmt::format("takes a number from {} to {}", min, max));
    return {};
  }
  return number;
}

std::optional<bool> BodyReader::boolean(std::string_view name) {
  const json::View value = object_[name];
  if (!value) return {};
  const auto flag = value.as_bool();
  if (!flag) issue(pointer(name), "takes true or false");
  return flag;
}

json::View BodyReader::object(std::string_view name) {
  const json::View value = object_[name];
  if (!value) return {};
  if (!value.is_object()) {
    issue(pointer(name), "takes an object");
    return {};
  }
  return value;
}

Result<void> BodyReader::result() const {
  if (issues_.empty()) return {};
  Error error = make_issue(Errc::invalid_body, issues_.front().path, issues_.front().message);
  error.issues = issues_;
  return fail(std::move(error));
}

Result<json::Document> parse_body(const Call& call) {
  MALOTE_TRY(auto document,
             json::Document::parse(call.request.body.empty() ? "{}" : call.request.body));
  if (!document.root().is_object())
    return fail(Errc::invalid_body, "the body must be a JSON object");
  return document;
}

Result<engine::TriggerPatch> decode_trigger(json::View object,
                                            const engine::DeliveryDefaults& defaults, bool create) {
  BodyReader body{object};
  engine::TriggerPatch patch;
  patch.name = body.text("name", 1, 128);
  patch.events = decode_event_names(body);
  patch.server_id = body.text_or_null("server_id", 64);
  patch.url = body.text(body.has("webhook_url") ? "webhook_url" : "url", 1, 2048);
  decode_delivery_settings(body, defaults, patch);
  if (create) {
    body.require("name");
    if (!body.has("event") && !body.has("events")) body.issue("/event", "is required");
    if (!body.has("webhook_url") && !body.has("url")) body.issue("/webhook_url", "is required");
  } else {
    patch.status = decode_word(body, "status", {TriggerStatus::active, TriggerStatus::paused});
  }
  MALOTE_CHECK_OK(body.result());
  if (!create && is_empty(patch)) {
    return fail(Errc::invalid_body, "the patch is empty; send at least one member to change");
  }
  return patch;
}

Result<std::vector<engine::NewEvent>> decode_events(json::View root) {
  std::vector<engine::NewEvent> events;
  const json::View list = root["events"];
  if (!list) {
    BodyReader body{root};
    events.push_back(decode_event(body));
    MALOTE_CHECK_OK(body.result());
  } else {
    if (!list.is_array() || list.size() == 0 || list.size() > engine::kMaxPublished) {
      return fail(make_issue(Errc::invalid_body, "/events", "takes a list of 1 to 1000 events"));
    }
    for (const auto entry : list) {
      const std::string prefix = "/events/" + std::to_string(events.size());
      if (!entry.is_object())
        return fail(make_issue(Errc::invalid_body, prefix, "takes an object"));
      BodyReader body{entry};
      events.push_back(decode_event(body));
      if (auto result = body.result(); !result) {
        Error error = result.error();
        for (auto& issue : error.issues) issue.path.insert(0, prefix);
        error.message.insert(0, prefix);
        return fail(std::move(error));
      }
    }
  }
  return events;
}

std::string cursor_of(std::int64_t key) { return key_text("", key); }

Result<void> decode_cursor(std::string_view text, Page& page) {
  if (text.empty()) return {};
  const auto dot = text.find('.');  // "<time>.<key>" where a list is ordered by time
  const bool timed = dot != std::string_view::npos;
  const auto key = parse_key("", timed ? text.substr(dot + 1) : text);
  const auto at = timed ? parse_key("", text.substr(0, dot)) : std::optional<std::int64_t>{0};
  if (!key || !at)
    return fail(make_issue(Errc::invalid_query, "before", "is not a next_before of this list"));
  page.before = *key;
  page.before_at = from_ms(*at);
  return {};
}

Result<Page> decode_page(const Call& call, int max) {
  Page page;
  const std::string limit = call.query_text("limit");
  const auto [end, error] = std::from_chars(limit.data(), limit.data() + limit.size(), page.limit);
  if (error != std::errc{} || end != limit.data() + limit.size()) page.limit = 50;
  page.limit = std::clamp(page.limit, 1, max);
  MALOTE_CHECK_OK(decode_cursor(call.query_text("before"), page));
  return page;
}

std::optional<Timestamp> parse_bound(std::string_view text) {
  const auto at = parse_time(text, std::chrono::minutes{0});
  if (!at || *at < Timestamp{}) return {};
  return std::max(*at, Timestamp{Millis{1}});
}

Result<Timestamp> decode_time(const Call& call, std::string_view name) {
  const std::string text = call.query_text(name);
  if (text.empty()) return Timestamp{};
  const auto at = parse_bound(text);
  if (!at) {
    return fail(make_issue(Errc::invalid_query, std::string{name}, "takes an RFC 3339 time"));
  }
  return *at;
}

}  // namespace malote::api
