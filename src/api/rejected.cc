// Refused requests of a connection: looked at, explained, and taken in after the fault was mended;
// and the connection's health.
#include <algorithm>

#include "api/codec.h"
#include "api/decode.h"
#include "api/problem.h"
#include "base/bytes.h"
#include "engine/explain.h"
#include "engine/intake.h"

namespace malote::api {

namespace {

void write_rejected(json::Writer& w, const engine::Rejected& rejected) {
  w.field("id", rejected.id);
  write_time(w, "received_at", rejected.at);
  w.field("reason", rejected.reason).field_or_null("hint", std::string_view{rejected.hint});
  w.key("request").raw(rejected.head);
  const bool text = is_valid_utf8(rejected.shown_body);
  w.field("body", text ? rejected.shown_body : base64_encode(rejected.shown_body));
  w.field("body_encoding", text ? "utf8" : "base64");
}

void write_explanation(json::Writer& w, const providers::Explanation& explanation) {
  w.field("verdict", explanation.proven ? "accepted" : "refused");
  w.field_or_null("reason", std::string_view{explanation.reason});
  w.field_or_null("hint", std::string_view{explanation.hint}).key("findings").array();
  for (const auto& finding : explanation.findings) {
    w.object().field("code", finding.code).field("message", finding.message).end();
  }
  w.end();
}

/// {"a": "b"}, a header or parameter given several times as a list, or pairs [["a", "b"], …].
std::vector<std::pair<std::string, std::string>> read_pairs(json::View value) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const auto member : value) {
    if (value.is_array()) {
      pairs.emplace_back(member.at(0).as_text().value_or(""), member.at(1).as_text().value_or(""));
    } else if (member.is_array()) {
      for (const auto one : member) pairs.emplace_back(member.key(), one.as_text().value_or(""));
    } else {
      pairs.emplace_back(member.key(), member.as_text().value_or(""));
    }
  }
  return pairs;
}

/// A misspelt member would be passed over, and the answer would be about another request.
Result<void> check_description(json::View root) {
  constexpr std::string_view kNames[] = {"method",      "headers",   "query", "body",
                                         "body_base64", "remote_ip", "at"};
  for (const auto member : root) {
    const std::string_view name = member.key();
    if (std::ranges::find(kNames, name) == std::end(kNames)) {
      return fail(make_issue(Errc::invalid_body, "/" + std::string{name},
                             "is not known: method, headers, query, body, body_base64, remote_ip "
                             "and at are"));
    }
    const bool pairs = name == "headers" || name == "query";
    if (pairs ? !member.is_object() && !member.is_array() : !member.is_string()) {
      return fail(make_issue(Errc::invalid_body, "/" + std::string{name},
                             pairs            ? "takes an object, or a list of pairs"
                             : name == "body" ? "takes the body's exact text; or give body_base64"
                                              : "takes a text"));
    }
  }
  return {};
}

Result<providers::RawRequest> read_request(json::View root) {
  MALOTE_CHECK_OK(check_description(root));
  providers::RawRequest request{.method = std::string{root["method"].as_string().value_or("POST")},
                                .headers = read_pairs(root["headers"]),
                                .query = read_pairs(root["query"]),
                                .body = std::string{root["body"].as_string().value_or("")}};
  request.remote_ip = root["remote_ip"].as_string().value_or("");
  if (const auto encoded = root["body_base64"].as_string()) {
    auto bytes = base64_decode(*encoded);
    if (!bytes) return fail(make_issue(Errc::invalid_body, "/body_base64", "is not base64"));
    request.body = std::move(*bytes);
  }
  return request;
}

void write_health(json::Writer& w, const Call& call, const Connection& connection) {
  const auto health = call.api.intake.quarantine().health(connection.id);
  w.object().field("connection_id", connection.id).field("status", word(connection.status));
  w.field("received", health.received).field("refused", health.refused);
  write_time(w, "last_received_at", health.last_received_at);
  write_time(w, "last_refused_at", health.last_refused_at);
  w.field_or_null("last_refused_reason", std::string_view{health.last_reason});
  write_time(w, "counted_since", call.api.intake.quarantine().since());
  w.field("webhook_secret_set", !connection.sealed_webhook_secret.empty());
  write_time(w, "webhook_secret_set_at", connection.webhook_secret_set_at);
  write_time(w, "previous_secret_until", connection.previous_until);
  write_time(w, "expires_at", connection.expires_at);
  w.end();
}

}  // namespace

