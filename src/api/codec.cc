#include "api/codec.h"

#include <algorithm>

#include "api/problem.h"
#include "engine/deliver.h"
#include "engine/intake.h"

namespace malote::api {

namespace {

constexpr int kPendingSeen = 100'000;  // of one trigger's backlog

std::string_view environment(bool livemode) { return livemode ? "live" : "test"; }

void write_status(json::Writer& w, std::string_view name, int status) {
  if (status > 0) {
    w.field(name, status);
  } else {
    w.key(name).null();
  }
}

/// The waiting delivery's reason, in words a person can act on.
std::string_view reason_of(const Delivery& delivery, const Trigger& trigger) {
  if (is_finished(delivery.state)) return {};
  if (trigger.status == TriggerStatus::paused) return "trigger_paused";
  if (trigger.status == TriggerStatus::error) return "trigger_error";
  return delivery.state == DeliveryState::failed ? "waiting_for_retry" : "queued";
}

/// An object with the members of another one, if there is one.
std::string joined(std::string object, std::string_view more) {
  if (more.empty()) return object;
  object.back() = ',';
  object.append(more.substr(1));
  return object;
}

std::string provider_event_id(const Event& event) {
  if (!event.connection) return event.dedupe_key;
  const auto data = json::Document::parse(event.data);
  if (!data) return {};
  const json::View id = data->root()["provider_event_id"];
  if (!id) return event.dedupe_key;  // the sender's data as it came: its id is the dedupe key
  return std::string{id.as_string().value_or("")};
}

/// How it does: its failures, and what waits.
void write_health(json::Writer& w, const ReadTx& tx, const Trigger& trigger) {
  const Backlog backlog = tx.backlog(lane_of(trigger.no), kPendingSeen);
  w.field("consecutive_failures", trigger.streak);
  write_time(w, "last_success_at", trigger.last_run_at);
  write_time(w, "last_failure_at", trigger.last_failure_at);
  w.field_or_null("last_error", std::string_view{printable(trigger.last_error)});
  w.field("pending", backlog.waiting);
  write_time(w, "oldest_waiting_at",
             backlog.oldest_key > 0 ? time_of_key(backlog.oldest_key) : Timestamp{});
}

}  // namespace

void write_time(json::Writer& w, std::string_view name, Timestamp at) {
  if (at == Timestamp{}) {
    w.key(name).null();
  } else {
    w.field(name, format_rfc3339(at));
  }
}

Response list_response(std::string_view name, const std::vector<std::string>& items,
                       std::string_view next_before, std::string_view more) {
  json::Writer w;
  w.object();
  for (const auto key : {name, std::string_view{"data"}}) {
    w.key(key).array();
    for (const auto& item : items) w.raw(item);
    w.end();
  }
  w.field_or_null("next_before", next_before);
  return json_response(200, joined(std::move(w.end()).text(), more));
}

std::string encode_trigger(const Call& call, const ReadTx& tx, const Trigger& trigger,
                           const Secret* secret) {
  json::Writer w;
  w.object().field("id", trigger.id).field("org_id", call.api.access.org_id());
  w.field("project_id", call.caller.project.id).field("name", trigger.name);
  w.field("event", trigger.events.empty() ? "" : trigger.events.front());
  w.key("events").array();
  for (const auto& event : trigger.events) w.string(event);
  w.end().field_or_null("server_id", std::string_view{trigger.server_id});
  w.field("webhook_url", trigger.url).field("url", trigger.url);
  w.field("status", word(trigger.status));
  w.field_or_null("paused_reason", std::string_view{trigger.paused_reason});
  w.field("signing_enabled", !trigger.sealed_secret.empty());
  w.field("signature_scheme", word(trigger.signature));
  const bool overlaps = trigger.previous_until > call.api.context.clock.now();
  write_time(w, "previous_secret_until", overlaps ? trigger.previous_until : Timestamp{});
  w.field("livemode", call.caller.project.livemode);
  w.field("total_runs", trigger.total_runs);
  write_time(w, "last_run_at", trigger.last_run_at);
  write_health(w, tx, trigger);
  w.key("headers").object();
  for (const auto& [name, value] :
       engine::open_headers(call.api.context, trigger).value_or(HeaderList{})) {
    w.field(name, engine::kMasked);
  }
  w.end().field("timeout_ms", static_cast<std::int64_t>(trigger.timeout.count()));
  w.key("retry_schedule").array();
  for (const auto gap : trigger.retry.gaps) w.string(format_duration(gap));
  w.end().key("jitter").number(trigger.retry.jitter_permille / 1000.0);
  w.field("max_in_flight", trigger.max_in_flight).key("rate_limit_per_s");
  if (trigger.rate_limit_per_s > 0) {
    w.integer(trigger.rate_limit_per_s);
  } else {
    w.null();
  }
  w.field("payload_format", word(trigger.format));
  write_time(w, "created_at", trigger.created_at);
  if (secret) w.field("secret", secret->reveal());
  return std::move(w.end()).text();
}

std::string encode_connection(const Connection& c) {
  json::Writer w;
  w.object().field("id", c.id).field_or_null("user_id", std::string_view{c.user_id});
  w.field("server_id", c.server_id)
      .field("auth_type", c.sealed_credentials.empty() ? "none" : "api_key");
  w.field("status", word(c.status)).field_or_null("display_name", std::string_view{c.display_name});
  w.key("metadata").raw(c.metadata).key("connection_metadata").raw(c.metadata);
  w.field("webhook_path", "/v1/webhooks/" + c.server_id + "/" + c.id);
  w.field("webhook_secret_set", !c.sealed_webhook_secret.empty());
  write_time(w, "created_at", c.created_at);
  write_time(w, "connected_at", c.connected_at);
  write_time(w, "revoked_at", c.revoked_at);
  write_time(w, "expires_at", c.expires_at);
  return std::move(w.end()).text();
}

std::string encode_project(const Call& call, const Project& project) {
  json::Writer w;
  w.object().field("id", project.id).field("org_id", call.api.access.org_id());
  w.field("name", project.name).field("slug", project.slug).field("is_default", project.is_default);
  w.field("environment", environment(project.livemode));
  write_time(w, "created_at", project.created_at);
  return std::move(w.end()).text();
}

std::string encode_api_key(const Project& project, const ApiKey& key, const Secret* full_key) {
  json::Writer w;
  w.object().field("id", key.id).field("name", key.name).field("prefix", key.prefix);
  w.field("project_id", project.id).field("environment", environment(key.livemode));
  w.key("scopes").array();
  std::string_view scopes = key.scopes;
  while (!scopes.empty()) {
    const std::string_view item = scopes.substr(0, scopes.find(' '));
    w.string(item);
    scopes.remove_prefix(std::min(scopes.size(), item.size() + 1));
  }
  w.end();
  write_time(w, "created_at", key.created_at);
  write_time(w, "last_used_at", key.last_used_at);
  write_time(w, "revoked_at", key.revoked_at);
  if (full_key) w.field("full_key", full_key->reveal());
  return std::move(w.end()).text();
}

std::string encode_event(const ReadTx& tx, const Event& event, std::string_view more) {
  json::Writer w;
  const auto connection = event.connection ? tx.connection(event.connection) : std::nullopt;
  w.object()
      .field("id", text_of(event.key))
      .field("type", event.type)
      .field("source", event.source);
  w.field_or_null("server_id", connection ? std::string_view{connection->server_id} : "");
  w.field_or_null("connection_id", connection ? std::string_view{connection->id} : "");
  w.field_or_null("provider_event_id", std::string_view{provider_event_id(event)});
  w.field_or_null("external_reference", std::string_view{event.external_reference});
  w.field_or_null("integrity", connection ? word(event.integrity) : "");
  w.field("livemode", event.livemode);
  write_time(w, "occurred_at", event.occurred_at);
  write_time(w, "created_at", event.received_at);
  return joined(std::move(w.end()).text(), more);
}

const Trigger* DeliveryEncoder::trigger(TriggerNo no) {
  const auto [at, fresh] = triggers_.try_emplace(no);
  if (fresh) at->second = tx_.trigger(no);
  return at->second ? &*at->second : nullptr;
}

const Event* DeliveryEncoder::event(EventKey key) {
  const auto [at, fresh] = events_.try_emplace(key);
  if (fresh) at->second = tx_.event(key);
  return at->second ? &*at->second : nullptr;
}

void DeliveryEncoder::write_members(json::Writer& w, const Delivery& d, const Trigger& trigger,
                                    const Event& event) {
  w.field("id", text_of(d.key)).field("trigger_id", trigger.id).field("event_id", text_of(d.event));
  w.field("event_type", event.type).field("attempt", d.attempts).field("status", word(d.state));
  write_status(w, "response_status", d.response_status);
  w.field_or_null("error", std::string_view{printable(d.error)});
  w.field_or_null("reason", reason_of(d, trigger)).field("origin", word(d.origin));
  write_time(w, "delivered_at", d.state == DeliveryState::delivered ? d.finished_at : Timestamp{});
  write_time(w, "next_retry_at", is_finished(d.state) ? Timestamp{} : d.due_at);
  write_time(w, "dead_at", d.state == DeliveryState::dead ? d.finished_at : Timestamp{});
  write_time(w, "created_at", time_of_key(d.key.value));
}

std::string DeliveryEncoder::encode(const Delivery& delivery) {
  const Trigger* owner = trigger(delivery.trigger);
  const Event* what = event(delivery.event);
  if (!owner || !what) return {};
  json::Writer w;
  w.object();
  write_members(w, delivery, *owner, *what);
  return std::move(w.end()).text();
}

void DeliveryEncoder::write_exchange(json::Writer& w, const Call& call, const Delivery& delivery,
                                     const Trigger& owner, const Event& what,
                                     const std::vector<Attempt>& attempts) {
  const Attempt* last = attempts.empty() ? nullptr : &attempts.back();
  const Timestamp sent_at = last ? last->started_at : delivery.due_at;
  const HttpRequest request =
      engine::describe_request(call.api.context, owner, delivery, what, sent_at);
  w.key("request").object().field("url", request.url).key("sent_at_unix");
  if (last) {
    w.integer(to_unix_s(sent_at));
  } else {
    w.null();
  }
  w.key("headers").object();
  for (const auto& [name, value] : request.headers) w.field(name, value);
  w.end().field("body", request.body).end();
  w.key("response");
  if (!last) {
    w.null();
    return;
  }
  w.object();
  write_status(w, "status", last->response_status);
  w.field("body", printable(last->response_body));
  w.field_or_null("error", std::string_view{printable(last->error)}).end();
}

std::string DeliveryEncoder::encode_detail(const Call& call, const Delivery& delivery) {
  const Trigger* owner = trigger(delivery.trigger);
  const Event* what = event(delivery.event);
  if (!owner || !what) return {};
  const auto attempts = tx_.attempts(delivery.key);
  json::Writer w;
  w.object().key("delivery").object();
  write_members(w, delivery, *owner, *what);
  write_time(w, "receipt_at", delivery.receipt_acknowledged ? delivery.finished_at : Timestamp{});
  w.end();
  write_exchange(w, call, delivery, *owner, *what, attempts);
  w.key("event").object().field("id", text_of(what->key)).field("source", what->source);
  w.field("event_type", what->type).key("payload").raw(engine::readable_data(*what));
  write_time(w, "received_at", what->received_at);
  w.field_or_null("provider_event_id", std::string_view{provider_event_id(*what)}).end();
  w.key("attempts").array();
  for (const auto& attempt : attempts) {
    w.object().field("attempt", attempt.number);
    write_time(w, "started_at", attempt.started_at);
    w.field("duration_ms", static_cast<std::int64_t>(attempt.duration.count()));
    write_status(w, "response_status", attempt.response_status);
    w.field_or_null("error", std::string_view{printable(attempt.error)});
    w.field("response_body", printable(attempt.response_body)).end();
  }
  w.end();
  return std::move(w.end()).text();
}

std::string DeliveryEncoder::encode_dead_letter(const Call& call, const Delivery& delivery) {
  const Trigger* owner = trigger(delivery.trigger);
  const Event* what = event(delivery.event);
  if (!owner || !what) return {};
  json::Writer w;
  w.object();
  write_members(w, delivery, *owner, *what);
  w.field("sent_again", tx_.is_sent_again(delivery));
  write_exchange(w, call, delivery, *owner, *what, tx_.attempts(delivery.key));
  return std::move(w.end()).text();
}

}  // namespace malote::api
