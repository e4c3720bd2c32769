// Events: list, story of one, publish, replay; and the catalogue.
#include <algorithm>

#include "api/codec.h"
#include "api/decode.h"
#include "api/problem.h"
#include "base/bytes.h"
#include "engine/deliver.h"
#include "engine/intake.h"

namespace malote::api {

namespace {

constexpr int kShownDeliveries = 200;

bool holds_a_secret(std::string_view name) {
  const std::string lower = to_lower(name);
  constexpr std::string_view kHints[] = {"auth",   "token",    "secret", "key",
                                         "cookie", "password", "passwd", "signature"};
  return std::ranges::any_of(
      kHints, [&](std::string_view hint) { return lower.find(hint) != std::string::npos; });
}

/// One member for each name; repeats are joined by a comma.
void write_joined(json::Writer& w, std::string_view member,
                  const std::vector<std::pair<std::string, std::string>>& pairs) {
  std::map<std::string, std::string> joined;
  for (const auto& [name, value] : pairs) {
    const auto [at, fresh] = joined.try_emplace(printable(name), value);
    if (!fresh) at->second += ", " + value;
  }
  w.key(member).object();
  for (const auto& [name, value] : joined) w.field(name, printable(value));
  w.end();
}

void write_raw_request(json::Writer& w, const Receipt& receipt) {
  auto request = engine::decode_receipt(receipt);
  for (auto& [name, value] : request.query) {
    if (holds_a_secret(name)) value = "[redacted]";
  }
  for (auto& [name, value] : request.headers) name = to_lower(name);
  w.object().field("method", request.method);
  write_joined(w, "query", request.query);
  write_joined(w, "headers", request.headers);
  const bool text = is_valid_utf8(receipt.body);
  w.field("body", text ? receipt.body : base64_encode(receipt.body));
  w.field("body_encoding", text ? "utf8" : "base64");
  w.field_or_null("remote_ip", std::string_view{request.remote_ip});
  w.field_or_null("note", std::string_view{receipt.note});
  write_time(w, "received_at", receipt.received_at);
  w.end();
}

/// All events of a request belong to the trace that it came with.
void keep_trace(const Call& call, std::vector<engine::NewEvent>& events) {
  const std::string trace = engine::trace_of(call.request.headers);
  for (auto& event : events) event.trace = trace;
}

constexpr int kSearchedEvents = 5000;  // in one request
constexpr std::size_t kMaxSearchText = 200;

Result<std::optional<EventState>> decode_event_state(const Call& call) {
  const std::string text = call.query_text("state");
  if (text.empty()) return std::nullopt;
  constexpr std::pair<std::string_view, EventState> kStates[] = {
      {"none", EventState::none},
      {"waiting", EventState::waiting},
      {"failing", EventState::failing},
      {"delivered", EventState::delivered},
      {"dead", EventState::dead}};
  for (const auto& [name, state] : kStates) {
    if (name == text) return std::optional{state};
  }
  return fail(
      make_issue(Errc::invalid_query, "state", "takes delivered, failing, waiting, dead or none"));
}

/// What no index answers.
Result<void> decode_search(const Call& call, const ReadTx& tx, EventFilter& filter) {
  filter.text = call.query_text("q");
  if (filter.text.size() > kMaxSearchText)
    return fail(make_issue(Errc::invalid_query, "q", "is longer than 200 bytes"));
  MALOTE_TRY(filter.state, decode_event_state(call));
  const std::string trigger_id = call.query_text("trigger_id");
  if (trigger_id.empty()) return {};
  const auto trigger = tx.trigger(call.project(), trigger_id);
  if (!trigger) return fail(Errc::trigger_not_found, "no such trigger");
  filter.trigger = trigger->no;
  return {};
}

Response search_events(const ReadTx& tx, const EventFilter& filter, const Page& page) {
  const auto scan = tx.search_events(filter, page, kSearchedEvents);
  std::vector<std::string> items;
  for (const auto& event : scan.rows) items.push_back(encode_event(tx, event));
  return list_response("events", items, scan.is_end ? "" : cursor_of(scan.key),
                       encode_search(scan));
}

std::string encode_published(const std::vector<engine::Published>& published) {
  json::Writer w;
  w.object();
  for (const auto name : {"events", "data"}) {
    w.key(name).array();
    for (const auto& event : published) {
      w.object().field("id", text_of(event.key)).field("type", event.type);
      w.field("duplicate", event.duplicate).field("deliveries", event.deliveries);
      write_time(w, "created_at", time_of_key(event.key.value));
      w.end();
    }
    w.end();
  }
  if (published.size() == 1) {
    const auto& only = published.front();
    w.field("id", text_of(only.key)).field("type", only.type).field("duplicate", only.duplicate);
  }
  return std::move(w.end()).text();
}

}  // namespace

Result<Response> list_events(const Call& call, const ReadTx& tx) {
  MALOTE_TRY(const Page page, decode_page(call, 200));
  EventFilter filter{.project = call.project(),
                     .source = call.query_text("source"),
                     .external_reference = call.query_text("external_reference")};
  const std::string type = call.query_text("type");
  if (!type.empty()) filter.type = call.api.context.catalogue.canonical(type);
  MALOTE_TRY(filter.since, decode_time(call, "since"));
  MALOTE_TRY(filter.until, decode_time(call, "until"));
  const std::string connection_id = call.query_text("connection_id");
  if (!connection_id.empty()) {
    MALOTE_TRY(const auto connection, call.api.connections.get(tx, call.project(), connection_id));
    filter.connection = connection.no;
  }
  MALOTE_CHECK_OK(decode_search(call, tx, filter));
  if (filter.is_search()) return search_events(tx, filter, page);
  auto events = tx.events(filter, one_more(page));
  const bool more = cut_to(page, events);
  std::vector<std::string> items;
  for (const auto& event : events) items.push_back(encode_event(tx, event));
  return list_response("events", items, more ? cursor_of(events.back().key.value) : "");
}

Result<Response> get_event(const Call& call, const ReadTx& tx) {
  const auto key = parse_event_key(call.param(0));
  const auto event = key ? tx.event(*key) : std::nullopt;
  if (!event || event->project != call.project()) return fail(Errc::not_found, "no such event");
  json::Writer w;
  w.object().key("data").raw(engine::readable_data(*event)).key("deliveries").array();
  DeliveryEncoder encoder{tx};
  const auto deliveries =
      tx.deliveries({.project = call.project(), .event = event->key}, {.limit = kShownDeliveries});
  for (const auto& delivery : deliveries) {
    const auto text = encoder.encode(delivery);
    if (!text.empty()) w.raw(text);
  }
  w.end().key("raw_request");
  const auto receipt = event->receipt ? tx.receipt(event->receipt) : std::nullopt;
  if (receipt) {
    write_raw_request(w, *receipt);
  } else {
    w.null();
  }
  return json_response(200, encode_event(tx, *event, std::move(w.end()).text()));
}

Result<Response> publish_once(const Call& call, Tx& tx, engine::Effects& effects) {
  MALOTE_TRY(const auto body, parse_body(call));
  MALOTE_TRY(auto events, decode_events(body.root()));
  keep_trace(call, events);
  MALOTE_TRY(const auto published, call.api.events.publish(tx, effects, call.project(),
                                                           call.caller.key.livemode, events));
  call.api.traffic.on_published(published.size());
  return json_response(202, encode_published(published));
}

void publish_events(Call call, Respond respond) {
  if (find_header(call.request.headers, "Idempotency-Key")) {
    return run_write(std::make_shared<Call>(std::move(call)), &publish_once, std::move(respond));
  }
  const auto body = parse_body(call);
  if (!body) return respond(problem(body.error(), call.request_id));
  auto wished = decode_events(body->root());
  if (!wished) return respond(problem(wished.error(), call.request_id));
  keep_trace(call, *wished);

  struct Work {
    std::vector<engine::NewEvent> events;
    std::vector<engine::Published> published;
  };
  const auto work = std::make_shared<Work>(Work{std::move(*wished), {}});
  Api& api = call.api;
  engine::commit(
      api.context,
      [&api, work, project = call.project(), live = call.caller.key.livemode](
          Tx& tx, engine::Effects& effects) -> Result<void> {
        MALOTE_TRY(work->published, api.events.publish(tx, effects, project, live, work->events));
        return {};
      },
      [&api, work, id = call.request_id, respond = std::move(respond)](Result<void> result) {
        if (!result) return respond(problem(result.error(), id));
        api.traffic.on_published(work->published.size());
        respond(identified(json_response(202, encode_published(work->published)), id));
      });
}

Result<Response> replay_event(const Call& call, Tx& tx, engine::Effects& effects) {
  const auto key = parse_event_key(call.param(0));
  if (!key) return fail(Errc::not_found, "no such event");
  std::string trigger_id = call.query_text("trigger_id");
  const auto wish = trigger_id.empty() ? std::nullopt : std::optional{trigger_id};
  MALOTE_TRY(const auto replayed, call.api.events.replay(tx, effects, call.project(), *key, wish));
  json::Writer w;
  w.object().field("event_id", call.param(0)).field("dispatched", replayed.dispatched);
  w.field_or_null("trigger_id", std::string_view{trigger_id});
  return json_response(202, std::move(w.end()));
}

Result<Response> list_event_types(const Call& call, const ReadTx&) {
  std::vector<std::string> items;
  for (const auto& type : call.api.context.catalogue.types()) {
    json::Writer w;
    w.object().field("name", type.name).field("domain", type.domain).field("summary", type.summary);
    w.field("subject", type.subject).field("since", type.since).key("aliases").array();
    for (const auto& alias : type.aliases) w.string(alias);
    w.end().key("fixture").raw(type.fixture);
    w.key("schema").raw(type.schema.empty() ? "{}" : type.schema);
    items.push_back(std::move(w.end()).text());
  }
  return list_response("event_types", items, "");
}

}  // namespace malote::api
