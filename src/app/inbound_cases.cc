#include "app/inbound_cases.h"

#include <map>
#include <utility>

#include "base/bytes.h"
#include "base/json_writer.h"

namespace malote::app {

namespace {

constexpr std::pair<std::string_view, std::string_view> kReasons[] = {
    {"missing_header", "missing_header"},
    {"malformed_header", "malformed_header"},
    {"no_matching_signature", "signature_mismatch"},
    {"timestamp_too_old", "timestamp_out_of_tolerance"},
    {"timestamp_too_new", "timestamp_out_of_tolerance"},
    {"no_secret", "no_secret"}};

std::string text_of(json::View value) { return std::string{value.as_text().value_or("")}; }

/// "body:/x" and "header:X" as the paths of a pack.
std::string path_of(json::View place) {
  constexpr std::string_view kBody = "body:";
  const std::string text = text_of(place);
  return text.starts_with(kBody) ? text.substr(kBody.size()) : text;
}

void write_paths(json::Writer& w, std::string_view name, json::View places) {
  w.key(name).array();
  for (const auto place : places) w.string(path_of(place));
  w.end();
}

std::string signed_template(json::View profile) {
  std::string text;
  for (const auto piece : profile["signed"]) {
    const std::string word = text_of(piece);
    if (word == "body") {
      text += "{body}";
    } else if (word == "ts") {
      text += "{timestamp}";
    } else if (word == "id") {
      text += "{header:" + text_of(profile["id"]["header"]) + "}";
    } else {
      text += word;
    }
  }
  return text;
}

void write_carrier(json::Writer& w, json::View profile) {
  const std::string format = text_of(profile["header_format"]);
  w.field("header", text_of(profile["signature_header"]));
  if (format == "v1-space-list") w.field("carrier", "versions").field("separator", " ");
  if (format == "t-v1-comma") w.field("carrier", "pairs").field("separator", ",");
  if (format == "t-v1-space") w.field("carrier", "pairs").field("separator", " ");
  if (const auto prefix = profile["lenient_prefix"].as_string())
    w.field("prefix", *prefix).field("prefix_optional", true);
}

/// An unsigned time proves nothing, so it is judged only where the case asks for it.
void write_time(json::Writer& w, json::View profile, json::View options, json::View defaults) {
  const json::View time = profile["timestamp"];
  const bool is_signed = time["signed"].as_bool().value_or(false);
  const bool enforced = options["enforce_unsigned_timestamp"].as_bool().value_or(false);
  if (!is_signed && !enforced) return;
  if (const auto header = time["header"].as_string()) w.field("timestamp_header", *header);
  w.field("timestamp_format", text_of(time["format"]) == "rfc3339" ? "rfc3339" : "unix");
  const json::View tolerance = options["tolerance"] ? options["tolerance"] : defaults["tolerance"];
  w.key("tolerance_seconds").raw(tolerance.raw());
}

void write_auth(json::Writer& w, json::View profile, json::View options, json::View defaults) {
  const bool whsec = text_of(profile["secret_encoding"]) == "whsec-base64";
  w.key("options").object().field("scheme", "signature");
  w.field("encoding", text_of(profile["encoding"]));
  w.field("secret_encoding", whsec ? "whsec" : "utf8");
  w.field("signed", signed_template(profile)).field("unknown_keys_mismatch", true);
  write_carrier(w, profile);
  write_time(w, profile, options, defaults);
  w.end();
}

void write_headers(json::Writer& w, json::View headers) {
  std::vector<std::pair<std::string, std::vector<std::string>>> grouped;
  for (const auto pair : headers) {
    const std::string name = text_of(pair.at(0));
    auto at = grouped.begin();
    while (at != grouped.end() && at->first != name) ++at;
    if (at == grouped.end()) at = grouped.insert(at, {name, {}});
    at->second.push_back(text_of(pair.at(1)));
  }
  w.key("headers").object();
  for (const auto& [name, values] : grouped) {
    w.key(name).array();
    for (const auto& value : values) w.string(value);
    w.end();
  }
  w.end();
}

}  // namespace

std::optional<std::string> vector_of_case(json::View profiles, json::View receiver_case,
                                          json::View defaults) {
  const std::string verify = text_of(receiver_case["expect"]["verify"]);
  std::string_view reason;
  for (const auto& [word, ours] : kReasons) {
    if (word == verify) reason = ours;
  }
  const bool accepted = verify == "ok" || verify == "invalid_payload";
  if (!accepted && reason.empty()) return {};
  const json::View profile = profiles[text_of(receiver_case["profile"])];
  const json::View request = receiver_case["request"];
  const json::View body = request["body"];
  json::Writer w;
  w.object().field("id", text_of(receiver_case["id"])).field("server_id", "custom");
  w.field("scheme", "signature").key("secret").array();
  for (const auto secret : receiver_case["secrets"]) w.string(text_of(secret["value"]));
  w.end();
  write_auth(w, profile, receiver_case["options"], defaults);
  w.key("webhook_map").object();
  write_paths(w, "name", profile["type"]);
  write_paths(w, "id", profile["event_id"]);
  w.end().field("method", text_of(request["method"]));
  write_headers(w, request["headers"]);
  w.key("query").object().end();
  w.field("body_base64", body["b64"] ? text_of(body["b64"]) : base64_encode(text_of(body["utf8"])));
  w.key("now_unix").raw(receiver_case["now"].raw()).field("valid", accepted);
  if (!accepted) w.field("reject_reason", reason);
  if (verify == "invalid_payload") w.field("expected_note", "malformed_body");
  const json::View event = receiver_case["expect"]["event"];
  if (event["type"]) w.key("expected_provider_event").raw(event["type"].raw());
  if (event["event_id"]) w.key("expected_provider_event_id").raw(event["event_id"].raw());
  const json::View matched = receiver_case["expect"]["matched_secret"];
  if (matched.is_number()) w.key("matched_secret").raw(matched.raw());
  return std::move(w.end()).text();
}

}  // namespace malote::app
