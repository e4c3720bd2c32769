// /v1/listeners: deliveries to processes that ask for them (engine/listeners.h).
#include "engine/listeners.h"

#include <algorithm>

#include "api/codec.h"
#include "api/decode.h"
#include "api/problem.h"

namespace malote::api {

namespace {

constexpr std::size_t kMaxName = 64;
constexpr int kMostAtOnce = 64;
constexpr std::size_t kMostHeld = 1000;

bool is_listener_name(std::string_view name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  return !name.empty() && name.size() <= kMaxName && std::ranges::all_of(name, fits);
}

using AttemptId = engine::Listeners::AttemptId;

/// {"delivery_id":…,"attempt":…} at `where`.
AttemptId decode_attempt(json::View entry, const std::string& where, BodyReader& body) {
  AttemptId id{entry["delivery_id"].as_string().value_or(""),
               static_cast<int>(entry["attempt"].as_int().value_or(0))};
  if (!parse_delivery_key(id.first))
    body.issue(where + "/delivery_id", "takes a delivery's id, dlv_ and 16 hex digits");
  if (id.second < 1) body.issue(where + "/attempt", "takes the attempt's number, 1 or more");
  return id;
}

template <class Take>
void each_entry(BodyReader& body, std::string_view name, Take take) {
  if (!body.has_value(name)) return;
  const json::View list = body.at(name);
  const std::string where = "/" + std::string{name};
  if (!list.is_array() || list.size() > kMostHeld)
    return body.issue(where, "takes a list of at most 1000 entries");
  std::size_t at = 0;
  for (const auto entry : list) take(entry, where + "/" + std::to_string(at++));
}

Result<engine::Listeners::Poll> decode_poll(const Call& call) {
  MALOTE_TRY(const auto document, parse_body(call));
  BodyReader body{document.root()};
  engine::Listeners::Poll poll;
  poll.instance = body.text("instance", 1, 64).value_or("");
  body.require("instance");
  poll.max = static_cast<int>(body.integer("max", 0, kMostAtOnce).value_or(1));
  const auto longest = engine::Listeners::kLongestWait.count() / 1000;
  poll.wait = Millis{1000 * body.integer("wait_seconds", 0, longest).value_or(0)};
  each_entry(body, "holding", [&](json::View entry, const std::string& where) {
    poll.holding.push_back(decode_attempt(entry, where, body));
  });
  MALOTE_CHECK_OK(body.result());
  return poll;
}

std::string encode_handed(const engine::Listeners::Handed& handed) {
  json::Writer w;
  w.object().key("deliveries").array();
  for (const auto& [id, request] : handed) {
    w.object().field("delivery_id", id.first).field("attempt", id.second);
    w.field("timeout_ms", request.timeout.count()).key("headers").array();
    for (const auto& [name, value] : request.headers) w.array().string(name).string(value).end();
    w.end().field("body", request.body).end();
  }
  return std::move(w.end().end()).text();
}

struct Report {
  AttemptId id{};
  HttpOutcome outcome{};
};

Report decode_report(json::View entry, const std::string& where, BodyReader& body) {
  constexpr std::size_t kLongestError = 200;
  Report report{.id = decode_attempt(entry, where, body)};
  HttpOutcome& outcome = report.outcome;
  outcome.status = static_cast<int>(entry["status"].as_int().value_or(0));
  outcome.error = entry["error"].as_string().value_or("");
  outcome.body = entry["body"].as_string().value_or("");
  outcome.retry_after = entry["retry_after"].as_string().value_or("");
  outcome.duration = Millis{entry["duration_ms"].as_int().value_or(0)};
  const bool answered = outcome.status >= 100 && outcome.status <= 999;
  if (!answered && (outcome.status != 0 || outcome.error.empty()))
    body.issue(where + "/status", "takes an HTTP status, or 0 with what went wrong in error");
  if (outcome.error.size() > kLongestError)
    body.issue(where + "/error", "is longer than 200 bytes");
  if (outcome.duration < Millis{0}) body.issue(where + "/duration_ms", "is negative");
  return report;
}

/// The caller's listener, and what to do with it; read on a worker.
void with_listener(Call call, Respond respond,
                   std::function<void(const Call&, const Trigger&, const Respond&)> use) {
  Executor& workers = call.api.workers;
  workers.post([call = std::move(call), respond = std::move(respond), use = std::move(use)] {
    std::optional<Trigger> trigger;
    const auto read = call.api.context.store.read([&](const ReadTx& tx) -> Result<void> {
      trigger = tx.trigger(call.project(), call.param(0));
      return {};
    });
    if (!read) return respond(problem(read.error(), call.request_id));
    if (!trigger || !engine::is_listener_url(trigger->url)) {
      return respond(
          problem(make_error(Errc::not_found, "no such listener; open it first"), call.request_id));
    }
    use(call, *trigger, respond);
  });
}

}  // namespace

Result<Response> put_listener(const Call& call, Tx& tx, engine::Effects& effects) {
  if (!is_listener_name(call.param(0))) {
    return fail(make_issue(Errc::invalid_body, "name",
                           "takes 1 to 64 letters, digits, dots, dashes and underscores"));
  }
  MALOTE_TRY(const auto document, parse_body(call));
  engine::TriggerPatch wish;
  if (document.root().size() > 0) {
    MALOTE_TRY(wish, decode_trigger(document.root(), call.api.context.defaults, false));
  }
  if (wish.url) return fail(make_issue(Errc::invalid_body, "/url", "is not taken by a listener"));
  if (!wish.events) wish.events = {"*"};
  MALOTE_TRY(const auto opened, engine::open_listener(call.api.context, tx, effects, call.project(),
                                                      call.param(0), std::move(wish)));
  return json_response(200, encode_trigger(call, tx, opened.trigger, &opened.secret));
}

void leave_listener(Call call, Respond respond) {
  const std::string instance = call.param(1);
  with_listener(std::move(call), std::move(respond),
                [instance](const Call& own, const Trigger& trigger, const Respond& answer) {
                  own.api.listeners.leave(trigger.url, instance);
                  answer(identified(Response{.status = 204}, own.request_id));
                });
}

void poll_listener(Call call, Respond respond) {
  auto decoded = decode_poll(call);
  if (!decoded) return respond(problem(decoded.error(), call.request_id));
  with_listener(
      std::move(call), std::move(respond),
      [poll = std::move(*decoded)](const Call& own, const Trigger& trigger, const Respond& answer) {
        auto wish = poll;
        wish.url = trigger.url;
        wish.trigger = trigger.no;
        const auto taken = own.api.listeners.poll(
            std::move(wish),
            [answer, id = own.request_id](const engine::Listeners::Handed& handed) {
              answer(identified(json_response(200, encode_handed(handed)), id));
            });
        if (!taken) answer(problem(taken.error(), own.request_id));
      });
}

void report_to_listener(Call call, Respond respond) {
  const auto document = parse_body(call);
  if (!document) return respond(problem(document.error(), call.request_id));
  BodyReader body{document->root()};
  std::vector<Report> reports;
  body.require("results");
  each_entry(body, "results", [&](json::View entry, const std::string& where) {
    reports.push_back(decode_report(entry, where, body));
  });
  const auto checked = body.result();
  if (!checked) return respond(problem(checked.error(), call.request_id));
  with_listener(std::move(call), std::move(respond),
                [reports = std::move(reports)](const Call& own, const Trigger& trigger,
                                               const Respond& answer) {
                  int taken = 0;
                  for (const auto& report : reports)
                    taken += own.api.listeners.report(trigger.url, report.id, report.outcome);
                  json::Writer w;
                  w.object().field("received", static_cast<std::int64_t>(reports.size()));
                  w.field("taken", taken);
                  answer(identified(json_response(200, std::move(w.end())), own.request_id));
                });
}

}  // namespace malote::api
