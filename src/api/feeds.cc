// Events and attempts as they come, as server-sent events with a durable cursor: every frame's id
// is where the next stream goes on, over disconnects and restarts.
#include <charconv>
#include <memory>

#include "api/codec.h"
#include "api/decode.h"
#include "api/problem.h"
#include "api/streams.h"
#include "engine/deliver.h"

namespace malote::api {

namespace {

constexpr Millis kLongestStream{60 * 60 * 1000};  // then the client comes back and proves its key
constexpr std::size_t kSentAhead = 256 * 1024;  // to a reader that is slow; no more is read for it
constexpr std::size_t kShownData = 128 * 1024;  // of an event; larger is left out and said
constexpr int kRowsAtOnce = 1000;
constexpr int kAttemptsAtOnce = 200;

/// Where to go on: the header that browsers send when they come back, or `after`.
std::string cursor_text(const Call& call) {
  const auto* header = find_header(call.request.headers, "Last-Event-ID");
  return header && !header->empty() ? *header : call.query_text("after");
}

/// The cursor before there is a first frame, and while what comes is not asked for.
std::string id_line(const std::string& id) { return "id: " + id + "\n\n"; }

/// The filter `type`: an event's name or "domain.*"; empty for any, which "*" says, too.
std::string wanted_type(const Call& call) {
  const std::string type = call.query_text("type");
  return type.empty() || type == "*" ? "" : call.api.context.catalogue.canonical(type);
}

/// Of white space between values; inside strings JSON has none.
std::string on_one_line(std::string json) {
  for (char& c : json) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  return json;
}

/// Follows what `Source` reads piece by piece. `Source::read()` appends frames, moves its cursor on
/// and says whether it moved; `Source::cursor()` is its text.
template <class Source>
void follow(const Call& call, Source source, const Respond& respond) {
  struct State {
    Source source;
    Timestamp ends_at{};
    bool greeted = false;
  };
  const engine::Context& context = call.api.context;
  const auto state = std::make_shared<State>(
      State{.source = std::move(source), .ends_at = context.clock.now() + kLongestStream});
  auto response = call.api.streams.open([state, &context](ResponseStream& out, Timestamp now) {
    if (now >= state->ends_at) return Polled::over;
    if (!state->greeted) {
      state->greeted = true;
      if (!out.write(": connected\n" + id_line(state->source.cursor()))) return Polled::over;
    }
    if (out.unsent() > kSentAhead) return Polled::more;
    std::string frames;
    bool moved = false;
    const auto read = context.store.read([&](const ReadTx& tx) -> Result<void> {
      moved = state->source.read(tx, frames);
      return {};
    });
    if (!read || !moved) return Polled::caught_up;
    if (frames.empty()) frames = id_line(state->source.cursor());
    return out.write(std::move(frames)) ? Polled::more : Polled::over;
  });
  respond(identified(std::move(response), call.request_id));
}

struct EventSource {
  EventFilter filter{};
  EventKey at{};

  std::string cursor() const { return text_of(at); }

  bool read(const ReadTx& tx, std::string& frames) {
    const auto scan = tx.scan_events(filter, at, kRowsAtOnce, kSentAhead);
    for (const auto& event : scan.events)
      frames += sse_frame("event", encode(tx, event), text_of(event.key));
    return std::exchange(at, scan.end) != scan.end;
  }

  static std::string encode(const ReadTx& tx, const Event& event) {
    json::Writer more;
    more.object();
    if (event.data.size() <= kShownData) {
      more.key("data").raw(engine::readable_data(event));
    } else {
      more.key("data").null().field("data_bytes", static_cast<std::int64_t>(event.data.size()));
    }
    return on_one_line(encode_event(tx, event, std::move(more.end()).text()));
  }
};

Result<EventSource> event_source(const Call& call, const ReadTx& tx) {
  EventSource source{.filter = {.project = call.project(), .source = call.query_text("source")}};
  source.filter.type = wanted_type(call);
  const std::string connection_id = call.query_text("connection_id");
  if (!connection_id.empty()) {
    MALOTE_TRY(const auto connection, call.api.connections.get(tx, call.project(), connection_id));
    source.filter.connection = connection.no;
  }
  MALOTE_TRY(const Timestamp since, decode_time(call, "since"));
  const std::string cursor = cursor_text(call);
  if (cursor.empty()) {
    const bool from_now = since == Timestamp{};
    const EventKey from = from_now ? tx.last_event() : EventKey{first_key_at(since) - 1};
    source.at = std::max(from, EventKey{1});  // 0 is no id
    return source;
  }
  const auto key = parse_event_key(cursor);
  if (!key)
    return fail(make_issue(Errc::invalid_query, "after", "takes an event's id, evt_ and 16 hex"));
  source.at = *key;
  return source;
}

std::string text_of(AttemptPlace place) {
  return std::to_string(place.entry) + "." + std::to_string(place.index);
}

std::optional<AttemptPlace> parse_place(std::string_view text) {
  AttemptPlace place;
  const char* const end = text.data() + text.size();
  const auto entry = std::from_chars(text.data(), end, place.entry);
  if (entry.ec != std::errc{} || entry.ptr == end || *entry.ptr != '.') return {};
  const auto index = std::from_chars(entry.ptr + 1, end, place.index);
  if (index.ec != std::errc{} || index.ptr != end || place.entry < 0 || place.index < 0) return {};
  return place;
}

struct AttemptSource {
  ProjectNo project{};
  TriggerNo trigger{};                     // 0: any
  std::string type{};                      // a name, or "domain.*"; empty: any
  std::optional<DeliveryState> outcome{};  // delivered, or failed for whatever is not
  AttemptPlace at{};

