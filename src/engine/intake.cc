#include "engine/intake.h"

#include <algorithm>
#include <memory>

#include "base/bytes.h"
#include "base/json_writer.h"

namespace malote::engine {

namespace {

using Kind = IntakeAnswer::Kind;

constexpr std::string_view kRedacted = "[redacted]";
constexpr std::string_view kNotText = "(not text)";

/// A header that proves or carries a secret; signatures prove something but give nothing away.
bool is_secret_header(std::string_view name, const LiveConnection& live) {
  if (equals_ignore_case(name, "authorization") || equals_ignore_case(name, "cookie")) return true;
  const bool token = live.scheme.kind == providers::SchemeKind::shared_secret;
  if (token && equals_ignore_case(name, live.scheme.header)) return true;
  return std::ranges::any_of(live.pack->redact_headers, [&](const std::string& secret) {
    return equals_ignore_case(name, secret);
  });
}

bool is_secret_parameter(std::string_view name, const LiveConnection& live) {
  return live.scheme.kind == providers::SchemeKind::url_token && name == live.scheme.query;
}

std::string_view text_or_note(std::string_view text) {
  return is_valid_utf8(text) ? text : kNotText;
}

/// A provider's event name as part of a type: it becomes a header's value, so nothing but
/// harmless characters, and not too many of them.
std::string type_part(std::string_view name) {
  constexpr std::size_t kMax = 100;
  std::string part{name.substr(0, kMax)};
  for (char& c : part) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '.' || c == '_' || c == '-' || c == ':';
    if (!plain) c = '_';
  }
  return part.empty() ? "unknown" : part;
}

Event event_of(const Context& context, const LiveConnection& live, const providers::Draft& draft,
               Timestamp now) {
  Event event{
      .project = live.row.project,
      .source = live.row.server_id,
      .connection = live.row.no,
      .occurred_at = draft.occurred_at.value_or(now),
      .received_at = now,
      .livemode = draft.livemode.value_or(live.livemode),
      .integrity = live.scheme.signs_body() ? Integrity::signed_body : Integrity::unsigned_body,
      .external_reference = draft.field("external_reference"),
      .dedupe_key = draft.dedupe_key};
  const auto* type = context.catalogue.find(draft.type);
  event.type = draft.type;
  if (event.type.empty()) {
    event.type = "provider." + live.row.server_id + "." + type_part(draft.provider_event);
  }
  event.data = providers::data_of(draft, live.row.server_id, type ? type->subject : "id");
  return event;
}

bool has_credentials(const LiveConnection& live, const std::string& credential) {
  return live.credentials.contains(credential) || live.credentials.contains("api_key");
}

/// Is the event stored under this fact key the one with this provider id?
bool is_same_occurrence(Tx& tx, const Event& event, const std::string& fact_key) {
  const auto key = tx.event_by_dedupe(event.project, event.connection, fact_key);
  const auto stored = key ? tx.event(*key) : std::nullopt;
  if (!stored) return false;
  const auto data = json::Document::parse(stored->data);
  return data && data->root()["provider_event_id"].as_string() == event.dedupe_key;
}

/// Whether this very request has been stored before. A fact key may have taken the id's place, so
/// both are looked up.
bool is_duplicate(Tx& tx, const Prepared& prepared) {
  for (std::size_t i = 0; i < prepared.events.size(); ++i) {
    const Event& event = prepared.events[i];
    if (tx.event_by_dedupe(event.project, event.connection, event.dedupe_key)) continue;
    const std::string& fact = prepared.fact_keys[i];
    if (!fact.empty() && is_same_occurrence(tx, event, fact)) continue;
    return false;
  }
  return !prepared.events.empty();
}

}  // namespace

std::string_view word(Kind kind) {
  switch (kind) {
    case Kind::accepted: return "accepted";
    case Kind::duplicate: return "duplicate";
    case Kind::ignored: return "ignored";
    case Kind::probe: return "probe";
    case Kind::refused: return "refused";
    case Kind::failed: return "failed";
  }
  return "";
}

int store_events(const Context& context, Tx& tx, Effects& effects, const Prepared& prepared,
                 std::string& note) {
  int stored = 0;
  for (std::size_t i = 0; i < prepared.events.size(); ++i) {
    Event event = prepared.events[i];
    const std::string& fact = prepared.fact_keys[i];
    if (tx.event_by_dedupe(event.project, event.connection, event.dedupe_key)) continue;
    if (!fact.empty()) {
      if (tx.event_by_dedupe(event.project, event.connection, fact)) {
        note = "already_emitted";
        continue;
      }
      event.dedupe_key = fact;
    }
    append_and_fan_out(context, tx, effects, event, prepared.now);
    ++stored;
  }
  return stored;
}

std::string encode_head(const providers::RawRequest& request, const LiveConnection& live) {
  json::Writer w;
  const auto pair = [&](std::string_view name, std::string_view value, bool secret) {
    w.array().string(text_or_note(name)).string(secret ? kRedacted : text_or_note(value)).end();
  };
  w.object().field("method", text_or_note(request.method)).key("query").array();
  for (const auto& [name, value] : request.query)
    pair(name, value, is_secret_parameter(name, live));
  w.end().key("headers").array();
  for (const auto& [name, value] : request.headers) pair(name, value, is_secret_header(name, live));
  w.end().field("remote_ip", request.remote_ip);
  return std::move(w.end()).text();
}

