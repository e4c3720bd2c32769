#include "engine/intake.h"

#include <algorithm>
#include <memory>

#include "base/bytes.h"
#include "base/json_writer.h"
#include "engine/fetch_back.h"
#include "providers/body.h"

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
  const auto& scheme = live.scheme;
  if (scheme.kind == providers::SchemeKind::url_token && name == scheme.query) return true;
  if (!scheme.fallback_query.empty() && name == scheme.fallback_query) return true;
  return live.pack->handshake.token == "query:" + std::string{name};
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
  if (type) {
    event.type = type->name;
  } else {  // known to nobody, or promised by a pack that lint would have found wrong
    event.type = "provider." + live.row.server_id + "." + type_part(draft.provider_event);
  }
  event.data = providers::data_of(draft, live.row.server_id, type ? type->subject : "id");
  return event;
}

/// What every reader of an event may count on; a mapping that breaks it must not reach the store.
bool is_deliverable(const Event& event) {
  const auto data = json::Document::parse(event.data);
  return data && data->root().is_object();
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
    case Kind::handshake: return "handshake";
    case Kind::refused:
    case Kind::forbidden: return "refused";
    case Kind::failed: return "failed";
  }
  return "";
}

bool is_refusal(Kind kind) { return kind == Kind::refused || kind == Kind::forbidden; }

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

/// Replaces each occurrence; says whether there was one.
bool replace_all(std::string& text, std::string_view what, std::string_view instead) {
  bool found = false;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
    text.replace(at, what.size(), instead);
    at += instead.size();
    found = true;
  }
  return found;
}

std::string redacted_body(const providers::Pack& pack, const providers::RawRequest& request) {
  if (pack.redact_body.empty()) return request.body;
  const auto document = providers::read_body(request);
  if (!document) return std::string{kRedacted};  // nobody knows where the secret stands
  const std::string instead = "\"" + std::string{kRedacted} + "\"";
  std::string kept = request.body;
  for (const auto& path : pack.redact_body) {
    const auto secret = document->root().pointer(path).raw();
    if (secret.size() <= 2) continue;
    // Not as it is read: in a form, or with half a surrogate pair in it.
    if (!replace_all(kept, secret, instead)) return std::string{kRedacted};
  }
  return kept;
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
                 const providers::RawRequest& request, const std::optional<std::string>& payload,
                 const Fetched& fetched, Timestamp now) {
  const providers::CanonicalName canonical =
      [&](std::string_view name) -> std::optional<std::string> {
    const auto* type = context.catalogue.find(name);
    return type ? std::optional{type->name} : std::nullopt;
  };
  auto facts = providers::facts_of({.pack = *live.pack,
                                    .request = request,
                                    .payload = payload,
                                    .metadata = live.metadata.root(),
                                    .fetched = fetched.resource},
                                   live.scheme.signs_body(), canonical);
  Prepared prepared;
  prepared.now = now;
  prepared.receipt = {.project = live.row.project,
                      .connection = live.row.no,
                      .received_at = now,
                      .head = encode_head(request, live),
                      .body = redacted_body(*live.pack, request),
                      .note = facts.mapped.note};
  if (!facts.mapped.note.empty()) return prepared;
  prepared.wants_fetch = facts.fetch && can_fetch(live, *facts.fetch);
  const std::string trace = trace_of(request.headers);
  for (auto& draft : facts.mapped.drafts) {
    if (fetched.failed) draft.type = draft.fact_key = "";
    Event event = event_of(context, live, draft, now);
    if (!is_deliverable(event)) {
      prepared.receipt.note = "unmappable";
      continue;
    }
    event.trace = trace;
    prepared.events.push_back(std::move(event));
    prepared.fact_keys.push_back(draft.fact_key);
  }
  return prepared;
}

void Intake::accept(std::string_view server_id, std::string_view connection_id,
                    providers::RawRequest request, Done done) {
  const auto live = connections_.find(server_id, connection_id);
  if (!live) return done({.kind = Kind::failed, .error = live.error()});
  judge({.live = *live, .request = std::move(request), .at = context_.clock.now()}, true,
        std::move(done));
}