  std::string cursor() const { return text_of(at); }

  bool read(const ReadTx& tx, std::string& frames) {
    DeliveryEncoder encoder{tx};
    bool moved = false;
    for (const auto& logged : tx.attempts_after(at, kAttemptsAtOnce)) {
      moved = true;
      at = logged.place;
      const auto delivery = tx.delivery(logged.delivery);
      if (!delivery || !wants(encoder, *delivery)) continue;
      const std::string json = encode(tx, encoder, *delivery, logged.number);
      if (!json.empty()) frames += sse_frame("delivery", json, text_of(at));
    }
    return moved;
  }

  bool wants(DeliveryEncoder& encoder, const Delivery& delivery) const {
    if (delivery.project != project) return false;
    if (trigger && delivery.trigger != trigger) return false;
    if (type.empty()) return true;
    const Event* const event = encoder.event(delivery.event);
    if (!event) return false;
    const bool is_domain = type.ends_with(".*");
    const std::string_view domain = std::string_view{type}.substr(0, type.size() - 1);
    return is_domain ? event->type.starts_with(domain) : event->type == type;
  }

  /// The delivery as it is now, and that attempt. Empty where either is gone, or not wanted.
  std::string encode(const ReadTx& tx, DeliveryEncoder& encoder, const Delivery& delivery,
                     int number) const {
    std::string json = encoder.encode(delivery);
    if (json.empty()) return {};
    for (const auto& attempt : tx.attempts(delivery.key)) {
      if (attempt.number != number) continue;
      const bool good = attempt.error.empty();
      if (outcome && good != (*outcome == DeliveryState::delivered)) return {};
      json::Writer w;
      w.object().field("number", number).field("ok", good);
      w.field("response_status", attempt.response_status);
      w.field_or_null("error", std::string_view{attempt.error});
      write_time(w, "started_at", attempt.started_at);
      w.field("duration_ms", attempt.duration.count());
      json.pop_back();
      return on_one_line(json + ",\"attempt_made\":" + std::move(w.end()).text() + "}");
    }
    return {};
  }
};

Result<AttemptSource> attempt_source(const Call& call, const ReadTx& tx) {
  AttemptSource source{.project = call.project()};
  const std::string trigger_id = call.query_text("trigger_id");
  if (!trigger_id.empty()) {
    const auto trigger = tx.trigger(call.project(), trigger_id);
    if (!trigger) return fail(Errc::trigger_not_found, "no such trigger");
    source.trigger = trigger->no;
  }
  source.type = wanted_type(call);
  const std::string outcome = call.query_text("outcome");
  if (outcome == "delivered" || outcome == "failed") {
    source.outcome = outcome == "failed" ? DeliveryState::failed : DeliveryState::delivered;
  } else if (!outcome.empty()) {
    return fail(make_issue(Errc::invalid_query, "outcome", "takes delivered or failed"));
  }
  const std::string cursor = cursor_text(call);
  source.at = tx.last_logged_attempt();
  if (cursor.empty()) return source;
  const auto place = parse_place(cursor);
  if (!place) {
    return fail(make_issue(Errc::invalid_query, "after", "takes the id of a frame of this stream"));
  }
  source.at = *place;
  return source;
}

/// Reading the store may wait, so not on the I/O thread.
template <class Make>
void open_on_worker(Call call, Respond respond, Make make) {
  Executor& workers = call.api.workers;
  workers.post([call = std::move(call), respond = std::move(respond), make] {
    std::optional<decltype(make(call, std::declval<const ReadTx&>()))> made;
    const auto read = call.api.context.store.read([&](const ReadTx& tx) -> Result<void> {
      made.emplace(make(call, tx));
      return {};
    });
    if (!read) return respond(problem(read.error(), call.request_id));
    if (!*made) return respond(problem(made->error(), call.request_id));
    follow(call, std::move(**made), respond);
  });
}

}  // namespace

void stream_events(Call call, Respond respond) {
  open_on_worker(std::move(call), std::move(respond), &event_source);
}

void stream_deliveries(Call call, Respond respond) {
  open_on_worker(std::move(call), std::move(respond), &attempt_source);
}

}  // namespace malote::api