providers::RawRequest decode_receipt(const Receipt& receipt) {
  providers::RawRequest request;
  request.body = receipt.body;
  const auto head = json::Document::parse(receipt.head);
  if (!head) return request;
  const auto pairs = [](json::View list, auto& out) {
    for (const auto pair : list) {
      out.emplace_back(pair.at(0).as_string().value_or(""), pair.at(1).as_string().value_or(""));
    }
  };
  request.method = head->root()["method"].as_string().value_or("POST");
  pairs(head->root()["query"], request.query);
  pairs(head->root()["headers"], request.headers);
  request.remote_ip = head->root()["remote_ip"].as_string().value_or("");
  return request;
}

Prepared prepare(const Context& context, const LiveConnection& live,
                 const providers::RawRequest& request, json::View fetched, Timestamp now) {
  Prepared prepared;
  prepared.now = now;
  prepared.receipt = {.project = live.row.project,
                      .connection = live.row.no,
                      .received_at = now,
                      .head = encode_head(request, live),
                      .body = request.body};
  const auto document = json::Document::parse(request.body);
  if (!document || !document->root().is_object()) {
    prepared.receipt.note = "malformed_body";
    return prepared;
  }
  const providers::CanonicalName canonical =
      [&](std::string_view name) -> std::optional<std::string> {
    const auto* type = context.catalogue.find(name);
    return type ? std::optional{type->name} : std::nullopt;
  };
  const providers::Sources sources{request, document->root()};
  auto mapped = providers::map_request({.pack = *live.pack,
                                        .request = request,
                                        .body = document->root(),
                                        .fetched = fetched,
                                        .custom_map = live.metadata.root()["webhook_map"],
                                        .canonical = canonical});
  prepared.receipt.note = mapped.note;
  if (!mapped.note.empty()) return prepared;
  if (!fetched) {
    const auto plan = providers::plan_fetch(*live.pack, sources, live.scheme.signs_body());
    prepared.wants_fetch = plan && has_credentials(live, plan->credential);
  }
  for (const auto& draft : mapped.drafts) {
    prepared.events.push_back(event_of(context, live, draft, now));
    prepared.fact_keys.push_back(draft.fact_key);
  }
  return prepared;
}

void Intake::accept(std::string_view server_id, std::string_view connection_id,
                    providers::RawRequest request, std::function<void(IntakeAnswer)> done) {
  const auto live = connections_.find(server_id, connection_id);
  if (!live) return done({Kind::failed, {}, live.error()});
  const Timestamp now = context_.clock.now();
  const auto& probes = (*live)->pack->probe_methods;
  if (request.method != "POST") {
    const bool probe = request.method == "GET" || request.method == "HEAD" ||
                       std::ranges::find(probes, request.method) != probes.end();
    if (probe) return done({Kind::probe, "probe", {}});
  }
  const auto verdict = providers::verify((*live)->scheme, request, (*live)->secrets, now);
  if (!verdict) return done({Kind::refused, std::string{word(verdict.refusal)}, {}});
  auto prepared = std::make_shared<Prepared>(prepare(context_, **live, request, {}, now));
  if ((*live)->strict_body && prepared->receipt.note == (*live)->pack->mismatch &&
      !prepared->receipt.note.empty()) {
    return done({Kind::refused, prepared->receipt.note, {}});
  }
  const auto answer = std::make_shared<IntakeAnswer>();
  commit(
      context_,
      [this, prepared, answer, now](Tx& tx, Effects& effects) -> Result<void> {
        *answer = {Kind::accepted, {}, {}};
        if (is_duplicate(tx, *prepared)) {
          answer->kind = Kind::duplicate;
          return {};
        }
        Receipt receipt = prepared->receipt;
        if (prepared->wants_fetch) {
          // Deleted since it was found: its lane is gone, and nobody would ever work on the fetch.
          if (!tx.connection(receipt.connection)) return fail(Errc::not_found, "it is gone");
          receipt.note = "fetch_pending";
        }
        tx.append_receipt(receipt, now);
        if (prepared->wants_fetch) {
          tx.put_fetch({.receipt = receipt.key, .connection = receipt.connection, .due_at = now});
          effects.due.push_back({lane_of(receipt.connection), now});
          return {};
        }
        Prepared events = *prepared;
        for (Event& event : events.events) event.receipt = receipt.key;
        std::string note = receipt.note;
        const int stored = store_events(context_, tx, effects, events, note);
        if (note != receipt.note) tx.set_receipt_note(receipt.key, note);
        if (stored == 0) *answer = {Kind::ignored, note, {}};
        return {};
      },
      [answer, done = std::move(done)](Result<void> result) {
        if (!result) return done({Kind::failed, {}, result.error()});
        done(*answer);
      });
}

}  // namespace malote::engine
