// What became of a charge or a verification: the events that came in since, by the reference that
// the call gave the provider.
#include <algorithm>
#include <span>

#include "api/codec.h"
#include "api/decode.h"
#include "api/problem.h"
#include "api/streams.h"

namespace malote::api {

namespace {

constexpr Millis kStaysOpen{5000};  // after the last word
constexpr Millis kLongestStream{30 * 60 * 1000};
constexpr int kMaxMatches = 500;
constexpr std::size_t kShownEvents = 20;

/// An event's name in this API, and the status it stands for.
struct Bridge {
  std::string_view type;
  std::string_view name;
  std::string_view status;
};

constexpr Bridge kPayments[] = {
    {"payment.refunded", "commerce.payment.refunded", "refunded"},
    {"payment.failed", "commerce.payment.failed", "failed"},
    {"payment.confirmed", "commerce.payment.succeeded", "succeeded"},
    {"payment.", "commerce.payment.updated", "updated"},
};
constexpr Bridge kChecks[] = {
    {"kyc.approved", "commerce.kyc.approved", "approved"},
    {"kyc.rejected", "commerce.kyc.rejected", "rejected"},
    {"kyc.review", "commerce.kyc.review", "review"},
    {"kyc.expired", "commerce.kyc.expired", "expired"},
    {"kyc.", "commerce.kyc.updated", "pending"},
};

/// Payments and verifications differ in names only.
struct Kind {
  std::string_view status_member;   // "payment_status"
  std::string_view id_member;       // of an event: "payment_id"
  std::span<const Bridge> bridges;  // by priority: the first that matches any event wins
  std::span<const std::string_view> terminal;
};

constexpr std::string_view kTerminalPayments[] = {"succeeded", "failed", "refunded"};
constexpr std::string_view kTerminalChecks[] = {"approved", "rejected", "expired"};
constexpr Kind kPayment{"payment_status", "payment_id", kPayments, kTerminalPayments};
constexpr Kind kCheck{"verification_status", "verification_id", kChecks, kTerminalChecks};

const Bridge* bridge_of(const Kind& kind, std::string_view type) {
  for (const Bridge& bridge : kind.bridges) {
    if (type == bridge.type || (bridge.type.ends_with('.') && type.starts_with(bridge.type)))
      return &bridge;
  }
  return nullptr;
}

std::string text_at(json::View data, std::string_view name) {
  return std::string{data[name].as_text().value_or("")};
}

void write_event(json::Writer& w, const Kind& kind, const Bridge& bridge, const Event& event) {
  const auto document = json::Document::parse(event.data);
  const json::View data = document ? document->root() : json::View{};
  w.object().field("event_type", bridge.name);
  write_time(w, "received_at", event.received_at);
  w.field_or_null("provider", std::string_view{event.source});
  const std::string action = text_at(data, "provider_action");
  const std::string id = text_at(data, kind.id_member);
  if (&kind == &kPayment) w.field_or_null("provider_action", std::string_view{action});
  w.field_or_null(kind.id_member, std::string_view{id}).end();
}

struct Status {
  std::string word{};
  std::string json{};
  bool is_terminal = false;
};

Status status_of(const Kind& kind, const ReadTx& tx, const ToolCall& call) {
  std::vector<Event> events;
  if (!call.idempotency_key.empty()) {
    events = tx.events({.project = call.project, .external_reference = call.idempotency_key},
                       {.limit = kMaxMatches});
  }
  std::erase_if(events, [&](const Event& event) { return !bridge_of(kind, event.type); });
  Status status{.word = call.idempotency_key.empty() ? "unknown" : "pending"};
  for (const Bridge& bridge : kind.bridges) {
    const bool any = std::ranges::any_of(
        events, [&](const Event& event) { return bridge_of(kind, event.type) == &bridge; });
    if (!any) continue;
    status.word = bridge.status;
    break;
  }
  status.is_terminal = std::ranges::find(kind.terminal, status.word) != kind.terminal.end();
  json::Writer w;
  w.object().field("tool_call_id", engine::text_of(call.no));
  w.field(kind.status_member, status.word);
  w.field_or_null("idempotency_key", std::string_view{call.idempotency_key});
  w.field("original_status", word(call.status));
  if (&kind == &kCheck) {
    const auto output = json::Document::parse(call.output.empty() ? "null" : call.output);
    const std::string url = output ? text_at(output->root(), "hosted_url") : "";
    w.field_or_null("hosted_url", std::string_view{url});
  }
  w.key("events").array();
  for (std::size_t i = 0; i < std::min(events.size(), kShownEvents); ++i)
    write_event(w, kind, *bridge_of(kind, events[i].type), events[i]);
  status.json = std::move(w.end().end()).text();
  return status;
}

Result<ToolCall> find_call(const Call& call, const ReadTx& tx) {
  const auto no = engine::parse_tool_call_no(call.param(0));
  if (!no) return fail(Errc::invalid_tool_call_id, "a tool call's id has the form tc_ and digits");
  auto found = tx.tool_call(call.project(), *no);
  if (!found) return fail(Errc::tool_call_not_found, "no such tool call");
  return std::move(*found);
}

Result<Response> show(const Kind& kind, const Call& call, const ReadTx& tx) {
  MALOTE_TRY(const auto found, find_call(call, tx));
  return json_response(200, status_of(kind, tx, found).json);
}

/// One stream: a snapshot, an update for each change, and done a moment after the last word.
struct Follow {
  const Kind& kind;
  ToolCallNo no{};
  ProjectNo project{};
  std::string shown{};
  Timestamp opened_at{};
  Timestamp ended_at{};  // 0 until the last word