Result<Response> list_rejected(const Call& call, const ReadTx& tx) {
  MALOTE_TRY(const auto connection, call.api.connections.get(tx, call.project(), call.param(0)));
  std::vector<std::string> items;
  for (const auto& rejected : call.api.intake.quarantine().list(connection.id)) {
    json::Writer w;
    write_rejected(w.object(), rejected);
    items.push_back(std::move(w.end()).text());
  }
  return list_response("rejected", items, "");
}

Result<Response> get_rejected(const Call& call, const ReadTx& tx) {
  MALOTE_TRY(const auto connection, call.api.connections.get(tx, call.project(), call.param(0)));
  const auto rejected = call.api.intake.quarantine().find(connection.id, call.param(1));
  if (!rejected) return fail(Errc::not_found, "no such refused request; the last few are kept");
  MALOTE_TRY(const auto explanation,
             engine::explain_request(call.api.context, tx, connection, rejected->request,
                                     rejected->at, call.api.intake.documents()));
  json::Writer w;
  write_rejected(w.object(), *rejected);
  write_explanation(w.key("explanation").object(), explanation);
  return json_response(200, std::move(w.end().end()));
}

/// Direct: the request goes the way of one that has just come.
void accept_rejected(Call call, Respond respond) {
  const auto rejected = call.api.intake.quarantine().find(call.param(0), call.param(1));
  if (!rejected || rejected->project != call.project()) {
    return respond(
        problem(make_error(Errc::not_found, "no such refused request"), call.request_id));
  }
  call.api.intake.accept_rejected(
      call.param(0), call.param(1),
      [id = call.request_id, respond = std::move(respond)](const engine::IntakeAnswer& answer) {
        using Kind = engine::IntakeAnswer::Kind;
        if (answer.kind == Kind::failed) return respond(problem(answer.error, id));
        const bool taken = !engine::is_refusal(answer.kind);
        json::Writer w;
        w.object().field("accepted", taken).field("outcome", word(answer.kind));
        w.field_or_null("reason", std::string_view{answer.reason});
        respond(identified(json_response(taken ? 200 : 409, std::move(w.end())), id));
      });
}

Result<Response> explain_webhook(const Call& call, const ReadTx& tx) {
  MALOTE_TRY(const auto connection, call.api.connections.get(tx, call.project(), call.param(0)));
  MALOTE_TRY(const auto document, parse_body(call));
  MALOTE_TRY(const auto request, read_request(document.root()));
  Timestamp at = call.api.context.clock.now();
  if (const auto text = document.root()["at"].as_string()) {
    const auto given = parse_time(*text);
    if (!given) return fail(make_issue(Errc::invalid_body, "/at", "takes a time in RFC 3339"));
    at = *given;
  }
  MALOTE_TRY(const auto explanation,
             engine::explain_request(call.api.context, tx, connection, request, at,
                                     call.api.intake.documents()));
  json::Writer w;
  write_explanation(w.object(), explanation);
  return json_response(200, std::move(w.end()));
}

Result<Response> get_connection_health(const Call& call, const ReadTx& tx) {
  MALOTE_TRY(const auto connection, call.api.connections.get(tx, call.project(), call.param(0)));
  json::Writer w;
  write_health(w, call, connection);
  return json_response(200, std::move(w));
}

Result<Response> list_providers(const Call& call, const ReadTx&) {
  std::vector<std::string> items;
  for (const auto& [id, pack] : call.api.context.registry.packs()) {
    json::Writer w;
    w.object().field("id", id).field("label", pack->label).field("category", pack->category);
    w.key("countries").array();
    for (const auto& country : pack->countries) w.string(country);
    w.end().field("default_scheme", pack->default_scheme).key("schemes").array();
    for (const auto& [name, ignored] : pack->schemes) w.string(name);
    w.end().key("events").array();
    for (const auto& type : pack->event_types()) w.string(type);
    w.end().field("evidence", pack->evidence);
    items.push_back(std::move(w.end()).text());
  }
  return list_response("providers", items, "");
}

}  // namespace malote::api
