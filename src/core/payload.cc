#include "core/payload.h"

#include "base/check.h"
#include "base/json.h"
#include "base/json_writer.h"

namespace malote::core {

namespace {

void append_member(std::string& out, std::string_view name, std::string_view value) {
  out += ",\"";
  out += name;
  out += "\":";
  json::append_string(out, value);
}

/// The members that stand above data; a member of data with one of these names is not copied up.
constexpr std::string_view kReserved[] = {"id",         "type",        "event",      "source",
                                          "server_id",  "occurred_at", "created_at", "livemode",
                                          "trigger_id", "data"};

bool is_reserved(std::string_view name) {
  for (const auto reserved : kReserved) {
    if (name == reserved) return true;
  }
  return false;
}

void append_copies(std::string& out, json::View data) {
  if (!data.is_object()) return;
  for (const auto member : data) {
    if (is_reserved(member.key())) continue;
    out += ',';
    json::append_string(out, member.key());
    out += ':';
    out += member.raw();
  }
}

std::string body_v1(const Event& event, std::string_view trigger_id, PayloadFormat format) {
  std::string out;
  out.reserve(event.data.size() * (format == PayloadFormat::flat ? 2 : 1) + 400);
  out += "{\"id\":\"" + text_of(event.key) + '"';
  append_member(out, "type", event.type);
  append_member(out, "event", event.type);
  append_member(out, "source", event.source);
  append_member(out, "server_id", event.source);
  out += ",\"occurred_at\":\"";
  append_rfc3339(out, event.occurred_at);
  out += "\",\"created_at\":\"";
  append_rfc3339(out, event.received_at);
  out += "\",\"livemode\":";
  out += event.livemode ? "true" : "false";
  append_member(out, "trigger_id", trigger_id);
  // A stored row must never stop the gateway or make it send what is not JSON.
  const auto data = json::Document::parse(event.data);
  out += ",\"data\":";
  out += data ? std::string_view{event.data} : "null";
  if (data && format == PayloadFormat::flat) append_copies(out, data->root());
  out += '}';
  return out;
}

}  // namespace

std::string delivery_body(int version, const Event& event, std::string_view trigger_id,
                          PayloadFormat format) {
  MALOTE_CHECK(version == 1, "deliveries are bound to a body version this build knows");
  return body_v1(event, trigger_id, format);
}

}  // namespace malote::core