  Polled end(ResponseStream& out, std::string_view reason, std::string_view last) const {
    json::Writer w;
    w.object().field("reason", reason).field(kind.status_member, last);
    out.write(sse_frame("done", std::move(w.end()).text()));
    return Polled::over;
  }
};

void follow(const Kind& kind, Call call, Respond respond) {
  const engine::Context& context = call.api.context;
  std::optional<Error> missing;
  ToolCallNo no{};
  const auto read = context.store.read([&](const ReadTx& tx) -> Result<void> {
    const auto found = find_call(call, tx);
    if (!found) {
      missing = found.error();
    } else {
      no = found->no;
    }
    return {};
  });
  if (!read) missing = read.error();
  if (missing) return respond(problem(*missing, call.request_id));
  const auto state = std::make_shared<Follow>(
      Follow{.kind = kind, .no = no, .project = call.project(), .opened_at = context.clock.now()});
  Response response = call.api.streams.open([state, &context](ResponseStream& out, Timestamp now) {
    std::optional<Status> status;
    const auto looked = context.store.read([&](const ReadTx& tx) -> Result<void> {
      const auto found = tx.tool_call(state->project, state->no);
      if (found) status = status_of(state->kind, tx, *found);
      return {};
    });
    if (!looked) return Polled::caught_up;
    if (!status) return state->end(out, "client_error", "unknown");
    if (status->json != state->shown) {
      const bool first = state->shown.empty();
      state->shown = status->json;
      if (!out.write(sse_frame(first ? "snapshot" : "update", status->json))) return Polled::over;
    }
    if (status->is_terminal && state->ended_at == Timestamp{}) state->ended_at = now;
    if (status->is_terminal && state->ended_at + kStaysOpen <= now)
      return state->end(out, "terminal", status->word);
    if (state->opened_at + kLongestStream <= now)
      return state->end(out, "max_duration", status->word);
    return Polled::caught_up;
  });
  respond(identified(std::move(response), call.request_id));
}

/// Reading the store may wait, so not on the I/O thread.
void follow_on_worker(const Kind& kind, Call call, Respond respond) {
  Executor& workers = call.api.workers;
  workers.post([&kind, call = std::move(call), respond = std::move(respond)]() mutable {
    follow(kind, std::move(call), std::move(respond));
  });
}

}  // namespace

Result<Response> payment_status(const Call& call, const ReadTx& tx) {
  return show(kPayment, call, tx);
}
Result<Response> verification_status(const Call& call, const ReadTx& tx) {
  return show(kCheck, call, tx);
}
void stream_payment_status(Call call, Respond respond) {
  follow_on_worker(kPayment, std::move(call), std::move(respond));
}
void stream_verification_status(Call call, Respond respond) {
  follow_on_worker(kCheck, std::move(call), std::move(respond));
}

}  // namespace malote::api