void Intake::judge(Pending pending, bool may_fetch, Done done) {
  const auto& [live, request, at, kept] = pending;
  const auto documents = [this](std::string_view url) { return documents_.find(url); };
  const auto judgement =
      providers::judge(*live->pack, live->scheme, request, live->secrets, at, documents);
  using Judged = providers::Judgement::Kind;
  switch (judgement.kind) {
    case Judged::proven: return store(std::move(pending), judgement.verdict, std::move(done));
    case Judged::probe:
      return done({.kind = Kind::probe,
                   .reason = judgement.reason,
                   .body = live->pack->response.body,
                   .content_type = live->pack->response.content_type});
    case Judged::handshake:
      return done({.kind = Kind::handshake,
                   .reason = judgement.reason,
                   .body = judgement.answer,
                   .content_type = "text/plain"});
    case Judged::refused: break;
  }
  const std::string& url = judgement.verdict.wanted_url;
  if (!may_fetch || url.empty() || !documents_.may_fetch(url)) {
    keep(std::move(pending), judgement.reason, judgement.verdict.hint);
    return done({.kind = judgement.forbidden ? Kind::forbidden : Kind::refused,
                 .reason = judgement.reason});
  }
  const auto shared = std::make_shared<Pending>(std::move(pending));
  documents_.fetch(
      url, [this, shared, done = std::move(done)] { judge(std::move(*shared), false, done); });
}

/// What was looked at again is kept already.
void Intake::keep(Pending pending, const std::string& reason, const std::string& hint) {
  if (pending.kept) return;
  quarantine_.keep(*pending.live, std::move(pending.request), pending.at, reason, hint);
}

void Intake::accept_rejected(std::string_view connection_id, std::string_view rejected_id,
                             Done done) {
  auto rejected = quarantine_.find(connection_id, rejected_id);
  if (!rejected)
    return done(
        {.kind = Kind::failed, .error = make_error(Errc::not_found, "no such refused request")});
  const auto live = connections_.find(rejected->server_id, connection_id);
  if (!live) return done({.kind = Kind::failed, .error = live.error()});
  const auto release = [this, connection = std::string{connection_id},
                        id = std::string{rejected_id},
                        done = std::move(done)](IntakeAnswer answer) {
    const bool taken = !is_refusal(answer.kind) && answer.kind != Kind::failed;
    if (taken) quarantine_.drop(connection, id);
    done(std::move(answer));
  };
  judge({.live = *live, .request = std::move(rejected->request), .at = rejected->at, .kept = true},
        true, release);
}

void Intake::store(Pending pending, const providers::Verdict& proof, Done done) {
  const Timestamp now = context_.clock.now();
  const Live live = pending.live;
  auto prepared =
      std::make_shared<Prepared>(prepare(context_, *live, pending.request, proof.payload, {}, now));
  const std::string note = prepared->receipt.note;
  if (live->strict_body && !note.empty() && note == live->pack->mismatch) {
    keep(std::move(pending), note, "webhook_auth.strict_body refuses what does not agree");
    return done({.kind = Kind::refused, .reason = note});
  }
  const auto answer = std::make_shared<IntakeAnswer>();
  commit(
      context_,
      [this, prepared, answer, now](Tx& tx, Effects& effects) -> Result<void> {
        *answer = {.kind = Kind::accepted};
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
        std::string stored_note = receipt.note;
        const int stored = store_events(context_, tx, effects, events, stored_note);
        if (stored_note != receipt.note) tx.set_receipt_note(receipt.key, stored_note);
        if (stored == 0) *answer = {.kind = Kind::ignored, .reason = stored_note};
        return {};
      },
      [this, live, answer, done = std::move(done)](Result<void> result) {
        if (!result) return done({.kind = Kind::failed, .error = result.error()});
        quarantine_.count_received(*live, context_.clock.now());
        answer->body = live->pack->response.body;
        answer->content_type = live->pack->response.content_type;
        done(*answer);
      });
}

}  // namespace malote::engine
